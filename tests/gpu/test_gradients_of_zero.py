"""Variables that a result does not depend on get zeros, as on cpu()."""
import numpy as np
import pytest
from both import CPU, GPU
from mxnet import autograd, nd
from mxnet.base import MXNetError
from two_gradients import FLAGS, gradients


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
@pytest.mark.parametrize('flags', FLAGS)
@pytest.mark.parametrize('name', NETS)
def test_they_are_written_as_on_the_cpu(name, flags):
    # where MXNet adds to an index's or a copy's gradient, it fails or forgets
    reqs = (['write', 'null'] if name in ('take', 'amp_multicast')
            else ['write', 'add', 'null'])
    for req in reqs:
        for head in (0, -1):
            expected = gradients(NETS[name], flags, req, head, CPU)
            found = gradients(NETS[name], flags, req, head, GPU)
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
