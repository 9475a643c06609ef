"""What would be silently wrong on a GPU by PyTorch is refused."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, nd
from mxnet.base import MXNetError

CTXS = [mx.gpu(0), mx.gpu(1)]


def test_an_output_of_another_dtype():
    x = nd.ones((2,), ctx=mx.gpu(0))
    with pytest.raises(MXNetError, match=r'dtype torch.float32, but .*int32'):
        nd.exp(x, out=nd.ones((2,), ctx=mx.gpu(0), dtype='int32'))


def test_an_array_says_the_dtype_of_random_numbers():
    x = nd.zeros((2,), ctx=mx.gpu(0), dtype='float16')
    nd.random.uniform(1, 2, out=x)
    assert x.dtype == np.float16 and x.min().asscalar() >= 1


def test_batch_normalization_over_several_gpus():
    net = gluon.contrib.nn.SyncBatchNorm(in_channels=3, num_devices=2)
    net.initialize(ctx=CTXS)
    with mx.autograd.record(), pytest.raises(
            MXNetError, match='SyncBatchNorm over 2 devices'):
        net(nd.ones((4, 3), ctx=mx.gpu(0))).wait_to_read()


@pytest.mark.parametrize('ask', [
    lambda ctx: nd.ones(2, ctx=ctx),
    lambda ctx: nd.array([1], ctx=ctx),
    lambda ctx: nd.random.normal(ctx=ctx),
    lambda ctx: mx.np.ones(2, ctx=ctx),
    lambda ctx: nd.ones(2).as_in_context(ctx),
    lambda ctx: nd.ones(2, ctx=CTXS[0]).copyto(ctx),
    lambda ctx: gluon.nn.Dense(2, in_units=3).initialize(ctx=[CTXS[0], ctx]),
    lambda ctx: mx.context.gpu_memory_info(ctx.device_id)])
def test_a_gpu_of_another_number(ask):
    count = mx.context.num_gpus()
    with pytest.raises(MXNetError, match=(
            r'gpu\(%d\) was asked for, but there are %d GPUs: gpu\(0\), '
            r'gpu\(1\).*d2l.try_all_gpus\(\)' % (count + 1, count))):
        ask(mx.gpu(count + 1))
