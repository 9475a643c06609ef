"""Arrays on a GPU share memory with other libraries, by DLPack."""
import gc

import mxnet as mx
import pytest
import torch
from both import is_stand_in
from mxnet import nd
from mxnet.base import MXNetError
from snippets import CPU, GPU, OTHER

from d2l.gpu.answers import dlpack
from d2l.gpu.arrays import arrays


@pytest.mark.parametrize('ctx', [GPU, OTHER])
def test_arrays_come_back_to_their_gpu(ctx):
    x = nd.arange(6, ctx=ctx).reshape((2, 3))
    for y in (nd.from_dlpack(x.to_dlpack_for_read()),
              nd.from_dlpack(nd.to_dlpack_for_write(x))):
        assert y.context == ctx
        y += 1
    assert x.asnumpy().tolist() == [[2, 3, 4], [5, 6, 7]]


def test_torch_shares_the_memory():
    x = nd.ones((2, 3), ctx=GPU)
    tensor = torch.utils.dlpack.from_dlpack(x.to_dlpack_for_write())
    tensor.mul_(3)
    assert x.asnumpy().tolist() == [[3, 3, 3]] * 2
    del x
    assert tensor.sum() == 18


@pytest.mark.parametrize('tensor, message', [
    (torch.ones(2, 3).t(), 'side by side'), (torch.ones(4)[::2], 'side by'),
    (torch.ones(2, dtype=torch.int16), 'no such dtype'),
    (torch.ones(2, dtype=torch.complex64), 'no such dtype')], ids=str)
def test_tensors_that_no_array_can_be(tensor, message):
    """They are refused, and stay what they are."""
    capsule = torch.utils.dlpack.to_dlpack(tensor)
    address = dlpack._get(capsule, dlpack._NAME)
    dlpack._exported[address] = 0, tensor.data_ptr()    # as if on gpu(0)
    with pytest.raises(MXNetError, match=message):
        nd.from_dlpack(capsule)
    assert torch.utils.dlpack.from_dlpack(capsule).shape == tensor.shape


def test_shapes_with_ones_and_zeros_are_taken():
    for shape in ((1, 3, 1), (2, 1), (3,)):
        x = nd.ones(shape, ctx=GPU)
        assert nd.from_dlpack(x.to_dlpack_for_read()).shape == shape
    with mx.util.np_shape(True):
        for shape in ((0, 3), ()):
            x = nd.ones(shape, ctx=GPU)
            assert nd.from_dlpack(x.to_dlpack_for_read()).shape == shape


def test_a_tensor_that_torch_has_freed_is_forgotten():
    """Its address may be that of a tensor on the CPU by now."""
    x = nd.ones(3, ctx=GPU)
    torch.utils.dlpack.from_dlpack(x.to_dlpack_for_read())
    capsule = nd.ones(3).to_dlpack_for_read()
    dlpack._exported[dlpack._get(capsule, dlpack._NAME)] = 0, 1
    assert nd.from_dlpack(capsule).context == CPU


def test_tensors_that_nobody_takes_are_freed():
    gc.collect()
    before = len(arrays)
    dlpack._exported.clear()
    x = nd.ones(3, ctx=GPU)
    memory = x.to_dlpack_for_read()
    del x
    gc.collect()
    assert len(arrays) == before
    assert len(dlpack._exported) == is_stand_in()
    del memory
    assert not dlpack._exported


def test_arrays_of_mx_np():
    x = mx.np.arange(3, ctx=GPU)
    y = mx.nd.from_dlpack(x.as_nd_ndarray().to_dlpack_for_read())
    assert y.context == GPU and y.asnumpy().tolist() == [0, 1, 2]
