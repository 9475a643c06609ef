"""Operators on each element, as on the CPU."""
import numpy as np
import pytest
from case import Case
from comparison import check
from hypothesis import given, settings
from hypothesis import strategies as st

INFINITE = [np.nan, np.inf, -np.inf]
FLOATS = ['float32', 'float64', 'float16']
INTEGERS = ['int32', 'int64', 'uint8', 'int8']
ANYWHERE = (
    'abs sign ceil floor trunc fix round rint square cbrt exp expm1 sin cos '
    'tan arctan sinh cosh tanh arcsinh degrees radians erf relu sigmoid '
    'softsign reciprocal negative logical_not BlockGrad _copy zeros_like '
    'ones_like hard_sigmoid').split()
POSITIVE = ('sqrt rsqrt rcbrt log log10 log2 log1p gamma gammaln '
            'digamma').split()
BINARY = ('add sub mul div mod power maximum minimum hypot equal not_equal '
          'greater greater_equal lesser lesser_equal logical_and logical_or '
          'logical_xor').split()
SCALAR = ('plus minus rminus mul div rdiv mod rmod power rpower maximum '
          'minimum hypot equal not_equal greater greater_equal lesser '
          'lesser_equal logical_and logical_or logical_xor').split()
HALVES = np.array([-2.5, -1.5, -.5, 0, .5, 1.5, 2.5, .3, -.7], 'float32')


def normal(*shape, dtype='float32', seed=0):
    return np.random.RandomState(seed).normal(size=shape).astype(dtype)


def uniform(low, high, *shape, dtype='float32', seed=0):
    return np.random.RandomState(seed).uniform(
        low, high, shape).astype(dtype)


@pytest.mark.parametrize('dtype', FLOATS)
@pytest.mark.parametrize('op', ANYWHERE)
def test_one_array(op, dtype):
    check(Case(op, [normal(3, 4, dtype=dtype)]))
    check(Case(op, [HALVES.astype(dtype)]))
    check(Case(op, [np.array(INFINITE, dtype)], differentiate=0))
    check(Case(op, [np.zeros((0, 3), dtype)], np_shape=True))
    check(Case(op, [np.array(.7, dtype)], np_shape=True))


@pytest.mark.parametrize('dtype', FLOATS)
@pytest.mark.parametrize('op', POSITIVE)
def test_one_array_of_positive_numbers(op, dtype):
    check(Case(op, [uniform(.2, 4, 3, 4, dtype=dtype)]))
    check(Case(op, [np.array([-1.5, -.5], dtype)], differentiate=0))


@pytest.mark.parametrize('op, low, high', [
    ('arcsin', -.9, .9), ('arccos', -.9, .9), ('arctanh', -.9, .9),
    ('erfinv', -.9, .9), ('arccosh', 1.1, 4)])
def test_one_array_within_bounds(op, low, high):
    for dtype in FLOATS:
        check(Case(op, [uniform(low, high, 3, 4, dtype=dtype)]))


@pytest.mark.parametrize('op', 'abs sign square negative relu'.split())
@pytest.mark.parametrize('dtype', INTEGERS)
def test_one_array_of_integers(op, dtype):
    check(Case(op, [np.arange(12).astype(dtype)]))


@pytest.mark.parametrize('op', ['broadcast_' + name for name in BINARY])
def test_two_arrays_broadcast(op):
    positive = op == 'broadcast_power'
    for dtype in FLOATS:
        a, b = normal(3, 4, dtype=dtype), normal(1, 4, dtype=dtype, seed=1)
        check(Case(op, [np.abs(a) + .1 if positive else a, b], scale=5))
    check(Case(op, [normal(3, 4), normal(3, 4, dtype='float64')]))
    check(Case(op, [normal(3, 4), normal(2, 4)]))
    check(Case(op, [normal(3, 4), normal(4)]))
    check(Case(op, [np.zeros((0, 4), 'float32'), normal(1, 4)],
               np_shape=True))


@pytest.mark.parametrize('op', ['broadcast_' + name for name in BINARY])
def test_two_arrays_with_ties(op):
    numbers = np.array([-3, -2, -1, 0, 1, 2, 3], 'float32')
    for a in numbers:
        for b in numbers[1:-1]:
            check(Case(op, [a.reshape(1), b.reshape(1)]))


@pytest.mark.parametrize('op', ['broadcast_' + name for name in BINARY])
def test_two_arrays_with_nan_and_infinity(op):
    a, b = np.meshgrid(*2 * [np.array([*INFINITE, 0, 1, -2], 'float32')])
    check(Case(op, [a, b], differentiate=0))


@pytest.mark.parametrize('op', [
    'broadcast_' + name for name in BINARY if name not in (
        'power', 'hypot')])     # these round in other ways
@pytest.mark.parametrize('dtype', INTEGERS)
def test_two_arrays_of_integers(op, dtype):
    a = (np.arange(12).reshape(3, 4) * 3).astype(dtype)
    check(Case(op, [a, np.array([[1], [2], [5]], dtype)]))
    if not dtype.startswith('u'):
        check(Case(op, [-a, np.array([[1], [-2], [5]], dtype)]))


@pytest.mark.parametrize('op', (
    'elemwise_add elemwise_sub elemwise_mul elemwise_div _maximum _minimum '
    '_mod _hypot _equal _power _grad_add').split())
def test_two_arrays_of_one_shape(op):
    a, b = np.abs(normal(3, 4)) + .1, normal(3, 4, seed=1)
    gradient = 0 if op == '_grad_add' else None     # it is a gradient
    check(Case(op, [a, b], differentiate=gradient))
    check(Case(op, [a, b[:1]], differentiate=gradient))


@pytest.mark.parametrize('number', [2., 1.5, -2., 0.])
@pytest.mark.parametrize('op', ['_%s_scalar' % name for name in SCALAR])
def test_an_array_and_a_number(op, number):
    positive = op == '_power_scalar' or (op == '_rmod_scalar')
    for dtype in FLOATS:
        x = normal(3, 4, dtype=dtype)
        x = np.abs(x) + dtype.endswith('6') * .2 + .1 if positive else x
        check(Case(op, [x.astype(dtype)], dict(scalar=number), scale=5))
    for x in (-2, -1, 0, 1, 2):
        check(Case(op, [np.array([x], 'float32')], dict(scalar=number)))
    # x / 0 and x % 0 of integers end MXNet's process
    if not op.startswith(('_power', '_rpower', '_hypot')) and number:
        for dtype in INTEGERS:
            check(Case(op, [np.arange(1, 9).astype(dtype)],
                       dict(scalar=abs(number))))
    check(Case(op, [np.array([*INFINITE, 0, 1], 'float32')],
               dict(scalar=number), differentiate=0))


@pytest.mark.parametrize('case', [
    Case('smooth_l1', [normal(3, 4)], dict(scalar=1.)),
    Case('smooth_l1', [normal(3, 4)], dict(scalar=2.)),
    Case('clip', [normal(3, 4)], dict(a_min=-.5, a_max=.5)),
    Case('clip', [HALVES], dict(a_min=-.5, a_max=.5)),
    Case('clip', [np.arange(9, dtype='int32')], dict(a_min=2, a_max=5)),
    Case('clip', [np.array([*INFINITE], 'float32')],
         dict(a_min=-1, a_max=1), differentiate=0),
    Case('where', [HALVES > 0, HALVES, -HALVES]),
    Case('where', [(HALVES > 0).astype('float32'), HALVES, -HALVES]),
    Case('where', [np.array([1, 0, 1], 'float32'), normal(3, 4),
                   normal(3, 4, seed=1)]),
    Case('where', [normal(3, 4), normal(3, 4), normal(3, 1)]),
    Case('add_n', [normal(3, 4)] * 3),
    Case('add_n', [normal(3, 4)]),
    Case('_identity_with_attr_like_rhs', [normal(3, 4), normal(3, 4)]),
    Case('amp_cast', [normal(3)], dict(dtype='float16')),
    Case('amp_cast', [np.arange(3)], dict(dtype='float16')),
    Case('amp_multicast', [normal(3), normal(3, dtype='float16')],
         dict(num_outputs=2)),
    Case('hard_sigmoid', [HALVES], dict(alpha=.5, beta=.5)),
    Case('reciprocal', [np.zeros(3, 'float32')], differentiate=0),
    Case('_contrib_allclose', [HALVES, HALVES + 1e-9], differentiate=0),
    Case('_contrib_allclose', [HALVES, HALVES + 1], differentiate=0)],
    ids=str)
def test_others(case):
    check(case)


@pytest.mark.parametrize('to', [*FLOATS, *INTEGERS, 'bool'])
def test_casts(to):
    for dtype in FLOATS:
        check(Case('Cast', [normal(3, 4, dtype=dtype) * 9], dict(dtype=to)))
    for dtype in INTEGERS:
        check(Case('Cast', [np.arange(12).astype(dtype)], dict(dtype=to)))


SHAPES = st.lists(st.integers(1, 3), min_size=1, max_size=4)
NUMBERS = st.sampled_from([-2., -1., -.5, 0., .5, 1., 3.])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_two_arrays_of_any_shape(data):
    op = data.draw(st.sampled_from(
        'add sub mul maximum minimum equal lesser logical_xor'.split()))
    shape = data.draw(SHAPES)
    dtype = data.draw(st.sampled_from(FLOATS + INTEGERS))
    other = [n if data.draw(st.booleans()) else 1 for n in shape]
    if data.draw(st.booleans()):
        shape, other = other, shape
    a, b = (np.abs(np.array(data.draw(st.lists(
        NUMBERS, min_size=int(np.prod(s)), max_size=int(np.prod(s)))))
    ).reshape(s).astype(dtype) for s in (shape, other))
    check(Case('broadcast_' + op, [np.maximum(a, b) if op == 'sub' else a,
                                   b]))
