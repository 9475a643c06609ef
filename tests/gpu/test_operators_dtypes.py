"""Operators on arrays of all dtypes: where the CPU computes, the same."""
import itertools

import mxnet as mx
import numpy as np
import pytest
from case import Case
from comparison import difference
from exceptions import exception_for
from mxnet import nd
from mxnet.base import MXNetError
from test_operators_elementwise import ANYWHERE, BINARY, POSITIVE, SCALAR

FLOATS = ('float16', 'float32', 'float64')
DTYPES = (*FLOATS, 'uint8', 'int8', 'int32', 'int64', 'bool')


# what MXNet's CPU code says of dtypes that are no trouble here
REFUSALS = ('Unknown type enum 7', 'does not support boolean type',
            'only support floating point types', 'does not support float16',
            'Type inconsistent', 'outputs[0].type_flag_')


# integers, the least and one beyond the largest, that have a finite result:
# an infinite one, converted to an integer, is any number
FINITE = {'arcsin': (0, 2), 'arccos': (0, 2), 'arctanh': (0, 1)}


def numbers(dtype, *shape, low=1, high=5):
    x = np.random.RandomState(len(dtype)).randint(low, high, shape)
    return x > 2 if dtype == 'bool' else x.astype(dtype)


def assert_alike(op, inputs, params=None, **more):
    """The CPU may refuse a dtype, such as bool, that is no trouble here."""
    case = Case(op, inputs, params or {}, **more)
    if exception_for(case) is None:
        found = difference(case)
        assert found is None or (
            found.startswith('only cpu() refuses')
            and any(text in found for text in REFUSALS)), (
                '%s: %s' % (case, found))


@pytest.mark.parametrize('to', DTYPES)
def test_casts(to):
    values = [-129, 255, 128, -2.5, 0, 300, 1, 2.7]
    for dtype in DTYPES:
        x = np.array(values) if dtype[0] != 'u' else np.abs(values)
        assert_alike('Cast', [x.astype(dtype)], dict(dtype=to))


@pytest.mark.parametrize('op', ANYWHERE + POSITIVE + [
    'arcsin', 'arccos', 'arctanh', 'arccosh', 'smooth_l1', 'clip'])
def test_one_array(op):
    params = {'hard_sigmoid': dict(alpha=.2), 'smooth_l1': dict(scalar=1.),
              'clip': dict(a_min=1.5, a_max=3)}.get(op, {})
    for dtype in DTYPES:
        low, high = (1, 5) if dtype in FLOATS else FINITE.get(op, (1, 5))
        assert_alike(op, [numbers(dtype, 2, 3, low=low, high=high)], params)


def test_functions_of_large_integers_are_exact():
    for ctx in (mx.cpu(), mx.gpu(0)):
        x = nd.array([18], ctx, 'int32')
        assert nd.exp(x).asscalar() == 65659969     # not in float32
        assert (x ** -1).asscalar() == 0


@pytest.mark.parametrize('op', BINARY)
def test_two_arrays(op):
    for a, b in itertools.product(DTYPES, DTYPES):
        inputs = [np.maximum(numbers(dtype, 2, 3), 1).astype(dtype)
                  for dtype in (a, b)]      # x / 0 ends MXNet's process
        assert_alike('broadcast_' + op, inputs)


@pytest.mark.parametrize('op', SCALAR)
def test_an_array_and_a_number(op):
    for dtype, number in itertools.product(DTYPES, (2., 2.7, -3.)):
        if (op, dtype, number) == ('rpower', 'uint8', -3.):
            continue    # in MXNet, -3 is 253 there, or 0
        x = np.maximum(numbers(dtype, 2, 3), 1).astype(dtype)
        assert_alike('_%s_scalar' % op, [x], dict(scalar=number))


AXIS = [{}, dict(axis=1)]
REDUCTIONS = {
    **dict.fromkeys('sum mean prod nansum nanprod max min sort'.split(),
                    AXIS),
    'norm': [*AXIS, dict(ord=1), dict(ord=1, axis=1)],
    'moments': [dict(axes=(1,))], 'argmax_channel': [{}],
    **dict.fromkeys(['argmax', 'argmin'], AXIS),
    'argsort': [dict(dtype=dtype) for dtype in DTYPES[:-1]],
    'cumsum': [{}, *(dict(axis=1, dtype=dtype) for dtype in DTYPES[1:-1])],
    'topk': [dict(k=2, ret_typ=kind, dtype=dtype, is_ascend=up)
             for kind in ('value', 'indices', 'mask', 'both') for dtype in
             ('float32', 'int32', 'uint8') for up in (False, True)]}


@pytest.mark.parametrize('op', REDUCTIONS)
def test_reductions(op):
    x = np.random.RandomState(0).permutation(12).reshape(3, 4)
    for dtype, params in itertools.product(DTYPES, REDUCTIONS[op]):
        positions = 'arg' in op or params.get('ret_typ') in (
            'indices', 'mask')
        assert_alike(op, [x.astype(dtype)], params,
                     differentiate=0 if positions else None)


INDEXED = [
    *(('take', lambda i: i, dict(axis=axis, mode=mode))
      for axis in (0, 1) for mode in ('clip', 'wrap', 'raise')),
    *(('pick', lambda i: np.resize(i, 4), dict(mode=mode))
      for mode in ('clip', 'wrap')),
    ('batch_take', lambda i: np.resize(i, 4), {}),
    ('gather_nd', lambda i: np.stack([i, i]), {}),
    ('_contrib_boolean_mask', lambda i: np.resize(i, 4) % 2, {}),
    ('SequenceMask', lambda i: i + 1, dict(use_sequence_length=True)),
    ('SequenceLast', lambda i: i + 1, dict(use_sequence_length=True)),
    ('slice_like', lambda i: np.ones((2, 2)), {}),
    ('reshape_like', lambda i: np.ones((3, 4)), {})]


@pytest.mark.parametrize('op, make, params', INDEXED, ids=str)
def test_indices(op, make, params):
    index = make(np.array([1, 2, 0]))
    for dtype, kind in itertools.product(DTYPES, DTYPES):
        assert_alike(op, [numbers(dtype, 4, 3), index.astype(kind)], params,
                     differentiate=1 if dtype in FLOATS else 0)


@pytest.mark.parametrize('kind', DTYPES)
def test_other_indices(kind):
    index = np.array([1, 2, 0]).astype(kind)
    for dtype in DTYPES:
        x = numbers(dtype, 4, 3)
        assert_alike('Embedding', [index, x], dict(
            input_dim=4, output_dim=3), differentiate=0)
        assert_alike('where', [numbers(kind, 4, 3, low=0, high=2), x, x])
        assert_alike('_contrib_index_copy', [
            x, np.array([2, 0]).astype(kind), x[:2]], differentiate=0)
        assert_alike('scatter_nd', [numbers(dtype, 2), np.array(
            [[0, 1], [2, 0]]).astype(kind)], dict(shape=(3, 4)),
                     differentiate=0)
        for more in ({}, dict(on_value=5, off_value=-1)):
            assert_alike('one_hot', [index], dict(
                depth=3, dtype=dtype, **more), differentiate=0)


@pytest.mark.parametrize('index', [[-1], [3], [0, 9]])
def test_indices_out_of_bounds_are_refused_by_both(index):
    for ctx in (mx.cpu(), mx.gpu(0)):
        with pytest.raises(MXNetError, match='out of bound'):
            nd.take(nd.arange(3, ctx=ctx), nd.array(index, ctx),
                    mode='raise').wait_to_read()


@pytest.mark.parametrize('params', [
    {}, dict(repeat=2), dict(axis=1, repeat=2),
    dict(axis=-1, start=1, step=2), dict(start=.5, step=1.5)], ids=str)
def test_ranges(params):
    for dtype in DTYPES:
        assert_alike('_contrib_arange_like', [numbers(dtype, 2, 3)], params,
                     differentiate=0)


@pytest.mark.parametrize('op', ['dot', 'batch_dot'])
def test_products(op):
    for a, b, left, right in itertools.product(
            DTYPES[1:], DTYPES[1:], (False, True), (False, True)):
        shape = (2, 3, 3) if op == 'batch_dot' else (3, 3)
        assert_alike(op, [numbers(a, *shape), numbers(b, *shape)],
                     dict(transpose_a=left, transpose_b=right))


def test_counts():
    for dtype in DTYPES:
        assert_alike('_histogram', [numbers(dtype, 9)], dict(
            bin_cnt=3, range=(0, 6)), differentiate=0)
        assert_alike('_unravel_index', [numbers(dtype, 5, high=12)],
                     dict(shape=(3, 4)), differentiate=0)
        assert_alike('_ravel_multi_index', [numbers(
            dtype, 2, 4, low=0, high=3)], dict(shape=(3, 4)),
                     differentiate=0)
