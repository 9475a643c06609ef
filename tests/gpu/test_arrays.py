"""Arrays on gpu(0): made, viewed, changed, copied."""
import mxnet as mx
from mxnet import nd


def test_slices_share_memory():
    x = nd.zeros((3, 4), ctx=mx.gpu(0))
    x[1:3][:] = 1
    assert x.sum().asscalar() == 8
