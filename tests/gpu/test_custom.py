"""Operators that the reader writes in Python, by MXNet on the CPU."""
import mxnet as mx
import numpy as np
import pytest
import softmax_in_python  # noqa: F401 (registers own_softmax)
from both import CPU, GPU
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from snippets import assert_alike

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


class ProductAndSum(mx.operator.CustomOp):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, is_train, req, in_data, out_data, aux):
        a, b = in_data
        self.assign(out_data[0], req[0], a * b * self.factor)
        self.assign(out_data[1], req[1], a + is_train)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        (a, b), (d, e) = in_data, out_grad
        self.assign(in_grad[0], req[0], d * b * self.factor + e)
        self.assign(in_grad[1], req[1], d * a * self.factor)


@mx.operator.register('product_and_sum')
class ProductAndSumProp(mx.operator.CustomOpProp):
    def __init__(self, factor='1'):
        super().__init__()
        self.factor = float(factor)

    def list_arguments(self):
        return ['a', 'b']

    def list_outputs(self):
        return ['product', 'sum']

    def infer_shape(self, in_shape):
        return in_shape, in_shape[:1] * 2, []

    def create_operator(self, ctx, shapes, dtypes):
        return ProductAndSum(self.factor)


class Failing(mx.operator.CustomOp):
    def __init__(self, where):
        super().__init__()
        self.where = where

    def forward(self, is_train, req, in_data, out_data, aux):
        if self.where == 'forward':
            raise KeyError('of the reader')
        self.assign(out_data[0], req[0], in_data[0])

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        raise KeyError('of the reader')


@mx.operator.register('failing')
class FailingProp(mx.operator.CustomOpProp):
    def __init__(self, where):
        super().__init__()
        self.where = where

    def infer_shape(self, in_shape):
        if self.where == 'infer_shape':
            raise KeyError('of the reader')
        return in_shape, in_shape, []

    def create_operator(self, ctx, shapes, dtypes):
        return Failing(self.where)


CODES = '''
w = v.reshape((2, 3)); w.attach_grad()
with autograd.record():
    y = nd.Custom(w, nd.array([0, 2], ctx=ctx), op_type='own_softmax')
y.backward(); y = w.grad
===
w = v * 2; w.attach_grad('add')
for train in (True, False):
    with autograd.record(train_mode=train):
        a, b = nd.Custom(v, w, op_type='product_and_sum', factor=2)
        y = (a * b).sum()
    y.backward()
===
with autograd.record():
    a, b = nd.Custom(v, v, op_type='product_and_sum')
b.backward()
===
a, b = nd.Custom(v, v, op_type='product_and_sum')
===
w = v.astype('int32'); a, b = nd.Custom(w, w, op_type='product_and_sum')
===
w = v.astype('float64'); w.attach_grad()
with autograd.record():
    a, b = nd.Custom(w, w, op_type='product_and_sum')
a.backward()
===
class Net(mx.gluon.HybridBlock):
    def hybrid_forward(self, F, a, b):
        a, b = F.Custom(a, b, op_type='product_and_sum', factor=3)
        return a * 2 + b
for is_hybrid in (False, True):
    net = Net()
    net.hybridize(is_hybrid)
    w = v * 2; w.attach_grad()
    with autograd.record():
        y = net(v, w)
    y.backward()
===
y = mx.sym.Custom(mx.sym.var('a'), mx.sym.var('b'), op_type='product_and_sum')
y = y.simple_bind(ctx, a=(6,), b=(6,))
y.arg_dict['a'][:] = v; y.arg_dict['b'][:] = v * 2
z = y.forward(is_train=True); y.backward([v, v]); w = y.grad_arrays
'''.strip('\n').split('\n===\n')


@pytest.mark.parametrize('code', CODES)
def test_results_and_gradients_are_those_of_the_cpu(code):
    assert_alike(code)


@pytest.mark.parametrize('is_hybrid', [False, True])
@pytest.mark.parametrize('where', ['infer_shape', 'forward', 'backward'])
def test_errors_are_printed(where, is_hybrid, capsys):
    class Net(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.Custom(x, op_type='failing', where=where) * 1
    net = Net()
    net.hybridize(is_hybrid)
    x = nd.ones(3, ctx=GPU)
    x.attach_grad()
    with pytest.raises(MXNetError):
        with autograd.record():
            y = net(x)
        y.backward()
    assert "KeyError: 'of the reader'" in capsys.readouterr().out


def test_an_operator_that_nobody_registered():
    with pytest.raises(MXNetError, match='Cannot find custom operator no_su'):
        nd.Custom(nd.ones(3, ctx=GPU), op_type='no_such')
