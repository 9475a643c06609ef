"""Losses written in Python as the last operator of a Module on gpu(0)."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import sym
from softmax_in_python import gradient, softmax

pytestmark = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU',
    'ignore:(Python|Numpy)Op has been deprecated')


class OldOperator(mx.operator.NumpyOp):
    def __init__(self):
        super().__init__(need_top_grad=False)

    def list_arguments(self):
        return ['data', 'label']

    def infer_shape(self, in_shape):
        return [in_shape[0], in_shape[0][:1]], in_shape[:1]

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
    lambda y: sym.Custom(y, op_type='own_softmax', name='softmax'),
    lambda y: OldOperator()(data=y, name='softmax')],
    ids=['CustomOp', 'NumpyOp'])
def test_a_loss_written_in_python_trains_as_softmax_output(loss):
    expected = train(mx.cpu(), lambda y: sym.SoftmaxOutput(y, name='softmax'))
    for x, y in zip(expected, train(mx.gpu(0), loss)):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6)
