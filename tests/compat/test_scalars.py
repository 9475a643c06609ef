"""Numbers out of MXNet behave as with NumPy 1."""
import pickle

import numpy as np
import pytest
from mxnet import nd


@pytest.mark.filterwarnings('error')
def test_results_convert_to_numbers():
    l = nd.array([1.5, 2.5])    # noqa: E741
    assert '%f %.3f %d' % (l.mean().asnumpy(), l.mean().asnumpy(),
                           l.mean().asnumpy()) == '2.000000 2.000 2'
    x = nd.array([[3]])
    assert float(x.asnumpy()) == int(x.asnumpy()) == 3
    assert complex(x.asnumpy()) == 3
    assert repr(nd.array([3]).asnumpy()) == 'array([3.], dtype=float32)'
    with pytest.raises(TypeError, match=r'only '):
        float(nd.zeros((2, 1)).asnumpy())
    with pytest.raises((TypeError, ValueError)):
        float(nd.array([1, 2]).asnumpy())


ONE = nd.array([4.])
DERIVED = [     # computed from one element; what float() of it gives
    ('a / 2', 2), ('0.0 + a', 4), ('sum([a, a])', 8), ('np.sqrt(a)', 2),
    ('-a', -4), ('a ** 2', 16), ('np.ones(1) * a', 4), ('abs(a - 5)', 1),
    ('np.maximum(a, 7)', 7), ('np.exp(a * 0)', 1), ('np.clip(a, 0, 1)', 1),
    ('a.reshape(1, 1)', 4), ('a[:]', 4), ('a[None]', 4), ('a.T', 4),
    ('a.copy()', 4), ('a.astype("float64")', 4), ('a.sum(keepdims=True)', 4),
    ('np.mean(a, axis=0, keepdims=True)', 4), ('np.concatenate([a])', 4),
    ('np.concatenate([a, a])[:1]', 4), ('np.squeeze(a)', 4), ('a.mean()', 4),
    ('a @ a', 16), ('np.round(a)', 4), ('column[1]', 1),
    ('(column * 2)[1]', 2), ('next(iter(column + 3))', 3),
]


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('code, expected', DERIVED)
def test_what_is_computed_from_one_element_converts(code, expected):
    value = eval(code, {'a': ONE.asnumpy(), 'np': np,
                        'column': nd.arange(3).reshape((3, 1)).asnumpy()})
    assert float(value) == expected and '%d' % value == '%d' % expected


@pytest.mark.parametrize('code', [
    'a + np.zeros(3)', 'np.outer(a, np.ones(2))', 'a.sum()', 'a[0]',
    'a.max()', 'np.sqrt(column).sum()', 'pickle.loads(pickle.dumps(a))',
    'nd.arange(3).asnumpy()', 'nd.zeros((1, 2)).asnumpy() + a',
    'np.ones(1)', 'np.dot(a, a)', 'a.argmax()', 'np.median(a)'])
def test_all_other_arrays_and_scalars_are_numpys_own(code):
    value = eval(code, {'a': ONE.asnumpy(), 'np': np, 'nd': nd,
                        'pickle': pickle, 'column': nd.ones((2, 1)).asnumpy()})
    assert type(value).__module__ == 'numpy'


@pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64', 'uint8',
                                   'int32', 'int64'])
def test_sums_of_asscalar_are_those_of_numpy_1(dtype):
    x = nd.array([7], dtype=dtype).asscalar()
    wide = np.float64 if dtype.startswith('float') else np.int64
    for result in (0.0 + x, x + 0.0, x * 0.5, 1.0 - x, x / 2.0, 2.0 ** x):
        assert type(result) is np.float64
    for result in (x + 1, 1 + x, x * 2, 3 - x, x // 2, x % 4):
        assert type(result) is wide
    assert x + 1 == 8 and 10 - x == 3 and x // 2 == 3 and x % 4 == 3
    assert repr(x) == str(x) and type(x + x) is np.dtype(dtype).type
    assert type(pickle.loads(pickle.dumps(x))) is np.dtype(dtype).type
    total = 0.0
    for _ in range(1000):
        total += nd.array([0.1]).asscalar()
    assert total == pytest.approx(1000 * float(np.float32(0.1)), rel=1e-12)
