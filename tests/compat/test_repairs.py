"""What readers do with MXNet on a NumPy and Python newer than it is."""
import multiprocessing
import os
import pickle
import sys
import types
import warnings

import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, nd
from mxnet.gluon import nn

from d2l.compat import hook
from d2l.compat.distutils_view import LooseVersion
from d2l.compat.numpy_view import numpy_view


def test_versions_compare_by_their_numbers():
    assert LooseVersion('1.9.0') < '1.17' <= LooseVersion('1.17')
    assert LooseVersion('2.0.0rc1') == '2.0.0' and str(
        LooseVersion('2.0.0rc1')) == '2.0.0rc1'
    assert LooseVersion('10.0') > LooseVersion('9.1')


@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_the_private_view_of_numpy():
    view = numpy_view()
    assert view is not np and view.ndarray is np.ndarray
    assert view.bool is bool and view.float is float and view.int is int
    assert view.PINF == np.inf and np.isnan(view.NaN)
    assert view.in1d([[1, 2]], [2]).tolist() == [False, True]
    assert view.msort(np.array([2, 1])).tolist() == [1, 2]
    assert view.testing is np.testing and 'polynomial' in dir(view)
    if 'mirr' not in vars(np):
        with pytest.raises(RuntimeError, match='numpy_financial'):
            view.mirr([1], 0, 0)
    with pytest.raises(AttributeError):
        view.nothing_of_the_kind  # noqa: B018


def test_mxnet_sees_it_and_others_do_not():
    assert mx.numpy.bool is bool
    assert vars(mx.nd)['__builtins__'] is hook._BUILTINS
    namespace = {}
    exec('import numpy', namespace)
    assert namespace['numpy'] is np is sys.modules['numpy']


def test_installing_twice_changes_nothing():
    before = list(sys.meta_path)
    assert isinstance(hook.install(), hook.Finder)
    assert sys.meta_path == before


def test_numpys_integers_as_operator_parameters():
    shape = tuple(np.array([2, 3]))
    assert nd.zeros(shape).shape == (2, 3)
    assert nd.zeros((4, 6)).reshape(shape + (np.int64(4),)).shape == (2, 3, 4)
    X = nd.zeros((1, 1, 8, 8))
    net = nn.Conv2D(np.int64(2), kernel_size=tuple(np.array([3, 3])))
    net.initialize()
    assert net(X).shape == (1, 2, 6, 6)
    net.hybridize()
    assert net(X).shape == (1, 2, 6, 6)
    assert nd.one_hot(nd.array([1]), np.int32(3)).shape == (1, 3)


def test_recordio_packs(tmp_path, monkeypatch):
    class cv2:      # as much of OpenCV as pack_img uses
        IMWRITE_JPEG_QUALITY = 1

        @staticmethod
        def imencode(img_fmt, img, params):
            return True, np.frombuffer(b'encoded', np.uint8)
    monkeypatch.setattr(mx.recordio, 'cv2', cv2)
    path = str(tmp_path / 'images.rec')
    record = mx.recordio.MXRecordIO(path, 'w')
    header = mx.recordio.IRHeader(0, np.array([1, 2], np.float32), 7, 0)
    record.write(mx.recordio.pack(header, b'content'))
    record.write(mx.recordio.pack_img(header, np.zeros((4, 4, 3))))
    record.close()
    record = mx.recordio.MXRecordIO(path, 'r')
    found, content = mx.recordio.unpack(record.read())
    assert found.label.tolist() == [1, 2] and content == b'content'
    found, content = mx.recordio.unpack(record.read())
    assert found.id == 7 and content == b'encoded'
    record.close()


def test_numpy_takes_ndarrays():
    x = nd.arange(3)
    assert np.asarray(x).tolist() == [0, 1, 2]
    assert np.asarray(x, dtype='int64').dtype == np.int64


@pytest.mark.filterwarnings('error')
def test_results_convert_to_numbers():
    l = nd.array([1.5, 2.5])    # noqa: E741
    assert '%f %.3f %d' % (l.mean().asnumpy(), l.mean().asnumpy(),
                           l.mean().asnumpy()) == '2.000000 2.000 2'
    x = nd.array([[3]])
    assert float(x.asnumpy()) == int(x.asnumpy()) == 3
    assert complex(x.asnumpy()) == 3
    assert repr(nd.array([3]).asnumpy()) == 'array([3.], dtype=float32)'
    a = x.asnumpy()
    for derived in (a + 1, a * a, a.sum(), np.concatenate([a, a])):
        assert type(derived) in (np.ndarray, np.float32)
    assert type(pickle.loads(pickle.dumps(a))) is np.ndarray
    with pytest.raises((TypeError, ValueError)):
        float(nd.array([1, 2]).asnumpy())


@pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64', 'uint8',
                                   'int32', 'int64'])
def test_sums_of_asscalar_are_those_of_numpy_1(dtype):
    x = nd.array([7], dtype=dtype).asscalar()
    wide = np.float64 if dtype.startswith('float') else np.int64
    for result in (0.0 + x, x + 0.0, x * 0.5, 1.0 - x, x / 2.0, 2.0 ** x):
        assert type(result) is np.float64
    for result in (x + 1, 1 + x, x * 2, 3 - x, x // 2, x % 4):
        assert type(result) is wide
    assert x + 1 == 8 and 10 - x == 3 and x // 2 == 3 and x % 4 == 3
    assert repr(x) == str(x) and type(x + x) is np.dtype(dtype).type
    assert type(pickle.loads(pickle.dumps(x))) is np.dtype(dtype).type
    total = 0.0
    for _ in range(1000):
        total += nd.array([0.1]).asscalar()
    assert total == pytest.approx(1000 * float(np.float32(0.1)), rel=1e-12)


@pytest.mark.parametrize('default', ['spawn', 'forkserver'])
def test_workers_are_forked_whatever_the_default_is(default):
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(default, force=True)
    data = gluon.data.ArrayDataset(nd.arange(10)).transform(
        lambda X: X * 2)    # as readers write them; only fork takes it along
    try:
        loader = gluon.data.DataLoader(data, 4, num_workers=2)
        assert [X.asnumpy().tolist() for X in loader] == [
            [0, 2, 4, 6], [8, 10, 12, 14], [16, 18]]
    finally:
        multiprocessing.set_start_method(before, force=True)


def test_mxnets_launcher_asks_whether_a_thread_is_alive():
    from dmlc_tracker import tracker
    thread = tracker.Thread(target=lambda: None)
    assert not thread.isAlive()


def test_mxnets_launcher_loads_without_kubernetes(monkeypatch):
    for name in ('kubernetes', 'yaml'):
        monkeypatch.setitem(sys.modules, name, None)    # not to be imported
    for name in ('dmlc_tracker.submit', 'dmlc_tracker.kubernetes'):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from dmlc_tracker import kubernetes, submit
    assert submit.kubernetes is kubernetes
    with pytest.raises(ImportError, match='pip install kubernetes pyyaml'):
        kubernetes.create_sched_svc_manifest('scheduler', 9091)
    for stand_in in (kubernetes.config, kubernetes.yaml):
        with pytest.raises(ImportError, match='Kubernetes'):
            stand_in.load  # noqa: B018


def test_mxnets_launcher_calls_srun_as_it_is_now(tmp_path, monkeypatch):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\ncase $* in *--share*) exit 1;; esac\n'
                    'echo $A $* > %s/called\n' % tmp_path)
    srun.chmod(0o755)
    monkeypatch.setenv('PATH', '%s:%s' % (tmp_path, os.environ['PATH']))
    from dmlc_tracker import slurm
    slurm.subprocess.check_call('A=1  srun --share -n 2 echo', shell=True)
    assert (tmp_path / 'called').read_text() \
        == '1 --oversubscribe -n 2 echo\n'


def test_set_matplotlib_formats(shell):
    from IPython import display
    from matplotlib.figure import Figure
    with warnings.catch_warnings():     # IPython 7 and 8 deprecate it
        warnings.simplefilter('ignore')
        display.set_matplotlib_formats('svg')
    formatter = shell.display_formatter.formatters['image/svg+xml']
    assert Figure in formatter.type_printers


def test_a_module_of_ipython_without_it_gets_it():
    from d2l.compat.repairs import matplotlib_formats
    module = types.ModuleType('IPython.display')
    matplotlib_formats(module)
    assert module.set_matplotlib_formats.__doc__
    module.set_matplotlib_formats = mine = object()
    matplotlib_formats(module)
    assert module.set_matplotlib_formats is mine


def test_mxnets_numpy_functions():
    mnp = mx.np
    a = mnp.array([[1, 2], [3, 4]])
    assert mnp.pad(a, ((1, 1), (0, 0)), mode='constant').shape == (4, 2)
    assert a[mnp.array([True, False], dtype=bool)].shape == (1, 2)
    assert mnp.full((2,), True, dtype=bool).dtype == bool
    assert np.mean(a).item() == 2.5 and np.median(a).item() == 2.5


def test_compressed_gradients_are_pushed_and_pulled(monkeypatch):
    """For a distributed KVStore without servers; MXNet's pushpull refuses."""
    from mxnet.kvstore import kvstore
    calls = []

    class Dist(kvstore.KVStore):
        type, handle = 'dist_sync', None

        def __init__(self):
            pass

        __del__ = __init__

        def push(self, *args):
            calls.append(('push',) + args)

        def pull(self, *args):
            calls.append(('pull',) + args)

    monkeypatch.setattr(kvstore, '_LIB', types.SimpleNamespace(
        MXKVStoreSetGradientCompression=lambda *args: 0))
    store = Dist()
    store.set_gradient_compression({'type': '2bit'})
    store.pushpull(3, 'gradient', priority=-3)
    store.pushpull(4, 'gradient', out='sum')
    assert calls == [('push', 3, 'gradient', -3), ('pull', 3, 'gradient', -3),
                     ('push', 4, 'gradient', 0), ('pull', 4, 'sum', 0)]


def test_mxnets_launcher_runs_workers_and_a_server(tmp_path):
    """On this machine, by its own local launcher: a sum over two workers."""
    from test_import import python
    script = tmp_path / 'worker.py'
    script.write_text('''
import os
import mxnet as mx
kv = mx.kv.create('dist_sync')
kv.init(0, mx.nd.zeros((1,)))
kv.push(0, mx.nd.ones((1,)) * (kv.rank + 1))
out = mx.nd.zeros((1,))
kv.pull(0, out=out)
os.write(1, b'sum %.1f\\n' % out.asscalar())    # whole, from both workers
''')
    run = python('''
import sys
from dmlc_tracker import local, opts
sys.argv = ['launch', '--num-workers=2', '--num-servers=1',
            '--host-ip=127.0.0.1', '--cluster=local', sys.executable, %r]
local.submit(opts.get_opts())''' % str(script))
    assert run.stdout.count('sum 3.0') == 2, run.stdout
