"""mx.np and mx.npx: operators as on the CPU, and nets of np arrays."""
import itertools

import numpy as np
import pytest
from case import Case
from comparison import check

# what the fallback computes is compared as well
pytestmark = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU')

DTYPES = 'float32 float64 float16 int32 int64 bool uint8'.split()
AXES = [{}, dict(axis=1), dict(axis=(0, 2)), dict(axis=-1, keepdims=True)]


def numbers(*shape, dtype='float32', seed=0):
    x = np.random.RandomState(seed).normal(size=shape) * 2
    return np.asarray(x > 0 if dtype == 'bool' else abs(x) + 1
                      if dtype == 'uint8' else x).astype(dtype)


@pytest.mark.parametrize('op', (
    'negative sign absolute ceil floor trunc fix rint square sqrt cbrt exp '
    'expm1 log log10 log2 log1p sin cos tan arcsin arccos arctan sinh cosh '
    'tanh arcsinh arccosh arctanh degrees radians reciprocal logical_not '
    'isnan isinf isfinite isposinf isneginf').split())
def test_functions_of_elements(op):
    for dtype in DTYPES:
        x = numbers(2, 3, dtype=dtype)
        smooth = dtype.startswith('float') and not op.startswith('is')
        check(Case('_npi_' + op, [x], np_shape=True, scale=2,
                   differentiate=None if smooth else 0))
    special = np.array([0, -0., 1, -1, .5, -2.5, np.nan, np.inf, -np.inf],
                       'float32')
    check(Case('_npi_' + op, [special], np_shape=True, differentiate=0))
    check(Case('_npi_' + op, [numbers()], np_shape=True, differentiate=0))


@pytest.mark.parametrize('op', ['_npx_relu', '_npx_sigmoid'])
def test_activations(op):
    for dtype in DTYPES:
        check(Case(op, [numbers(2, 3, dtype=dtype)], np_shape=True))


@pytest.mark.parametrize('op', (
    'add subtract multiply true_divide mod power hypot arctan2 maximum '
    'minimum equal not_equal greater greater_equal less less_equal').split())
def test_two_arrays_of_all_dtypes(op):
    for a, b in itertools.product(DTYPES, DTYPES):
        if op in ('mod', 'power') and a == b and not a.startswith('float'):
            continue    # division by 0 ends MXNet
        if op in ('maximum', 'minimum') and a == b == 'bool':
            continue    # only the CPU refuses it
        x, y = numbers(2, 3, dtype=a), numbers(3, dtype=b, seed=1)
        smooth = a == b and 'float' in a and op not in (
            'mod', 'power') and 'equal' not in op
        check(Case('_npi_' + op, [x, y], np_shape=True, scale=2,
                   differentiate=None if smooth else 0))
    x = abs(numbers(2, 1, 3)) + 1
    check(Case('_npi_' + op, [x, abs(numbers(2, 1)) + 1], np_shape=True,
               scale=2))
    check(Case('_npi_' + op, [x, numbers(2, 4)], np_shape=True))


@pytest.mark.parametrize('op', (
    'add subtract rsubtract multiply true_divide rtrue_divide mod rmod power '
    'rpower maximum minimum equal not_equal greater greater_equal less '
    'less_equal').split())
def test_an_array_and_a_number(op):
    for dtype, scalar in itertools.product(DTYPES, (2, 2.5, -3, 0)):
        if 'mod' in op or 'power' in op:
            if not dtype.startswith('float'):
                continue    # division by 0 ends MXNet
        check(Case('_npi_%s_scalar' % op, [numbers(2, 3, dtype=dtype)],
                   dict(scalar=scalar, is_int=isinstance(scalar, int)),
                   np_shape=True, scale=2, differentiate=0))
    check(Case('_npi_%s_scalar' % op, [abs(numbers(2, 3)) + .5],
               dict(scalar=2.5, is_int=False), np_shape=True, scale=2))


@pytest.mark.parametrize('params', AXES, ids=str)
@pytest.mark.parametrize('op', [
    '_np_sum', '_np_prod', '_np_max', '_np_min', '_npi_mean', '_npi_var',
    '_npi_std', '_np_all', '_np_any'])
def test_reductions(op, params):
    for dtype in DTYPES:
        x = numbers(2, 3, 4, dtype=dtype)
        check(Case(op, [x], params, np_shape=True, scale=4))
    if op in ('_npi_var', '_npi_std'):
        check(Case(op, [numbers(2, 3, 4)], dict(params, ddof=1),
                   np_shape=True))
    if op in ('_np_sum', '_np_prod', '_npi_mean'):
        check(Case(op, [numbers(2, 3, 4)], dict(params, dtype='float64'),
                   np_shape=True))
    check(Case(op, [numbers()], np_shape=True))


@pytest.mark.parametrize('op', ['_npi_argmax', '_npi_argmin'])
@pytest.mark.parametrize('params', [
    {}, dict(axis=0), dict(axis=-1, keepdims=True), dict(keepdims=True)],
    ids=str)
def test_positions_of_extremes(op, params):
    for dtype in DTYPES:
        check(Case(op, [numbers(3, 4, dtype=dtype)], params, np_shape=True,
                   differentiate=0))


@pytest.mark.parametrize('op, shape, params', [
    ('_np_transpose', (2, 3, 4), {}),
    ('_np_transpose', (2, 3, 4), dict(axes=(1, 0, 2))),
    ('_np_squeeze', (1, 3, 1), {}),
    ('_np_squeeze', (1, 3, 1), dict(axis=-1)),
    ('_np_squeeze', (1, 3, 1), dict(axis=1)),
    ('_np_moveaxis', (2, 3, 4), dict(source=(0,), destination=(-1,))),
    ('_npi_broadcast_to', (1, 3), dict(shape=(2, 3))),
    ('_npi_broadcast_to', (2, 3), dict(shape=(2, 4))),
    ('_np_reshape', (2, 3), dict(newshape=(3, -1))),
    ('_npx_reshape', (2, 3), dict(newshape=(-2, -1))),
    ('_npx_reshape', (2, 3), dict(newshape=(-4, -1))),
    ('_npi_full_like', (2, 3), dict(fill_value=2.5)),
    ('_npi_full_like', (2, 3), dict(fill_value=2.5, dtype='int32'))], ids=str)
def test_shapes(op, shape, params):
    for dtype in ('float32', 'int32', 'bool'):
        if dtype == 'bool' and op in ('_np_transpose', '_np_moveaxis'):
            continue    # only the CPU refuses it
        check(Case(op, [numbers(*shape, dtype=dtype)], params,
                   np_shape=True, differentiate=None
                   if 'full' not in op else 0))


@pytest.mark.parametrize('op, params', [
    ('_npi_concatenate', dict(num_args=2, axis=0)),
    ('_npi_concatenate', dict(num_args=2, axis=-1)),
    ('_npi_concatenate', dict(num_args=2, axis=None)),
    ('_npi_stack', dict(num_args=2, axis=1)),
    ('_npi_matmul', {}), ('_np_dot', {}),
    ('_npi_tensordot_int_axes', dict(axes=1)),
    ('_npi_tensordot', dict(a_axes_summed=(1,), b_axes_summed=(0,)))],
    ids=str)
def test_several_arrays(op, params):
    for a, b in itertools.product(('float32', 'float64', 'int32'), repeat=2):
        check(Case(op, [numbers(3, 3, dtype=a),
                        numbers(3, 3, dtype=b, seed=1)], params,
                   np_shape=True, scale=2))


@pytest.mark.parametrize('op', ['_npi_matmul', '_np_dot'])
@pytest.mark.parametrize('a, b', [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 4, 3), (3,)),
    ((2, 4, 3), (3, 5)), ((2, 4, 3), (2, 3, 5)), ((), (3,)), ((2, 3), ()),
    ((2, 3), (2, 3))], ids=str)
def test_products(op, a, b):
    check(Case(op, [numbers(*a), numbers(*b, seed=1)], np_shape=True,
               scale=2))


@pytest.mark.parametrize('dtypes', [
    ('float32', 'float32'), ('int32', 'int32'), ('float32', 'float64')])
@pytest.mark.parametrize('shape', [(2, 3), (3,), (2, 1)], ids=str)
def test_where(shape, dtypes):
    for kind in ('bool', 'float32'):
        check(Case('_npi_where', [
            numbers(*shape, dtype=kind), numbers(2, 3, dtype=dtypes[0]),
            numbers(1, 3, dtype=dtypes[1])], np_shape=True,
            differentiate=None if kind == 'bool' else 0))


@pytest.mark.parametrize('op, params', [
    ('_npi_zeros', dict(shape=(2, 3))), ('_npi_ones', dict(shape=())),
    ('_npi_zeros', dict(shape=(0, 2), dtype='int32')),
    ('_npi_identity', dict(shape=(3, 3))), ('_npi_eye', dict(N=2, M=3, k=1)),
    ('_npi_arange', dict(start=4)), ('_npi_arange', dict(start=4, stop=1)),
    ('_npi_arange', dict(start=4, stop=1, step=-1.5)),
    ('_npi_arange', dict(start=0, stop=3, dtype='int64')),
    ('_npi_linspace', dict(start=0, stop=1, num=5)),
    ('_npi_full', dict(shape=(2,), value=3))], ids=str)
def test_creation(op, params):
    check(Case(op, [], params, np_shape=True))
