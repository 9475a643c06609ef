"""Losses written in Python as the last operator of a Module on gpu(0)."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd, sym

pytestmark = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU',
    'ignore:(Python|Numpy)Op has been deprecated')


def softmax(x):
    y = np.exp(x - x.max(1, keepdims=True))
    return y / y.sum(1, keepdims=True)


def gradient(y, label):
    return y - np.eye(y.shape[1])[label.astype(int)]


class Operator(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0],
                    nd.array(softmax(in_data[0].asnumpy())))

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], nd.array(gradient(
            out_data[0].asnumpy(), in_data[1].asnumpy())))


@mx.operator.register('softmax_of_these_tests')
class Properties(mx.operator.CustomOpProp):
    def __init__(self):
        super().__init__(need_top_grad=False)

    def list_arguments(self):
        return ['data', 'label']

    def infer_shape(self, in_shape):
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]], []

    def create_operator(self, ctx, shapes, dtypes):
        return Operator()


class OldOperator(mx.operator.NumpyOp):
    def __init__(self):
        super().__init__(need_top_grad=False)

    def list_arguments(self):
        return ['data', 'label']

    def infer_shape(self, in_shape):
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]]

    def forward(self, in_data, out_data):
        out_data[0][:] = softmax(in_data[0])

    def backward(self, out_grad, in_data, out_data, in_grad):
        in_grad[0][:] = gradient(out_data[0], in_data[1])


def train(ctx, loss):
    random = np.random.RandomState(0)
    data = mx.io.NDArrayIter(random.rand(12, 5).astype('float32'),
                             np.arange(12) % 3, batch_size=4)
    y = sym.FullyConnected(sym.var('data'), num_hidden=3, name='fc')
    module = mx.mod.Module(loss(y), context=ctx)
    module.fit(data, num_epoch=2, initializer=mx.init.Constant(0.2),
               optimizer_params=dict(learning_rate=1.))
    return [x.asnumpy() for _, x in sorted(module.get_params()[0].items())]


@pytest.mark.parametrize('loss', [
    lambda y: sym.Custom(y, op_type='softmax_of_these_tests',
                         name='softmax'),
    lambda y: OldOperator()(data=y, name='softmax')],
    ids=['CustomOp', 'NumpyOp'])
def test_a_loss_written_in_python_trains_as_softmax_output(loss):
    expected = train(mx.cpu(), lambda y: sym.SoftmaxOutput(y, name='softmax'))
    for x, y in zip(expected, train(mx.gpu(0), loss)):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6)
