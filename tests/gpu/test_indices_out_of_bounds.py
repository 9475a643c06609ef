"""Indices that no element has: MXNet's CPU code refuses to read there."""
import pytest
from mxnet import autograd, nd
from mxnet.base import MXNetError
from snippets import CPU, GPU


@pytest.mark.parametrize('index', [[[2]], [[-3]], [[0], [3]], [[0, 5]]])
def test_both_devices_refuse_to_read_there(index):
    for ctx in (CPU, GPU):
        x = nd.ones((2, 3), ctx=ctx)
        with pytest.raises(IndexError, match='out of bounds for axis'):
            nd.gather_nd(x, nd.array(index, ctx=ctx)).wait_to_read()


def test_lists_of_indices():
    for ctx in (CPU, GPU):
        x = nd.arange(6, ctx=ctx).reshape((2, 3))
        assert x[[1, -2]].asnumpy().tolist() == [[3, 4, 5], [0, 1, 2]]
        with pytest.raises(IndexError, match='out of bounds for axis 1 with'):
            x[[0, 1], [0, 3]].wait_to_read()


def test_nothing_is_written_there():
    """MXNet's CPU code writes to memory that is not the array's."""
    x, one = nd.zeros((2, 3), ctx=GPU), nd.ones(1, ctx=GPU)
    with pytest.raises(IndexError, match='_scatter_set_nd: index 2 is out'):
        x[[0, 2]] = 5
    x[[0, 1], [0, -1]] = 7      # which MXNet, too, writes elsewhere
    assert x.asnumpy().tolist() == [[7, 0, 0], [0, 0, 7]]
    with autograd.record(), pytest.raises(MXNetError, match='out of bounds'):
        nd.scatter_nd(one, nd.full((1, 1), 3, ctx=GPU), shape=(3,))


def test_fractions_are_dropped_before_writing():
    """When it reads, MXNet's CPU code refuses the last index and a bit."""
    for ctx in (CPU, GPU):
        index = nd.array([[0, 2.25]], ctx=ctx)
        x = nd.scatter_nd(nd.array([5, 6], ctx=ctx), index, shape=(3,))
        assert x.asnumpy().tolist() == [5, 0, 6]
        with pytest.raises(IndexError, match='out of bounds for axis 0'):
            nd.gather_nd(x, index).wait_to_read()


@pytest.mark.parametrize('call, words', [
    (lambda x, i: nd.SequenceLast(x, i, use_sequence_length=True),
     'SequenceLast: sequence_length must lie in 0 to 3, .* from %g to %g'),
    (lambda x, i: nd.SequenceReverse(x, i, use_sequence_length=True),
     'SequenceReverse: sequence_length must lie in 0 to 3, .* from %g to %g'),
    (lambda x, i: nd.contrib.index_copy(x, i, nd.ones((2, 2), ctx=GPU)),
     '_contrib_index_copy: index (%d|%d) is out of bounds for axis 0')])
@pytest.mark.parametrize('index', [[1, 4], [-1, 0]])
def test_they_are_refused_before_a_kernel_fails(call, words, index):
    """On CUDA, nothing else could be computed afterwards."""
    with pytest.raises(MXNetError, match=words % tuple(sorted(index))):
        call(nd.ones((3, 2), ctx=GPU), nd.array(index, ctx=GPU))


@pytest.mark.parametrize('label', [float('nan'), float('inf'), -1, 7])
def test_every_label_is_one_of_a_class(label):
    x = nd.array([[1, 2]], ctx=GPU)
    found = nd.softmax_cross_entropy(x, nd.array([label], ctx=GPU)).asscalar()
    losses = [nd.softmax_cross_entropy(x, nd.array([i], ctx=GPU)).asscalar()
              for i in range(2)]
    assert found in losses
