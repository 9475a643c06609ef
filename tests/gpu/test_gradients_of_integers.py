"""MXNet records integers: variables that they come from get zeros."""
import pytest
from both import CPU, GPU
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from two_gradients import FLAGS, gradients


def top(F, x, k=1, **kwargs):
    return F.topk(x, k=k, dtype='int32', **kwargs)


def number(F, x):
    return F.cast(x, 'float32')


NETS = {
    'shape_array': lambda F, x, w: F.broadcast_mul(
        number(F, F.shape_array(x)), w),
    'size_array': lambda F, x, w: F.broadcast_add(
        w, number(F, F.size_array(x))),
    'integers': lambda F, x, w: (w * 1, F.shape_array(x)),
    'argsort': lambda F, x, w: number(F, F.argsort(x, dtype='int32')) * w,
    'take': lambda F, x, w: F.take(w, top(F, x)),
    'take, later': lambda F, x, w: F.take(w, (top(F, x) * 0 + 1)[0:1]),
    'one_hot': lambda F, x, w: F.broadcast_mul(F.one_hot(top(F, x), 3), w),
    'two results': lambda F, x, w: (
        w * 1, top(F, x, ret_typ='both')[1]),
    'two views': lambda F, x, w: F.gather_nd(
        w, F.expand_dims(top(F, x, 2), 0).reshape((1, 2))),
    'a sample': lambda F, x, w: F.take(w, F.sample_multinomial(
        F.softmax(x) * 0 + F.BlockGrad(w == 4))),
}


@pytest.mark.parametrize('flags', FLAGS)
@pytest.mark.parametrize('name', NETS)
def test_zeros_are_written_as_on_the_cpu(name, flags):
    for req in ('write', 'add'):
        expected = gradients(NETS[name], flags, req, -1, CPU)
        found = gradients(NETS[name], flags, req, -1, GPU)
        assert found == expected, req


class Cut(gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return F.cast(F.cast(x, 'int32') * 2, 'float32') * x


@pytest.mark.parametrize('hybridize', [False, True])
def test_no_gradient_is_lost_in_integers(hybridize):
    net = Cut()
    if hybridize:
        net.hybridize()
    x = nd.array([1.5, 2], ctx=GPU)
    assert net(x).asnumpy().tolist() == [3, 8]
    x.attach_grad()
    with autograd.record():
        with pytest.raises(MXNetError, match='arrays of torch.int32: .*deta'):
            net(x)
        y = nd.take(x, nd.cast(x * 0, 'int32')) + nd.cast(
            nd.cast(x > 1, 'int32'), 'float32')
    y.backward()
    assert x.grad.asnumpy().tolist() == [2, 0]


def test_a_graph_with_integers_ends_with_backward():
    """From then on they are constants, as all that was computed in it."""
    x, w = nd.array([1.5, 2], ctx=GPU), nd.ones(2, ctx=GPU)
    x.attach_grad()
    w.attach_grad()
    with autograd.record():
        cut, index = nd.cast(x, 'int32'), nd.argsort(x, dtype='int32')
        with pytest.raises(MXNetError, match='arrays of torch.int32: .*deta'):
            cut.backward()
        (nd.take(w, cut - 1) * nd.take(x, index)).backward()
    x.grad[:] = 7
    with autograd.record():
        y = nd.cast(cut, 'float32') * nd.take(w, index)
    y.backward()
    assert x.grad.asnumpy().tolist() == [7, 7]
    assert w.grad.asnumpy().tolist() == [1, 2]


def test_integers_of_a_graph_are_not_changed_in_it():
    for ctx in (CPU, GPU):
        x = nd.array([1.5, 2], ctx=ctx)
        x.attach_grad()
        with autograd.record():
            index = nd.argsort(x, dtype='int32')
            with pytest.raises(MXNetError, match='computational graph'):
                nd.ones_like(index, out=index)
