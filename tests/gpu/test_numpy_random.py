"""Random numbers of mx.np.random: distributions, gradients and refusals."""
import warnings

import mxnet as mx
import numpy as np
import pytest
from comparison import call
from mxnet import autograd, nd
from mxnet.base import MXNetError

GPU = mx.gpu(0)
N = 20000
EULER = .5772157
# operators: parameters, mean and variance, and which have gradients
MOMENTS = [
    ('uniform', dict(low=-1, high=3), 1, 4 / 3),
    ('normal', dict(loc=1, scale=2), 1, 4),
    ('logistic', dict(loc=1, scale=2), 1, 4 * np.pi ** 2 / 3),
    ('gumbel', dict(loc=1, scale=2), 1 + 2 * EULER, 4 * np.pi ** 2 / 6),
    ('exponential', dict(scale=2), 2, 4),
    ('rayleigh', dict(scale=2), 2 * (np.pi / 2) ** .5, (4 - np.pi) * 2),
    ('weibull', dict(a=2), .886227, 1 - np.pi / 4),
    ('pareto', dict(a=6), 1 / 5, 6 / (25 * 4)),
    ('powerd', dict(a=3), 3 / 4, 3 / (16 * 5)),
    ('gamma', dict(shape=3, scale=.5), 1.5, .75)]


@pytest.fixture(autouse=True)
def nothing_is_drawn_on_the_cpu():
    mx.random.seed(7)
    with warnings.catch_warnings(), mx.util.np_shape(True):
        warnings.simplefilter('error')
        yield


def draw(name, arrays=(), ctx=GPU, **params):
    return call('_npi_' + name, list(arrays), dict(params, ctx=str(ctx)))[0]


def sample(name, values, **params):
    """All parameters are arrays."""
    arrays = [nd.array(value, GPU) for value in values.values()]
    for array in arrays:
        array.attach_grad()
    if name == 'powerd':
        params = {'size': params.get('size')}
    else:
        params['ctx'] = 'gpu(0)'
    with autograd.record():
        x, = call('_npi_' + name, arrays, dict(
            params, **dict.fromkeys(values)))
    return x, arrays


def assert_moments(x, mean, variance):
    x = x.asnumpy().astype('float64')
    deviation = variance ** .5
    assert abs(x.mean(0) - mean).max() < 5 * deviation * len(x) ** -.5
    assert np.allclose(x.var(0), variance, .2)


@pytest.mark.parametrize('name, params, mean, variance', MOMENTS, ids=str)
def test_moments(name, params, mean, variance):
    if name != 'powerd':    # it takes no ctx=
        x = draw(name, size=(N,), **params)
        assert x.dtype == np.float32 and x.context == GPU
        assert_moments(x, mean, variance)
        assert draw(name, **params).shape == ()
        assert draw(name, size=(0, 2), **params).shape == (0, 2)
    y, _ = sample(name, {k: [v, v] for k, v in params.items()}, size=(N, 2))
    assert y.shape == (N, 2)
    assert_moments(y, mean, variance)


@pytest.mark.parametrize('name, params', [
    (name, params) for name, params, _, _ in MOMENTS
    if name not in ('gamma', 'uniform', 'powerd')], ids=str)    # without one
def test_gradients_of_samples(name, params):
    """A sample is a function of its parameters and of a random number."""
    values = {k: np.full((50,), v, 'float32') for k, v in params.items()}
    x, arrays = sample(name, values)
    x.backward()
    for i, key in enumerate(values):
        close = {k: v + .01 * (k == key) for k, v in values.items()}
        mx.random.seed(7)
        low, _ = sample(name, values)
        mx.random.seed(7)
        high, _ = sample(name, close)
        expected = (high - low).asnumpy() / .01
        assert np.allclose(arrays[i].grad.asnumpy(), expected, .05, .02)


def test_sizes_before_those_of_the_parameters():
    for name in ('uniform_n', 'normal_n'):
        one, two = ('low', 'high') if name == 'uniform_n' else (
            'loc', 'scale')
        x, _ = sample(name, {one: [0, 10], two: [[1], [11]]}, size=(4,))
        assert x.shape == (4, 2, 2)


def test_bernoulli():
    x = draw('bernoulli', size=(N,), prob=.3, logit=None, is_logit=False,
             dtype='int32')
    assert x.dtype == np.int32 and set(x.asnumpy()) == {0, 1}
    assert abs(x.asnumpy().mean() - .3) < .02
    y = draw('bernoulli', [nd.array([-30., 30], GPU)], size=(9, 2),
             prob=None, logit=None, is_logit=True)
    assert (y.asnumpy() == [0, 1]).all()


@pytest.mark.parametrize('replace', [False, True])
def test_choice(replace):
    x = draw('choice', a=5, size=(5,), replace=replace).asnumpy()
    assert x.dtype == np.int64 and set(x) <= set(range(5))
    assert replace or sorted(x) == list(range(5))
    weights = nd.array([.5, 0, .2, .3], GPU)
    y = draw('choice', [weights], a=4, size=(3,), replace=replace,
             weighted=True).asnumpy()
    assert 1 not in y and (replace or sorted(y) == [0, 2, 3])
    with pytest.raises(MXNetError, match='choice'):
        draw('choice', a=5, size=(6,), replace=False)
        draw('choice', [weights], a=4, size=(4,), replace=replace,
             weighted=True)


def test_multinomial():
    x = call('_npi_multinomial', [nd.array([.2, .5, .3], GPU)], dict(
        n=1000, size=(4, 2)))[0]
    assert x.shape == (4, 2, 3) and x.dtype == np.int64
    assert (x.asnumpy().sum(-1) == 1000).all()
    assert np.allclose(x.asnumpy() / 1000, [.2, .5, .3], atol=.1)


REFUSED = [
    ('normal', dict(loc=0, scale=-1)), ('logistic', dict(loc=0, scale=-1)),
    ('gumbel', dict(loc=0, scale=-1)), ('rayleigh', dict(scale=-1)),
    ('exponential', dict(scale=-1)), ('weibull', dict(a=0)),
    ('pareto', dict(a=-1)), ('gamma', dict(shape=-1, scale=1)),
    ('gamma', dict(shape=1, scale=-1)),
    ('bernoulli', dict(prob=1.5, logit=None, is_logit=False))]


@pytest.mark.parametrize('name, params', REFUSED, ids=str)
def test_both_devices_refuse_with_the_same_error(name, params):
    for ctx in (mx.cpu(), GPU):
        with pytest.raises(ValueError, match='expect|scale < 0'):
            draw(name, ctx=ctx, size=(2,), **params)
            nd.waitall()


def test_arrays_are_looked_at():
    with pytest.raises(ValueError, match='expect scale >= 0'):
        sample('normal', dict(loc=[0, 0], scale=[1, -1]))
    with pytest.raises(MXNetError, match='broadcast'):
        sample('normal', dict(loc=[0, 0], scale=[1, 2, 3]))
    out = nd.zeros((3,), GPU, dtype='float64')
    with pytest.raises(MXNetError, match='draws torch.float32'):
        call('_npi_normal', [], dict(loc=0, scale=1, size=(3,)), out)
