"""Nets as symbols on gpu(0): written, read, cut, described."""
import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU, assert_close, values
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

OTHER = mx.gpu(1)


def build(ctx=GPU):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Activation('relu'),
            nn.GlobalAvgPool2D(), nn.Dense(3))
    net.initialize(mx.init.Constant(0.1), ctx=ctx)
    return net


def batch(ctx=GPU, n=2):
    return nd.arange(n * 36, ctx=ctx).reshape((n, 1, 6, 6)).sin()


@pytest.mark.filterwarnings('ignore:Cannot decide type for the following')
@pytest.mark.parametrize('ctx', [CPU, GPU, OTHER])
def test_an_exported_net_is_imported_to_any_device(ctx, tmp_path):
    net = build()
    net.hybridize()
    expected = net(batch()).asnumpy()
    net.export(str(tmp_path / 'net'), epoch=2)
    again = gluon.SymbolBlock.imports(
        str(tmp_path / 'net-symbol.json'), ['data'],
        str(tmp_path / 'net-0002.params'), ctx=ctx)
    y = again(batch(ctx))
    assert y.context == ctx
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5)


@pytest.mark.filterwarnings('ignore:Cannot decide type for the following')
def test_the_features_of_a_net_train_with_a_new_output():
    found = []
    for ctx in (CPU, GPU):
        net = build(ctx)
        net(batch(ctx))
        inside = net(mx.sym.var('data')).get_internals()
        tuned = nn.HybridSequential()
        tuned.add(gluon.SymbolBlock(
            inside[net[2].name + '_fwd_output'], mx.sym.var('data'),
            params=net.collect_params()), nn.Dense(2))
        tuned[1].initialize(mx.init.Constant(0.2), ctx=ctx)
        tuned.hybridize()
        trainer = gluon.Trainer(tuned.collect_params(), 'sgd',
                                {'learning_rate': 0.1})
        for n in (2, 3):
            with autograd.record():
                l = (tuned(batch(ctx, n)) ** 2).sum()
            l.backward()
            trainer.step(n)
        found.append(values(tuned))
        assert not np.allclose(net[0].weight.data().asnumpy(), 0.1)
    assert_close(found[1], {name: value for name, value in zip(
        found[1], found[0].values())})


def test_a_net_is_described(capsys):
    described = []
    for ctx in (CPU, GPU):
        with mx.name.NameManager():
            net = build(ctx)
            net.summary(batch(ctx))
            symbol = net(mx.sym.var('data'))
            mx.viz.print_summary(symbol, shape={'data': (2, 1, 6, 6)})
            described.append(capsys.readouterr().out)
    assert described[0] == described[1]
    assert 'Total params: 71' in described[0], described[0]


def test_one_net_computes_on_several_devices():
    net = build([GPU, OTHER])
    net(batch())
    plain = [net(batch(ctx)).asnumpy() for ctx in (GPU, OTHER)]
    net.hybridize()
    for _ in range(2):
        with autograd.record():
            losses = [net(batch(ctx, n)).sum()
                      for ctx, n in ((GPU, 2), (OTHER, 3))]
        autograd.backward(losses)
    on_cpu = build(CPU)
    for _ in range(2):
        for n, ctx in ((2, GPU), (3, OTHER)):
            with autograd.record():
                l = on_cpu(batch(CPU, n)).sum()
            l.backward()
            np.testing.assert_allclose(
                net[0].weight.grad(ctx).asnumpy(),
                on_cpu[0].weight.grad().asnumpy(), rtol=1e-4, atol=1e-6)
    assert plain[0].tolist() == plain[1].tolist()


def test_a_net_is_called_twice_before_backward():
    found = []
    for ctx in (CPU, GPU):
        for flags in ({'active': False}, {'static_alloc': True,
                                          'static_shape': True}):
            net = build(ctx)
            net.hybridize(**flags)
            x = batch(ctx)
            x.attach_grad()
            with autograd.record():
                y, z = net(x), net(x.sin())
            autograd.backward([y, z])
            found.append([a.asnumpy() for a in (
                y, z, x.grad, net[4].weight.grad())])
    for other in found[1:]:
        for a, b in zip(found[0], other):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
