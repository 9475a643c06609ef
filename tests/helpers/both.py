"""The same on cpu() and gpu(0), from the same parameters and data."""
import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, init, nd

from d2l.gpu.state import devices

CPU, GPU = mx.cpu(), mx.gpu(0)


def is_stand_in():
    """Whether the CPU plays the GPUs, and rounds as a CPU does."""
    return devices.kind == 'cpu'


def initialize(build, X, ctx):
    """A net on `ctx`, the same parameters on each."""
    mx.random.seed(1)
    net = build()
    net.initialize(init.Xavier(), ctx=CPU)
    with autograd.pause():
        net(X)      # makes parameters whose shape waits for a batch
    net.collect_params().reset_ctx(ctx)
    return net


def values(net):
    """All parameters by place, as NumPy arrays."""
    return {name: param.list_data()[0].asnumpy() for name, param
            in net._collect_params_with_prefix().items()}


def train(build, X, y, ctx, steps=3, hybridize=False, optimizer='sgd',
          hyperparams=None, loss=None):
    """A few steps; returns the losses and all parameters after them."""
    X = nd.array(X)
    net = initialize(build, X[:2], ctx)
    if hybridize:
        net.hybridize()
    loss = loss or gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), optimizer,
                            hyperparams or {'learning_rate': 0.05})
    X, y = X.as_in_context(ctx), nd.array(y, ctx=ctx)
    losses = []
    for _ in range(steps):
        with autograd.record():
            l = loss(net(X), y).mean()
        l.backward()
        trainer.step(1)
        losses.append(float(l.asscalar()))
    return losses, values(net)


def assert_trains_alike(build, X, y, rtol=1e-4, atol=2e-5, **kwargs):
    """Losses and parameters are the same on both devices."""
    on_cpu, on_gpu = (train(build, X, y, ctx, **kwargs)
                      for ctx in (CPU, GPU))
    assert on_cpu[0][0] != on_cpu[0][-1]
    np.testing.assert_allclose(on_gpu[0], on_cpu[0], rtol=rtol)
    assert_close(on_gpu[1], on_cpu[1], rtol, atol)


def assert_close(found, expected, rtol=1e-4, atol=2e-5):
    """Arrays by name, the same to float tolerance."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=atol,
                                   err_msg=name)


def images(n=8, channels=1, size=28, seed=0):
    """Random images and labels of ten classes."""
    rng = np.random.RandomState(seed)
    return (rng.rand(n, channels, size, size).astype('float32'),
            rng.randint(0, 10, n).astype('float32'))


def randoms(*shape, seed=0, low=-1):
    return np.random.RandomState(seed).uniform(
        low, 1, shape).astype('float32')


def integers(high, *shape, seed=0):
    return np.random.RandomState(seed).randint(
        0, high, shape).astype('float32')


def assert_computes_alike(function, *inputs):
    """Assert that results and gradients of a function of arrays agree."""
    found = []
    for ctx in (CPU, GPU):
        Xs = [nd.array(X, ctx=ctx) for X in inputs]
        for X in Xs:
            X.attach_grad()
        with autograd.record():
            Ys = function(*Xs)
            Ys = list(Ys) if isinstance(Ys, (list, tuple)) else [Ys]
            l = sum((Y * Y).sum() for Y in Ys)
        l.backward()
        found.append({i: array.asnumpy() for i, array in enumerate(
            Ys + [X.grad for X in Xs])})
    assert_close(found[1], found[0])
