"""x.reshape() on gpu(0) does what it does on cpu(), errors included."""
import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU
from mxnet import autograd, nd

TARGETS = [
    (4, 6), (24,), (-1,), (4, -1), (2, -1, 3), (1, 24, 1), (np.int64(4), 6),
    (np.int64(-1), np.int32(2)), (0, -1), (0, 0, 0), (-2,), (-2, 1), (-3, 4),
    (-4, 1, 2, -2), (-1, -1), (5, -1), (5, 5), (3, 3), (48,), (0, 5), (-7,),
    (), ('a',), (2.0, 12), (None,)]
CALLS = [
    lambda x, target: x.reshape(target),
    lambda x, target: x.reshape(list(target)),
    lambda x, target: x.reshape(*target),
    lambda x, target: x.reshape(shape=target),
    lambda x, target: x.reshape(target, reverse=True),
    lambda x, target: x.reshape(target, other=True)]


def outcome(call, target, ctx):
    """The numbers, or the type of the error."""
    x = nd.arange(24, ctx=ctx).reshape((2, 3, 4))
    try:
        y = call(x, target)
    except Exception as error:      # noqa: BLE001
        return type(error)
    y[:1] = -1
    assert y.context == ctx
    return y.asnumpy().tolist(), x.asnumpy().tolist(), type(y)


@pytest.mark.parametrize('call', CALLS)
@pytest.mark.parametrize('target', TARGETS)
def test_any_shape(target, call):
    assert outcome(call, target, GPU) == outcome(call, target, CPU)


def test_gradients():
    for ctx in (CPU, GPU):
        x = nd.arange(6, ctx=ctx)
        x.attach_grad()
        with autograd.record():
            y = x.reshape((2, -1)) * nd.ones((2, 3), ctx=ctx) * 3
            y = y.reshape(6) * x
        y.backward()
        assert x.grad.asnumpy().tolist() == [0, 6, 12, 18, 24, 30]


@pytest.mark.parametrize('shape', [(0, 3), ()])
def test_arrays_without_or_of_one_element(shape):
    with mx.util.np_shape(True):
        for target in ((3, 0), (1,), (1, 1), (-1,), (-1, 3), ()):
            found = []
            for ctx in (CPU, GPU):
                try:
                    found.append(nd.ones(shape, ctx=ctx).reshape(target).shape)
                except Exception as error:      # noqa: BLE001
                    found.append(type(error))
            assert found[0] == found[1], target
