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
DERIVED = [     # has one element; what float() of it gives
    ('a / 2', 2), ('0.0 + a', 4), ('sum([a, a])', 8), ('np.sqrt(a)', 2),
    ('-a', -4), ('a ** 2', 16), ('np.ones(1) * a', 4), ('abs(a - 5)', 1),
    ('np.maximum(a, 7)', 7), ('np.exp(a * 0)', 1), ('np.clip(a, 0, 1)', 1),
    ('a.reshape(1, 1)', 4), ('a[:]', 4), ('a[None]', 4), ('a.T', 4),
    ('a.copy()', 4), ('a.astype("float64")', 4), ('a.sum(keepdims=True)', 4),
    ('np.mean(a, axis=0, keepdims=True)', 4), ('np.concatenate([a])', 4),
    ('np.concatenate([a, a])[:1]', 4), ('np.squeeze(a)', 4), ('a.mean()', 4),
    ('a @ a', 16), ('np.round(a)', 4), ('column[1]', 1),
    ('(column * 2)[1]', 2), ('next(iter(column + 3))', 3),
    ('row[:1]', 0), ('row[[2]]', 2), ('row[row > 1.5]', 2),
    ('row.sum(keepdims=True)', 3), ('(row + 1)[-1:]', 3),
    ('np.exp(row)[:1]', 1), ('np.sort(-row)[:1]', -2),
    ('scores.argmax(axis=1)', 2), ('np.argmax(scores, axis=1)', 2),
    ('scores.max(axis=1)', 2), ('scores[:, :1]', 0),
    ('np.dot(scores, row)', 5), ('np.split(row, 3)[1]', 1),
    ('np.reshape(row[1], (1,)) * row[1:2]', 1),
]


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('code, expected', DERIVED)
def test_what_is_computed_from_one_element_converts(code, expected):
    row = nd.arange(3).asnumpy()
    value = eval(code, {'a': ONE.asnumpy(), 'np': np, 'row': row,
                        'scores': nd.array([row]).asnumpy(),
                        'column': nd.arange(3).reshape((3, 1)).asnumpy()})
    assert float(value) == expected and '%d' % value == '%d' % expected


def test_an_array_says_that_it_has_more_elements():
    a = nd.zeros((2, 3)).asnumpy()
    if np.lib.NumpyVersion(np.__version__) < '1.25.0':
        pytest.skip("this NumPy's own error is TypeError, too")
    with pytest.raises(TypeError, match=r'one element .* one is \(2, 3\)'):
        float(a + 1)


@pytest.mark.parametrize('code', [
    'a.sum()', 'a[0]', 'a.max()', 'np.sqrt(row).sum()', 'np.dot(a, a)',
    'a.argmax()', 'np.median(a)', 'row[1]', 'row.mean()', '(row + 1).std()',
    'np.argmax(row)', 'np.linalg.norm(row)'])
def test_scalars_are_numpys_own(code):
    value = eval(code, {'a': ONE.asnumpy(), 'np': np,
                        'row': nd.arange(3).asnumpy()})
    assert type(value) is getattr(np, type(value).__name__)


@pytest.mark.parametrize('code', [
    'np.ones(1)', 'np.asarray(row)', 'np.array(row)', 'np.concatenate([np.'
    'ones(2), np.ones(1)])', 'pickle.loads(pickle.dumps(row))', 'pickle.loads('
    'pickle.dumps(row, 2))', 'pickle.loads(pickle.dumps([row]))[0]'])
def test_all_other_arrays_are_numpys_own(code):
    row = nd.arange(3).asnumpy()
    assert type(eval(code, {'np': np, 'row': row, 'pickle': pickle})) \
        is np.ndarray


def test_arrays_print_and_behave_as_numpys():
    for x in (nd.arange(3), nd.ones((2, 1)), nd.zeros((3, 4)), nd.ones(1)):
        a, plain = x.asnumpy(), np.array(x.asnumpy())
        assert repr(a) == repr(plain) and str(a[:1]) == str(plain[:1])
        assert isinstance(a, np.ndarray) and type(a).__module__ == 'numpy'
        assert a.flags.c_contiguous and a.flags.writeable
        assert (a + 1).tolist() == (plain + 1).tolist()
        assert type(a.squeeze()) is type(a[None].squeeze(0))
        a += 1
        assert a.sum() == plain.sum() + plain.size
    assert nd.array(a).shape == a.shape and nd.array([a, a]).shape == (2, 1)


def test_the_house_prices_of_the_book_are_predicted():
    """Its errors are summed over the folds, and its predictions are a row."""
    from mxnet import autograd, gluon
    loss = gluon.loss.L2Loss()
    X, y = nd.random.normal(shape=(12, 3)), nd.arange(12).reshape((-1, 1)) + 9
    total = 0
    for fold in range(2):
        net = gluon.nn.Dense(1)
        net.initialize()
        trainer = gluon.Trainer(net.collect_params(), 'adam')
        with autograd.record():
            l = loss(net(X), y)     # noqa: E741
        l.backward()
        trainer.step(12)
        clipped = nd.clip(net(X), 1, float('inf'))
        rmse = nd.sqrt(2 * loss(clipped.log(), y.log()).mean()).asnumpy()
        total += rmse
        assert 'fold %d, rmse: %f' % (fold, rmse)
    assert 0 < float(total / 2) < 3
    prices = net(X).asnumpy().reshape(1, -1)[0]
    assert prices.shape == (12,) and '%.2f' % prices[:1]


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
