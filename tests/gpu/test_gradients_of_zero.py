"""Variables that a result does not depend on get zeros, as on cpu()."""
import numpy as np
import pytest
from both import CPU, GPU
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError

OLD = 7     # what gradients hold before backward


class Net(gluon.HybridBlock):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def hybrid_forward(self, F, x, w):
        return self.function(F, x, w)


def column(F, x):
    return F.slice_axis(x, axis=0, begin=0, end=1)


NETS = {
    'BlockGrad': lambda F, x, w: F.BlockGrad(x) * w,
    'BlockGrad of all': lambda F, x, w: F.BlockGrad(x) + F.BlockGrad(w),
    'comparison': lambda F, x, w: (x > w) * w,
    'floor': lambda F, x, w: F.floor(x) * w,
    'zeros_like': lambda F, x, w: F.zeros_like(x) + w,
    'broadcast_like': lambda F, x, w: F.broadcast_like(column(F, w), x),
    'reshape_like': lambda F, x, w: F.reshape_like(w, x),
    'slice_like': lambda F, x, w: F.slice_like(w, x),
    'where': lambda F, x, w: F.where(x, w, w * 2),
    'take': lambda F, x, w: F.take(w, x),
    'pick': lambda F, x, w: F.pick(w.reshape((1, 3)), column(F, x)),
    'Concat': lambda F, x, w: F.split(F.concat(
        F.BlockGrad(x), w, dim=0), 2, axis=0),
    'uniform_like': lambda F, x, w: F.random.uniform_like(x) * 0 + w,
    'two results': lambda F, x, w: (x * 2, w * 3),
    'two long ones': lambda F, x, w: (x * 2 + 1, w * 3 + 1),
    'one constant': lambda F, x, w: (F.BlockGrad(x) * 2, w * 3),
    'amp_multicast': lambda F, x, w: F.amp_multicast(x, w, num_outputs=2),
}
FLAGS = [None, {}, {'static_alloc': True, 'static_shape': True},
         {'inline_limit': 0}]


def gradients(name, flags, req, head, ctx):
    """Both gradients, whether backward wrote them, or that it refused."""
    x, w = nd.array([1, 2, 0], ctx=ctx), nd.array([3, 4, 5], ctx=ctx)
    x.attach_grad(req)
    w.attach_grad()
    for variable in (x, w):
        if variable.grad is not None:
            variable.grad[:] = OLD
    net = Net(NETS[name])
    if flags is not None:
        net.hybridize(**flags)
    with autograd.record():
        y = net(x, w)
    y = y[head] if isinstance(y, (list, tuple)) else y
    try:
        y.backward()
    except MXNetError:
        return 'refused'
    return [[v.grad.asnumpy().tolist(), v._fresh_grad]
            for v in ((w,) if req == 'null' else (x, w))]


@pytest.mark.parametrize('flags', FLAGS)
@pytest.mark.parametrize('name', NETS)
def test_they_are_written_as_on_the_cpu(name, flags):
    # where MXNet adds to an index's or a copy's gradient, it fails or forgets
    reqs = (['write', 'null'] if name in ('take', 'amp_multicast')
            else ['write', 'add', 'null'])
    for req in reqs:
        for head in (0, -1):
            expected = gradients(name, flags, req, head, CPU)
            found = gradients(name, flags, req, head, GPU)
            assert found == expected, (req, head)


def test_a_gradient_is_refused_where_nothing_leads_to_the_variable():
    for ctx in (CPU, GPU):
        x, w = nd.ones(2, ctx=ctx), nd.ones(2, ctx=ctx)
        x.attach_grad()
        w.attach_grad()
        with autograd.record():
            y, z = w * 2, w * 2 + nd.BlockGrad(x)
        with pytest.raises(MXNetError, match='2-th variable .*unreachable'):
            autograd.grad(y, [w, x], retain_graph=True)
        with pytest.raises(MXNetError, match='does not require gradient'):
            autograd.grad(z, [z], retain_graph=True)
        dx, dw = autograd.grad(z, [x, w])
        np.testing.assert_array_equal(dx.asnumpy(), [0, 0])
        np.testing.assert_array_equal(dw.asnumpy(), [2, 2])


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
