"""Operators of layers, with shapes and parameters that hypothesis draws."""
import numpy as np
from case import Case
from comparison import check
from hypothesis import given, settings
from hypothesis import strategies as st

drawn = settings(max_examples=40, deadline=None, derandomize=True)
WHOLE = np.array([-2., -1., 0., 1., 2.], 'float32')     # exact sums


@st.composite
def arrays(draw, *shape):
    seed = draw(st.integers(0, 2 ** 16))
    return np.random.RandomState(seed).choice(WHOLE, shape)


@st.composite
def windows(draw, n, max_pad=2):
    """What convolution and pooling have in common, an entry for each axis."""
    def each(least, most):
        return tuple(draw(st.lists(st.integers(least, most), min_size=n,
                                   max_size=n)))
    kernel = each(1, 3)
    pad = tuple([min(p, k - 1) for p, k in zip(each(0, max_pad), kernel)])
    return dict(kernel=kernel, stride=each(1, 3), pad=pad)


@drawn
@given(st.data())
def test_convolution(data):
    n = data.draw(st.integers(1, 3))
    params = dict(data.draw(windows(n)), num_group=data.draw(
        st.sampled_from([1, 2])), num_filter=4,
        no_bias=data.draw(st.booleans()))
    params['dilate'] = tuple(data.draw(
        st.lists(st.integers(1, 2), min_size=n, max_size=n)))
    x = data.draw(arrays(2, 4, *data.draw(
        st.lists(st.integers(5, 7), min_size=n, max_size=n))))
    w = data.draw(arrays(4, 4 // params['num_group'], *params['kernel']))
    b = [] if params['no_bias'] else [data.draw(arrays(4))]
    check(Case('Convolution', [x, w, *b], params))


@drawn
@given(st.data())
def test_deconvolution(data):
    n = data.draw(st.integers(1, 2))
    params = dict(data.draw(windows(n)), num_group=data.draw(
        st.sampled_from([1, 2])), num_filter=4, no_bias=True)
    params['adj'] = tuple([data.draw(st.integers(0, s - 1))
                           for s in params['stride']])
    x = data.draw(arrays(2, 2, *[4, 3][:n]))
    w = data.draw(arrays(2, 4 // params['num_group'], *params['kernel']))
    check(Case('Deconvolution', [x, w], params))


@drawn
@given(st.data())
def test_pooling(data):
    n = data.draw(st.integers(1, 3))
    params = dict(data.draw(windows(n)), pool_type=data.draw(
        st.sampled_from('max avg sum'.split())),
        count_include_pad=data.draw(st.booleans()))
    # no two of the numbers are the same: max has one gradient
    shape = (2, 3, *data.draw(st.lists(st.integers(4, 6), min_size=n,
                                       max_size=n)))
    x = np.random.RandomState(data.draw(st.integers(0, 99))).permutation(
        int(np.prod(shape))).reshape(shape).astype('float32')
    check(Case('Pooling', [x], params))


@drawn
@given(st.data())
def test_softmax(data):
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    params = dict(axis=data.draw(st.integers(-len(shape), len(shape) - 1)))
    op = data.draw(st.sampled_from('softmax log_softmax softmin'.split()))
    if data.draw(st.booleans()):
        params['temperature'] = data.draw(st.sampled_from([.5, 1., 3.]))
    check(Case(op, [data.draw(arrays(*shape))], params))


@drawn
@given(st.data())
def test_embedding(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    index = np.random.RandomState(data.draw(st.integers(0, 99))).randint(
        -1, rows + 1, shape).astype('float32')      # clipped to the rows
    check(Case('Embedding', [index, data.draw(arrays(rows, columns))],
               dict(input_dim=rows, output_dim=columns), constant=(0,)))


@drawn
@given(st.data())
def test_sequences(data):
    op = data.draw(st.sampled_from(['SequenceMask', 'SequenceLast',
                                    'SequenceReverse']))
    length, batch = data.draw(st.integers(1, 5)), data.draw(
        st.integers(1, 4))
    lengths = np.array(data.draw(st.lists(
        st.integers(1, length), min_size=batch, max_size=batch)), 'float32')
    x = data.draw(arrays(length, batch, 2))
    check(Case(op, [x, lengths], dict(use_sequence_length=True),
               differentiate=1))
