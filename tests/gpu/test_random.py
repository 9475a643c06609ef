"""Random numbers on gpu(i): their distributions, seeds and refusals."""
import mxnet as mx
import numpy as np
import pytest
from comparison import call
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError

GPU = mx.gpu(0)
N = 20000
# of operators on numbers: parameters, mean and variance
MOMENTS = [
    ('uniform', dict(low=-1, high=3), 1, 4 / 3),
    ('normal', dict(loc=1, scale=2), 1, 4),
    ('exponential', dict(lam=2), .5, .25),
    ('gamma', dict(alpha=3, beta=.5), 1.5, .75),
    ('gamma', dict(alpha=.3, beta=2), .6, 1.2),
    ('poisson', dict(lam=3), 3, 3),
    ('poisson', dict(lam=40), 40, 40),
    ('negative_binomial', dict(k=3, p=.6), 2, 10 / 3),
    ('generalized_negative_binomial', dict(mu=2, alpha=.3), 2, 3.2),
    ('generalized_negative_binomial', dict(mu=2, alpha=0), 2, 2)]
DRAWS = [('_random_' + name, params) for name, params, *_ in MOMENTS] + [
    ('_random_randint', dict(low=0, high=100))]


def number(name, **params):
    return call('_random_' + name, [], dict(params, ctx='gpu(0)'))[0]


def has_dtype(x, dtype):
    return np.dtype(x.dtype) == dtype


def assert_moments(x, mean, variance):
    x = x.asnumpy().astype('float64')
    deviation = variance ** .5
    assert abs(x.mean(0) - mean).max() < 5 * deviation * len(x) ** -.5
    assert np.allclose(x.var(0), variance, .15)


@pytest.fixture(autouse=True)
def seed():
    mx.random.seed(7)


@pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64'])
@pytest.mark.parametrize('name, params, mean, variance', MOMENTS, ids=str)
def test_moments(name, params, mean, variance, dtype):
    x = number(name, shape=(N,), dtype=dtype, **params)
    assert has_dtype(x, dtype) and x.shape == (N,) and x.context == GPU
    assert_moments(x, mean, variance)
    like = nd.zeros((N,), GPU, dtype)
    y, = call('_random_%s_like' % name, [like], params)
    assert has_dtype(y, dtype) and not np.array_equal(x.asnumpy(), y.asnumpy())
    assert_moments(y, mean, variance)
    arrays = [nd.array([value, value], GPU) for value in params.values()]
    z, = call('_sample_' + name, arrays, dict(shape=(2, N), dtype=dtype))
    assert has_dtype(z, dtype) and z.shape == (2, 2, N)
    assert_moments(z.reshape((4, N)).T, mean, variance)


def test_samples_have_their_own_parameters():
    x = nd.random.normal(nd.array([[-9., 0], [1, 9]], GPU),
                         nd.array([[1, 2.], [3, 4]], GPU), shape=N)
    assert np.allclose(x.mean(axis=2).asnumpy(), [[-9, 0], [1, 9]], atol=.2)
    y = nd.random.poisson(nd.array([0, 1, 20], GPU), shape=N)
    assert np.allclose(y.mean(axis=1).asnumpy(), [0, 1, 20], atol=.2)


def test_integers_are_below_high():
    x = nd.random.randint(-2, 3, shape=N, ctx=GPU)
    assert x.dtype == np.int32 and set(x.asnumpy()) == {-2, -1, 0, 1, 2}
    x = nd.random.randint(0, 2 ** 40, shape=N, dtype='int64', ctx=GPU)
    assert x.asnumpy().max() > 2 ** 39 and x.dtype == np.int64


@pytest.mark.parametrize('dtype', ['int32', 'uint8', 'float32'])
def test_classes(dtype):
    p = nd.array([[.2, 0, .8], [0, 1, 0]], GPU)
    p.attach_grad()
    with autograd.record():
        index, log = nd.random.multinomial(p, (3, N), True, dtype=dtype)
    log.backward()
    assert index.shape == log.shape == (2, 3, N) and has_dtype(index, dtype)
    counts = np.bincount(index[0].asnumpy().ravel().astype(int)) / (3 * N)
    assert np.allclose(counts, [.2, 0, .8], atol=.01)
    assert (index[1] == 1).asnumpy().all() and not log[1].asnumpy().any()
    assert np.allclose(log[0].asnumpy(), np.log(
        p.asnumpy()[0][index[0].asnumpy().astype(int)]))
    assert p.grad[1, 1].asscalar() == 3 * N


def test_shuffled_rows():
    x = nd.arange(200, ctx=GPU, dtype='int32').reshape((100, 2))
    y = nd.random.shuffle(x).asnumpy()
    assert y.dtype == np.int32 and (y[:, 1] == y[:, 0] + 1).all()
    assert (np.sort(y[:, 0]) == np.arange(0, 200, 2)).all()
    assert (y != x.asnumpy()).any()


@pytest.mark.parametrize('op, params', DRAWS, ids=str)
def test_a_seed_decides(op, params):
    def draw(i):
        return call(op, [], dict(params, shape=(99,), ctx='gpu(%d)' % i)
                    )[0].asnumpy()

    def both():
        return draw(0), draw(1)
    mx.random.seed(3)
    first = both()
    assert (first[0] != first[1]).any() and (draw(0) != first[0]).any()
    mx.random.seed(3)
    assert np.array_equal(both(), first)
    mx.random.seed(3, ctx=mx.gpu(0))
    mx.random.seed(3, ctx=mx.gpu(1))
    assert (draw(0) == draw(1)).all() and (draw(0) != first[0]).any()
    mx.random.seed(3, ctx=mx.gpu(1))    # and leaves gpu(0) as it is
    mx.random.seed(4, ctx=mx.gpu(0))
    before = draw(0)
    mx.random.seed(4, ctx=mx.gpu(0))
    mx.random.seed(5, ctx=mx.gpu(1))
    assert np.array_equal(draw(0), before)


REFUSED = [
    ('uniform', dict(low=2, high=1)), ('uniform', dict(shape=(0, 2))),
    ('uniform', dict(shape=())), ('uniform', dict(dtype='int32')),
    ('normal', dict(scale=-1)), ('normal', dict(scale=0)),
    ('exponential', dict(lam=-1)), ('exponential', dict(lam=0)),
    ('poisson', dict(lam=-1)), ('gamma', dict(alpha=0)),
    ('gamma', dict(alpha=-1)), ('gamma', dict(beta=0)),
    ('negative_binomial', dict(k=-1)), ('negative_binomial', dict(p=-.5)),
    ('generalized_negative_binomial', dict(mu=-1)),
    ('generalized_negative_binomial', dict(alpha=-1)),
    ('randint', dict(low=4, high=3)),
    ('randint', dict(low=0, high=3, dtype='float32'))]


@pytest.mark.parametrize('name, params', REFUSED, ids=str)
def test_both_devices_refuse(name, params):
    for ctx in (mx.cpu(), GPU):
        with pytest.raises(MXNetError):
            call('_random_' + name, [], {
                'shape': (2,), 'ctx': str(ctx), **params})
            nd.waitall()


@pytest.mark.parametrize('name, params, told', [
    ('randint', dict(low=3, high=3), 'low=3 must be less than high=3'),
    ('negative_binomial', dict(k=2, p=1.5), 'p=1.5'),
    ('negative_binomial', dict(k=2, p=0), 'p=0')], ids=str)
def test_gpus_refuse_what_makes_no_sense(name, params, told):
    """The CPU ends the process, or draws numbers that are none."""
    with pytest.raises(MXNetError, match=told):
        number(name, shape=(2,), **params)


@pytest.mark.parametrize('weights', [[0, 0], [-1, 2], [np.nan, 1]])
def test_no_probabilities(weights):
    with pytest.raises(MXNetError, match='probabilities must not be neg'):
        nd.random.multinomial(nd.array(weights, GPU), shape=3)


@pytest.mark.parametrize('name, dtype, fits', [
    ('uniform', 'float16', True), ('normal', 'float64', True),
    ('poisson', 'int32', False), ('randint', 'int64', True),
    ('randint', 'float32', False)])
def test_the_dtype_of_the_array_that_is_given(name, dtype, fits):
    params = dict(low=1, high=5) if name == 'randint' else {}
    for ctx in (mx.cpu(), GPU):
        out = nd.full((50,), 9, ctx, dtype)
        if fits:
            call('_random_' + name, [], params, out)
            assert has_dtype(out, dtype) and (out != 9).asnumpy().all()
        else:
            with pytest.raises(MXNetError):
                call('_random_' + name, [], params, out)


def test_samples_of_no_distribution():
    """As on the CPU where it draws; nan where it loops for ever."""
    assert nd.random.poisson(nd.array([-1, 0], GPU)).asnumpy().tolist() == [
        0, 0]
    x = nd.random.gamma(nd.array([0, -1], GPU), nd.array([1, 1], GPU))
    assert np.array_equal(x.asnumpy(), [0, np.nan], equal_nan=True)
    with pytest.raises(MXNetError, match='one shape and dtype'):
        nd.random.normal(nd.ones(2, GPU), nd.ones(3, GPU))


class Noisy(gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return (x * F.random.normal_like(x, scale=2) * F.random.uniform_like(
            x, low=1, high=2) + F.random.normal(shape=(2, 3)))


@pytest.mark.parametrize('hybrid', [False, True])
def test_random_numbers_in_a_recorded_net(hybrid):
    net = Noisy()
    if hybrid:
        net.hybridize()
    x = nd.ones((2, 3), GPU)
    x.attach_grad()
    found = []
    for _ in range(2):
        mx.random.seed(5)
        for _ in range(2):
            with mx.Context(GPU), autograd.record():
                y = net(x)
            y.backward()
            found.append(np.append(y.asnumpy(), x.grad.asnumpy()))
    assert np.array_equal(found[:2], found[2:])
    assert (found[0] != found[1]).any() and found[0][6:].all()


def test_seeds_of_a_gpu_that_is_not_there_are_refused():
    with pytest.raises(mx.MXNetError, match=r'gpu\(99\) was asked for'):
        mx.random.seed(1, ctx=mx.gpu(99))
