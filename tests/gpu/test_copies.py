"""Copies and views of arrays on gpu(0), and the devices of results."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.base import MXNetError
from snippets import CPU, GPU, OTHER


def test_elements_move_within_an_array():
    """MXNet's CPU code overwrites here what it has yet to read."""
    v = nd.arange(5, ctx=GPU)
    v[1:] = v[:-1]
    assert v.asnumpy().tolist() == [0, 0, 1, 2, 3]


@pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64', 'int8',
                                   'uint8', 'int32', 'int64'])
@pytest.mark.parametrize('source, target', [
    (CPU, GPU), (GPU, CPU), (GPU, GPU), (GPU, OTHER), (OTHER, GPU)])
def test_copies_convert_between_all_devices(source, target, dtype):
    x = nd.array([[1, 2], [3, 100]], ctx=source)
    y = nd.zeros((2, 2), ctx=target, dtype=dtype)
    assert x.copyto(y) is y
    np.testing.assert_array_equal(y.asnumpy(), x.asnumpy().astype(dtype))
    z = y.as_in_context(source)
    assert z.dtype == np.dtype(dtype).type and z.context == source
    y[:] = 0
    assert (z is y) == (source == target)
    assert z.asnumpy().any() == (source != target)
    with pytest.raises(MXNetError, match='shape'):
        x.copyto(nd.zeros((4,), ctx=target))


@pytest.mark.parametrize('source, target', [(CPU, GPU), (GPU, CPU),
                                            (GPU, OTHER)])
def test_operators_do_not_mix_devices(source, target):
    x, y = nd.ones(3, ctx=source), nd.ones(3, ctx=target)
    for mix in (lambda: x + y, lambda: nd.concat(x, y, dim=0),
                lambda: nd.elemwise_add(x, x, out=y), lambda: nd.dot(y, x)):
        with pytest.raises(MXNetError, match='gpu|one device'):
            mix()
    assert y.asnumpy().tolist() == [1, 1, 1]


def test_out_keeps_its_shape():
    with pytest.raises(MXNetError, match='shape'):
        nd.sum(nd.ones((2, 3), ctx=GPU), axis=0,
               out=nd.zeros((3, 1), ctx=GPU))


def test_with_block_sets_the_device():
    with mx.gpu(1):
        assert nd.ones(2).context == OTHER
        assert mx.current_context() == OTHER
    assert nd.ones(2).context == CPU


def test_arrays_print_their_device():
    assert '<NDArray 2x3 @gpu(1)>' in repr(nd.ones((2, 3), ctx=OTHER))


def test_large_arrays():
    x = nd.ones((1 << 13, 1 << 11), ctx=GPU)
    assert x.sum().asscalar() == 1 << 24
    assert x[-1:, -3:].shape == (1, 3)
