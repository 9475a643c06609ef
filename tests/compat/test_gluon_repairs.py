"""Each repair of gluon: without it, its test fails."""
import copy
import gc
import pickle
import sys
import threading

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


def test_files_are_named_by_paths(net, X, tmp_path):
    expected = net(X).asnumpy()
    for save, load in ((net.save_parameters, net.load_parameters),
                       (net.collect_params().save,
                        net.collect_params().load)):
        save(tmp_path / 'net')
        net.initialize(force_reinit=True)
        load(tmp_path / 'net')
        np.testing.assert_array_equal(net(X).asnumpy(), expected)
    nd.save(tmp_path / 'x', {'x': X})
    assert (nd.load(tmp_path / 'x')['x'] == X).min() == 1
    nd.save(fname=tmp_path / 'x', data=[X])
    assert len(nd.load(fname=str(tmp_path / 'x'))) == 1
    symbol = mx.sym.var('a') + 1
    symbol.save(tmp_path / 'symbol')
    assert mx.sym.load(tmp_path / 'symbol').tojson() == symbol.tojson()
    trainer = gluon.Trainer(net.collect_params(), 'adam')
    trainer.save_states(tmp_path / 'trainer')
    trainer.load_states(tmp_path / 'trainer')


def test_record_files_are_named_by_paths(tmp_path):
    paths = tmp_path / 'x.idx', tmp_path / 'x.rec'
    records = mx.recordio.MXIndexedRecordIO(*paths, 'w')
    records.write_idx(0, b'content')
    records.close()
    assert gluon.data.RecordFileDataset(paths[1])[0] == b'content'
    records = pickle.loads(pickle.dumps(
        mx.recordio.MXRecordIO(paths[1], 'r')))
    assert records.read() == b'content'
    records.close()


@pytest.mark.filterwarnings('ignore:save_params is deprecated',
                            'ignore:load_params is deprecated')
@pytest.mark.parametrize('has_scope', [True, False])
def test_save_params_of_2018(has_scope, tmp_path):
    def make():
        net = nn.Sequential()
        if has_scope:
            with net.name_scope():
                net.add(nn.Dense(2, in_units=3), nn.Dense(2, in_units=2))
        else:
            net.add(nn.Dense(2, in_units=3), nn.Dense(2, in_units=2))
        net.initialize(mx.init.Normal(1))
        return net

    net, other = make(), make()
    net.save_params(str(tmp_path / 'net'))
    other.load_params(str(tmp_path / 'net'))
    assert (net(nd.ones((1, 3))) == other(nd.ones((1, 3)))).min() == 1


@pytest.mark.parametrize('make_copy', [
    copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_of_a_hybridized_net_are_nets_of_their_own(
        net, X, make_copy, monkeypatch):
    ignored = []
    monkeypatch.setattr(sys, 'unraisablehook', ignored.append)
    net.hybridize()
    expected = net(X).asnumpy()
    other = make_copy(net)
    gc.collect()
    assert not ignored
    np.testing.assert_array_equal(other(X).asnumpy(), expected)
    trainer = gluon.Trainer(other.collect_params(), 'sgd',
                            {'learning_rate': 1})
    with autograd.record():
        l = other(X).sum()  # noqa: E741
    l.backward()
    trainer.step(1)
    assert np.abs(other(X).asnumpy() - expected).max() > 0.1
    np.testing.assert_array_equal(net(X).asnumpy(), expected)


@pytest.mark.filterwarnings('ignore:Cannot decide type')
def test_copies_of_an_imported_net_keep_its_graph(net, X, tmp_path):
    net.hybridize()
    expected = net(X).asnumpy()
    net.export(str(tmp_path / 'net'))
    imported = gluon.SymbolBlock.imports(
        str(tmp_path / 'net-symbol.json'), ['data'],
        str(tmp_path / 'net-0000.params'))
    imported(X)
    np.testing.assert_allclose(copy.deepcopy(imported)(X).asnumpy(),
                               expected, rtol=1e-6)


@pytest.mark.parametrize('flags', [
    None, {}, {'static_alloc': True, 'static_shape': True}])
def test_threads_may_use_a_net_first_at_once(flags):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)     # so that threads meet
    try:
        for _ in range(10):
            net = nn.HybridSequential()
            net.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Dense(10))
            net.initialize()
            if flags is not None:
                net.hybridize(**flags)
            found, start = [], threading.Barrier(4)

            def compute(net=net, found=found, start=start):
                start.wait()
                try:
                    found.append(net(nd.ones((2, 1, 8, 8))).shape)
                except Exception as error:
                    found.append(error)
            threads = [threading.Thread(target=compute) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert found == [(2, 10)] * 4
    finally:
        sys.setswitchinterval(interval)


def test_a_host_that_is_gone_is_one_clear_error(tmp_path, monkeypatch,
                                                capsys):
    tried = []

    def get(url, **kwargs):
        tried.append(url)
        raise gluon.utils.requests.ConnectionError('no such host')
    monkeypatch.setattr(gluon.utils.requests, 'get', get)
    with pytest.raises(ConnectionError, match='resnet18_v2-a81db45f.zip '
                       r'cannot be downloaded \(no such host.*d2l data add'):
        gluon.model_zoo.vision.resnet18_v2(pretrained=True,
                                           root=str(tmp_path))
    with pytest.raises(ConnectionError, match='cifar-10.*d2l data add'):
        gluon.data.vision.CIFAR10(root=str(tmp_path))
    assert len(tried) == 2 and not list(tmp_path.iterdir())
    assert 'retrying' not in capsys.readouterr().out
