"""A graph across devices has its gradients, or is refused."""

import numpy as np
import pytest
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from snippets import CPU, GPU, OTHER


def into(write):
    """A way to another device that writes to an array there."""
    def move(x, ctx):
        y = nd.zeros((2, 3), ctx=ctx)
        return write(x, y)
    return move


def write_all(x, y):
    y[:] = x
    return y[0]


def write_row(x, y):
    y[0] = x
    return y[0]


def write_slice(x, y):
    y[0:1] = x.reshape((1, 3))
    return y[0]


def write_columns(x, y):
    y[0:1, ::-1] = x.reshape((1, 3))
    return y[0, ::-1]


def write_by_arrays(x, y):
    y[[0, 0, 0], [0, 1, 2]] = x
    return y[0]


def copy_to(x, y):
    z = y[0].copy()
    x.copyto(z)
    return z


WAYS = [lambda x, ctx: x.as_in_context(ctx), lambda x, ctx: x.copyto(ctx),
        lambda x, ctx: nd.array(x, ctx=ctx),
        lambda x, ctx: x[0:3].as_in_context(ctx),
        lambda x, ctx: x.reshape((3, 1)).as_in_context(ctx).reshape((3,)),
        lambda x, ctx: gluon.utils.split_and_load(
            x, [ctx], even_split=False)[0].copyto(ctx),
        lambda x, ctx: x.as_np_ndarray().as_in_ctx(ctx).as_nd_ndarray(),
        into(write_all), into(write_row), into(write_slice),
        into(write_columns), into(write_by_arrays), into(copy_to)]


def gradient(way, source, target, compute=lambda x: x * 2):
    x = nd.array([1., 2, 3], ctx=source)
    w = nd.array([1., 10, 100], ctx=target)
    x.attach_grad()
    w.attach_grad()
    with autograd.record():
        loss = (way(compute(x), target) * w).sum()
    loss.backward()
    np.testing.assert_array_equal(w.grad.asnumpy(), compute(x).asnumpy())
    return x.grad.asnumpy()


@pytest.mark.parametrize('way', WAYS)
def test_gradients_flow_between_gpus(way):
    np.testing.assert_array_equal(gradient(way, GPU, OTHER), [2, 20, 200])


@pytest.mark.parametrize('compute', [lambda x: x, lambda x: x * 2])
@pytest.mark.parametrize('source, target', [(CPU, GPU), (GPU, CPU)])
@pytest.mark.parametrize('way', WAYS)
def test_gradients_between_cpu_and_gpu_are_refused(way, source, target,
                                                   compute):
    with pytest.raises(MXNetError, match='gradients do not flow'):
        gradient(way, source, target, compute)


@pytest.mark.parametrize('source, target', [(CPU, GPU), (GPU, CPU)])
def test_constants_are_copied_while_recording(source, target):
    way = WAYS[0]
    found = gradient(way, source, target, lambda x: x.detach())
    np.testing.assert_array_equal(found, [0, 0, 0])
    with autograd.record():
        batch = nd.ones(3, ctx=source).as_in_context(target)
    assert batch.context == target


def test_a_recorded_loss_does_not_leave_for_the_cpu():
    x = nd.ones(3, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        loss = (x * x).sum()
        with pytest.raises(MXNetError, match='detach'):
            loss.as_in_context(CPU)
    assert loss.as_in_context(CPU).asscalar() == 3      # not recorded
    loss.backward()
    assert x.grad.asnumpy().tolist() == [2, 2, 2]
