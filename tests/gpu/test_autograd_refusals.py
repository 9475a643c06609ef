"""What autograd on gpu(0) refuses, as the CPU does or for its own reasons."""
import numpy as np
import pytest
from mxnet import autograd, nd
from mxnet.base import MXNetError
from snippets import CPU, GPU, assert_alike, assert_same

REFUSED = '''
with autograd.record():
    y = x * x
y.backward()
y.backward()
===
with autograd.record():
    y = v.reshape((2, 3)) * 2
    z = x[1] * 3
    w = x[0, 1:3] * 2
    a = x[:, ::2].sum()
(y.sum() + z.sum() + w.sum() + a).backward()
===
y = v * v
y.backward()
===
with autograd.record():
    y = v.detach() * 2
y.backward()
===
with autograd.record():
    y = v * v
    z = y + 1
y.backward()
z.backward()
===
z = v * 2
with autograd.record():
    y = v * v
autograd.backward([y, z])
'''.strip('\n').split('\n===\n')


@pytest.mark.parametrize('code', REFUSED)
def test_both_devices_refuse(code):
    assert_alike(code, refused=True)


def test_constants_that_backward_needs_are_not_changed_before_it():
    """MXNet would compute a gradient with the new numbers."""
    x, c = nd.ones(2, ctx=GPU), nd.ones(2, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x * c
    c += 1
    with pytest.raises(MXNetError, match='modified by an inplace operation'):
        y.backward()


WRITES = ['v += 1', 'v[:] = 1', 'v[1] = 1', 'y += 1', 'y[:] = 1', 'y[1] = 0',
          'y[1:3] = v[3:5]']


@pytest.mark.parametrize('write', WRITES)
@pytest.mark.parametrize('ctx', [CPU, GPU])
def test_arrays_of_a_graph_are_not_written_to(ctx, write):
    v = nd.array([3., 2, 1, 0, 1, 2], ctx=ctx)
    v.attach_grad()
    with autograd.record():
        y = v * v
        before = y.asnumpy(), v.asnumpy()
        with pytest.raises(MXNetError, match='computational graph'):
            exec(write, {'v': v, 'y': y})
    if ctx == GPU:      # MXNet's CPU code writes before it refuses
        assert_same([y.asnumpy(), v.asnumpy()], list(before))


def test_second_derivatives_of_products():
    """MXNet's CPU code has none for a product."""
    x = nd.array([1., 2, 3], ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x * x * x
        dy, = autograd.grad(y, [x], create_graph=True)
        z = (dy * x).sum()
    z.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), [9, 36, 81])


def test_a_head_that_is_given_twice_counts_twice():
    """MXNet's CPU code forgets the first."""
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x * 2
    autograd.backward([y, y])
    assert x.grad.asnumpy().tolist() == [4, 4]


def test_gradients_through_integers_are_refused():
    x = nd.array([1.5, 2], ctx=GPU)
    x.attach_grad()
    with autograd.record():
        with pytest.raises(MXNetError, match='detach'):
            x.astype('int32').astype('float32')
        assert x.detach().astype('int32').astype('float32').shape == (2,)
        assert (x > 1).astype('int32').astype('float32').shape == (2,)
    n = nd.array([1, 2], ctx=GPU, dtype='int32')
    n.attach_grad()
    with autograd.record(), pytest.raises(MXNetError, match='detach'):
        n.astype('float32')
    with autograd.record():
        y = n * n
    with pytest.raises(MXNetError, match='detach'):
        y.backward()


def test_head_gradients_must_fit():
    x = nd.ones(6, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x * 2
    with pytest.raises(MXNetError, match='does not fit'):
        y.backward(nd.ones(5, ctx=GPU))


def test_get_symbol_is_refused_clearly():
    x = nd.ones(6, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x * 2
    with pytest.raises(MXNetError, match='copy them to the CPU'):
        autograd.get_symbol(y)
