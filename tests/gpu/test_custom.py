"""Operators that the reader writes in Python, by MXNet on the CPU."""
import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU
from mxnet import autograd, gluon, nd

pytestmark = pytest.mark.filterwarnings('ignore:operator Custom')


class Counted(mx.operator.CustomOp):
    """Twice x; the state counts the calls."""

    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] * 2)
        aux[0][:] += 1

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], out_grad[0] * 2)


@mx.operator.register('counted')
class CountedProp(mx.operator.CustomOpProp):
    def list_auxiliary_states(self):
        return ['count']

    def infer_shape(self, in_shape):
        return in_shape, in_shape, [(1,)]

    def create_operator(self, ctx, shapes, dtypes):
        return Counted()


class Layer(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.count = self.params.get('count', shape=(1,), init='zeros',
                                     grad_req='null')

    def hybrid_forward(self, F, x, count):
        return F.Custom(x, count, op_type='counted')


@pytest.mark.parametrize('is_recorded', [False, True])
@pytest.mark.parametrize('ctx', [CPU, GPU])
def test_a_state_is_kept(ctx, is_recorded):
    x, count = nd.ones((3,), ctx=ctx), nd.zeros((1,), ctx=ctx)
    x.attach_grad()
    for _ in range(2):
        with autograd._RecordingStateScope(is_recorded, True):
            y = nd.Custom(x, count, op_type='counted')
    assert y.asnumpy().tolist() == [2, 2, 2] and count.asscalar() == 2
    if is_recorded:
        y.backward()
        np.testing.assert_array_equal(x.grad.asnumpy(), [2, 2, 2])


@pytest.mark.parametrize('ctx', [CPU, GPU])
def test_a_state_is_kept_in_a_hybridized_net(ctx):
    layer = Layer()
    layer.initialize(ctx=ctx)
    layer.hybridize()
    for _ in range(2):
        with autograd.record():
            layer(nd.ones((3,), ctx=ctx)).wait_to_read()
    assert layer.count.data(ctx).asscalar() == 2
