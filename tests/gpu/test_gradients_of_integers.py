"""MXNet records integers: variables that they come from get zeros."""
import mxnet as mx
import pytest
from both import CPU, GPU
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from two_gradients import FLAGS, OLD, gradients


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


def whole(F, x):
    """Integers that x would have a gradient through."""
    return F.cast(x, 'int32')


# What is made of integers of x, without a gradient in MXNet.
CONSTANTS = {
    **{name: lambda F, x, w, name=name: getattr(F, name)(whole(F, x))
       for name in ('zeros_like ones_like shape_array size_array BlockGrad '
                    'logical_not sign floor round rint argsort').split()},
    **{name: lambda F, x, w, name=name: getattr(F, name)(
        whole(F, F.BlockGrad(w)), whole(F, x))
       for name in 'reshape_like slice_like broadcast_like'.split()},
    'arange_like': lambda F, x, w: F.contrib.arange_like(whole(F, x)),
    'index_array': lambda F, x, w: F.squeeze(
        F.contrib.index_array(whole(F, x))),
    'comparison': lambda F, x, w: whole(F, x) > 0,
    'comparison of two': lambda F, x, w: whole(F, x) == whole(F, w),
    'logical_and': lambda F, x, w: F.broadcast_logical_and(
        whole(F, x), whole(F, w)),
    'modulo': lambda F, x, w: whole(F, x) % 2,
    'argmax': lambda F, x, w: F.argmax(whole(F, x), axis=0),
    'topk': lambda F, x, w: top(F, whole(F, x), 3, ret_typ='mask'),
    'one_hot': lambda F, x, w: F.sum(F.one_hot(
        whole(F, x), 3, dtype='int32'), axis=0),
    'pick': lambda F, x, w: F.pick(
        whole(F, F.BlockGrad(F.stack(w, w, w))), whole(F, x)),
    'where': lambda F, x, w: F.where(whole(F, x), F.ones_like(whole(F, x)),
                                     F.zeros_like(whole(F, x))),
    'gather_nd': lambda F, x, w: F.gather_nd(
        whole(F, F.BlockGrad(w)), F.expand_dims(whole(F, x), 0)),
    'in a loop': lambda F, x, w: F.reshape(F.contrib.foreach(
        lambda d, s: (F.take(w, d), s), whole(F, x), [F.zeros_like(w)])[0],
        (-1,)),
    'further on': lambda F, x, w: F.ones_like(whole(F, x)) * 2 + 1,
    # floats without a gradient become integers
    'a count': lambda F, x, w: whole(F, F.sum(x > 0)),
    'a floor': lambda F, x, w: whole(F, F.floor(x) * 2),
    'a detached one': lambda F, x, w: whole(F, F.BlockGrad(x) * 2),
    'a like': lambda F, x, w: whole(F, F.reshape_like(F.BlockGrad(w), x) + 1),
    'a noise': lambda F, x, w: whole(F, F.random.uniform_like(x) * 0 + 1),
}


# what the fallback computes is looked at as well
FALLBACK = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU')


@FALLBACK
@pytest.mark.parametrize('flags', FLAGS)
@pytest.mark.parametrize('name', CONSTANTS)
def test_integers_without_a_gradient_become_floats_again(name, flags):
    def net(F, x, w):
        return F.broadcast_mul(number(F, CONSTANTS[name](F, x, w)), w)
    expected = gradients(net, flags, 'write', -1, CPU)
    assert expected != 'refused' and expected[0] == [[0, 0, 0], True]
    assert gradients(net, flags, 'write', -1, GPU) == expected


REFUSED = {
    'itself': lambda F, x: whole(F, x),
    'a sum': lambda F, x: whole(F, x) + 1,
    'sort': lambda F, x: F.sort(whole(F, x), axis=0),
    'topk': lambda F, x: top(F, whole(F, x), 3, ret_typ='value'),
    'reshape_like': lambda F, x: F.reshape_like(whole(F, x), x),
    'other integers': lambda F, x: F.cast(whole(F, x), 'int64'),
    'cumsum': lambda F, x: F.cumsum(x, dtype='int32'),
    'both': lambda F, x: whole(F, x) * (whole(F, x) > 0),
    'x and a floor': lambda F, x: whole(F, F.floor(x) + x),
    'in a loop': lambda F, x: F.reshape(F.contrib.foreach(
        lambda d, s: (whole(F, d), s), x, [F.zeros_like(x)])[0], (-1,)),
    'while': lambda F, x: F.sum(F.contrib.while_loop(
        lambda a, i: F.sum(i) < 2, lambda a, i: (whole(F, a), (a, i + 1)),
        (x, F.zeros_like(F.sum(x))), max_iterations=3)[0], axis=0),
}


@pytest.mark.parametrize('flags', FLAGS)
@pytest.mark.parametrize('name', REFUSED)
def test_integers_with_a_gradient_do_not(name, flags):
    def net(F, x, w):
        return number(F, REFUSED[name](F, x)) * w
    expected = gradients(net, flags, 'write', -1, CPU)
    assert any(expected[0][0])
    with pytest.raises(MXNetError, match='do not flow through arrays of'):
        gradients(net, flags, 'write', -1, GPU)


@FALLBACK
@pytest.mark.parametrize('compute', [
    lambda n: n / 2, lambda n: n * mx.np.ones(3, ctx=GPU), mx.np.mean])
def test_integers_of_numpy_become_no_floats_by_themselves(compute):
    x = mx.np.array([1, 2, 3], dtype='float32', ctx=GPU)
    x.attach_grad()
    with autograd.record():
        n = x.astype('int32')
        assert (n > 1).astype('float32').sum() == 2
        with pytest.raises(MXNetError, match='do not flow through arrays of'):
            compute(n)


def gradient_of_numpy(make, ctx):
    """The gradient of x through what `make(mx.np, x)` makes of it."""
    with mx.util.np_shape(True), mx.util.np_array(True):
        x = mx.np.array([1, 2, 3], dtype='float32', ctx=ctx)
        x.attach_grad()
        x.grad[:] = OLD
        with autograd.record():
            y = make(mx.np, x).astype('float32') * 2
        y.backward()
        return x.grad.tolist()


@FALLBACK
@pytest.mark.parametrize('make', [
    lambda np, x: mx.npx.nonzero(x)[:, 0], lambda np, x: np.argmax(x),
    lambda np, x: np.unique(x, return_index=True)[1],
    lambda np, x: np.bitwise_and(x.astype('int32'), 1),
    lambda np, x: x.astype('int32') % 2, lambda np, x: 7 % x.astype('int32'),
    lambda np, x: np.bincount(x.astype('int32'))])
def test_integers_of_numpy_without_a_gradient(make):
    assert gradient_of_numpy(make, CPU) == [0, 0, 0]
    assert gradient_of_numpy(make, GPU) == [0, 0, 0]


@FALLBACK
@pytest.mark.parametrize('make', [
    lambda np, x: np.sum(x, dtype='int32'),
    lambda np, x: np.cumsum(x, dtype='int32'),
    lambda np, x: np.clip(x.astype('int32'), 0, 2)])
def test_integers_of_numpy_with_a_gradient(make):
    assert any(gradient_of_numpy(make, CPU))
    with pytest.raises(MXNetError, match='do not flow through arrays of'):
        gradient_of_numpy(make, GPU)


@pytest.mark.parametrize('flags', FLAGS)
def test_variables_of_integers_have_no_gradient(flags):
    """Nor has what is computed of them in a net; detached they are data."""
    class Double(gluon.HybridBlock):
        def hybrid_forward(self, F, n):
            return F.cast(n * 2, 'float32')
    net = Double()
    if flags is not None:
        net.hybridize(**flags)
    n = nd.array([1, 2], ctx=GPU, dtype='int32')
    n.attach_grad()
    with autograd.record():
        with pytest.raises(MXNetError, match='do not flow through arrays of'):
            net(n)
        assert net(n.detach()).asnumpy().tolist() == [2, 4]


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
