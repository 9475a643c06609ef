"""Operators on arrays and with parameters that hypothesis draws."""
import numpy as np
from case import Case
from comparison import check
from hypothesis import given, settings
from hypothesis import strategies as st

WHOLE = [-3., -2., -1., 0., 1., 2., 3.]     # sums of these are exact
SPECIAL = [np.nan, np.inf, -np.inf, -0., 0., 1.5, -2.]
drawn = settings(max_examples=100, deadline=None, derandomize=True)


def shapes(least=1, most=4):
    return st.lists(st.integers(1, 3), min_size=least, max_size=most)


@st.composite
def arrays(draw, shape, numbers=WHOLE, dtypes=('float32', 'float64')):
    n = int(np.prod(shape))
    drawn = draw(st.lists(st.sampled_from(numbers), min_size=n, max_size=n))
    return np.array(drawn).reshape(shape).astype(
        draw(st.sampled_from(dtypes)))


@st.composite
def shapes_that_broadcast(draw):
    shape = draw(shapes())
    two = [[n if draw(st.booleans()) else 1 for n in shape]
           for _ in range(2)]
    return two


@drawn
@given(st.data())
def test_reductions(data):
    op = data.draw(st.sampled_from(
        'sum mean prod nansum nanprod max min'.split()))
    shape = data.draw(shapes())
    numbers = data.draw(st.sampled_from([WHOLE, SPECIAL]))
    x = data.draw(arrays(shape, numbers))
    axes = st.integers(-len(shape), len(shape) - 1)
    params = dict(keepdims=data.draw(st.booleans()),
                  exclude=data.draw(st.booleans()))
    axis = data.draw(st.one_of(st.none(), axes, st.sets(axes, max_size=3)))
    if axis is not None:
        params['axis'] = tuple(axis) if isinstance(axis, set) else axis
    check(Case(op, [x], params,
               differentiate=None if numbers is WHOLE else 0))


@drawn
@given(st.data())
def test_positions_and_order(data):
    op = data.draw(st.sampled_from('argmax argmin sort argsort topk'.split()))
    x = data.draw(arrays(data.draw(shapes()), WHOLE,
                         ('float32', 'int32', 'float64')))
    axis = data.draw(st.one_of(
        st.none(), st.integers(-x.ndim, x.ndim - 1)))
    params = dict(axis=axis)
    if op in ('argmax', 'argmin'):
        params['keepdims'] = data.draw(st.booleans())
    else:
        params['is_ascend'] = data.draw(st.booleans())
    if op == 'topk':
        params.update(k=data.draw(st.integers(0, 3)), ret_typ=data.draw(
            st.sampled_from(['value', 'indices', 'mask', 'both'])))
    check(Case(op, [x], params, differentiate=0))


@drawn
@given(st.data())
def test_slices(data):
    x = data.draw(arrays(data.draw(shapes())))
    number = st.one_of(st.none(), st.integers(-4, 4))
    begin, end, step = zip(*[
        (data.draw(number), data.draw(number), data.draw(
            st.sampled_from([None, 1, 2, -1, -2])))
        for _ in range(data.draw(st.integers(1, x.ndim)))])
    check(Case('slice', [x], dict(begin=begin, end=end, step=step)))


@drawn
@given(st.data())
def test_an_axis_is_cut(data):
    x = data.draw(arrays(data.draw(shapes())))
    axis = data.draw(st.integers(-x.ndim - 1, x.ndim))
    begin = data.draw(st.integers(-3, 3))
    end = data.draw(st.one_of(st.none(), st.integers(-3, 3)))
    check(Case('slice_axis', [x], dict(axis=axis, begin=begin, end=end)))


@drawn
@given(st.data())
def test_arrays_broadcast(data):
    op = data.draw(st.sampled_from(
        'add sub mul div mod power maximum minimum hypot equal not_equal '
        'greater lesser_equal logical_and logical_or logical_xor'.split()))
    numbers = data.draw(st.sampled_from([WHOLE, SPECIAL]))
    a, b = [data.draw(arrays(shape, numbers, ('float32',)))
            for shape in data.draw(shapes_that_broadcast())]
    check(Case('broadcast_' + op, [a, b],
               differentiate=None if numbers is WHOLE else 0))


@drawn
@given(st.data())
def test_arrays_of_no_elements(data):
    shape = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=3)
                      .filter(lambda sizes: 0 in sizes))
    op, count, params = data.draw(st.sampled_from([
        ('relu', 1, {}), ('exp', 1, {}), ('broadcast_add', 2, {}),
        ('elemwise_mul', 2, {}), ('_plus_scalar', 1, dict(scalar=2)),
        ('transpose', 1, {}), ('expand_dims', 1, dict(axis=0)),
        ('sum', 1, {}), ('zeros_like', 1, {}), ('Cast', 1, dict(
            dtype='int32')), ('reverse', 1, dict(axis=0)),
        ('stack', 2, dict(num_args=2)),
        ('Concat', 2, dict(dim=0, num_args=2))]))
    check(Case(op, [np.zeros(shape, 'float32')] * count, params,
               np_shape=True))


@drawn
@given(st.data())
def test_reshapes(data):
    # for more axes to tile, MXNet's CPU code has no gradient
    x = data.draw(arrays(data.draw(shapes(most=3))))
    shape = data.draw(st.permutations(x.shape))
    if data.draw(st.booleans()):
        shape[data.draw(st.integers(0, x.ndim - 1))] = -1
    check(Case('Reshape', [x], dict(shape=tuple(shape))))
    check(Case('transpose', [x], dict(axes=tuple(
        data.draw(st.permutations(range(x.ndim)))))))
    check(Case('tile', [x], dict(reps=tuple(data.draw(
        st.lists(st.integers(1, 3), min_size=1, max_size=2))))))
    check(Case('repeat', [x], dict(
        repeats=data.draw(st.integers(1, 3)),
        axis=data.draw(st.integers(-x.ndim, x.ndim - 1)))))


@drawn
@given(st.data())
def test_what_indices_pick(data):
    x = data.draw(arrays(data.draw(shapes())))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    index = data.draw(arrays(data.draw(shapes(1, 2)), WHOLE,
                             ('float32', 'int32')))
    check(Case('take', [x, index], dict(
        axis=axis, mode=data.draw(st.sampled_from(['clip', 'wrap']))),
        differentiate=1))
    batch = [n for i, n in enumerate(x.shape) if i != axis % x.ndim] or [1]
    index = data.draw(arrays(batch, WHOLE, ('float32', 'int32')))
    check(Case('pick', [x, index], dict(
        axis=axis, keepdims=data.draw(st.booleans()),
        mode=data.draw(st.sampled_from(['clip', 'wrap']))), differentiate=1))


@drawn
@given(st.data())
def test_products(data):
    m, k, n = (data.draw(st.integers(1, 3)) for _ in range(3))
    left, right = data.draw(st.booleans()), data.draw(st.booleans())
    a = data.draw(arrays((k, m) if left else (m, k), dtypes=('float32',)))
    b = data.draw(arrays((n, k) if right else (k, n), dtypes=('float32',)))
    params = dict(transpose_a=left, transpose_b=right)
    check(Case('dot', [a, b], params))
    check(Case('batch_dot', [a[None], b[None]], params))
    check(Case('_linalg_gemm2', [a, b], dict(params, alpha=.5)))
