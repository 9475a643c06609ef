"""What the book writes by hand, against NumPy and closed forms."""
import random

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

import d2l


def with_gradients(*arrays):
    """Parameters, from pairs of values and gradients."""
    params = [nd.array(array) for array, _ in arrays]
    for param, (_, gradient) in zip(params, arrays):
        param.attach_grad()
        param.grad[:] = nd.array(gradient)
    return params


def test_data_iter_yields_every_example_once_in_random_order():
    features = nd.arange(50).reshape((25, 2))
    labels = features[:, 0] / 2
    random.seed(1)
    batches = list(d2l.data_iter(10, features, labels))
    assert [X.shape for X, _ in batches] == [(10, 2), (10, 2), (5, 2)]
    for X, y in batches:
        assert (X[:, 0] / 2 == y).min().asscalar() == 1
        assert (X[:, 1] == X[:, 0] + 1).min().asscalar() == 1
    order = np.concatenate([y.asnumpy() for _, y in batches]).tolist()
    expected = list(range(25))
    random.seed(1)
    random.shuffle(expected)
    assert order == expected


def test_data_iter_requires_a_positive_batch_size():
    with pytest.raises(ValueError, match='batch_size must be.*is 0'):
        next(d2l.data_iter(0, nd.zeros((2, 1)), nd.zeros(2)))


@pytest.mark.parametrize('n', [2, 4])
def test_data_iter_requires_as_many_labels_as_features(n):
    with pytest.raises(ValueError, match='features has 3.*labels has %d' % n):
        next(d2l.data_iter(2, nd.zeros((3, 1)), nd.zeros(n)))


def test_linreg_is_a_product_plus_b(seed):
    X, w, b = nd.random.normal(shape=(5, 3)), nd.ones((3, 1)), nd.array([2])
    np.testing.assert_allclose(
        d2l.linreg(X, w, b).asnumpy(),
        X.asnumpy().sum(axis=1, keepdims=True) + 2, rtol=1e-6)


def test_squared_loss_is_not_broadcast():
    y_hat, y = nd.array([[1], [2], [4]]), nd.array([1, 1, 1])
    assert d2l.squared_loss(y_hat, y).asnumpy().tolist() == [[0], [.5], [4.5]]


@pytest.mark.parametrize('shape', [(1, 1), (2, 3), (4, 5)])
def test_corr2d_is_a_convolution_without_padding(shape, seed):
    X, K = nd.random.normal(shape=(4, 5)), nd.random.normal(shape=shape)
    conv = nd.Convolution(X.reshape((1, 1, 4, 5)), K.reshape((1, 1) + shape),
                          kernel=shape, num_filter=1, no_bias=True)
    np.testing.assert_allclose(d2l.corr2d(X, K).asnumpy(),
                               conv.asnumpy()[0, 0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('X, K', [((2, 2), (3, 1)), ((2, 2), (2,)),
                                  ((1, 2, 2), (1, 1))])
def test_corr2d_refuses_shapes_that_do_not_fit(X, K):
    with pytest.raises(ValueError, match='corr2d expects a matrix'):
        d2l.corr2d(nd.zeros(X), nd.zeros(K))


def test_corr2d_stays_on_its_device():
    X = nd.ones((2, 2), ctx=mx.cpu(1))
    assert d2l.corr2d(X, X).context == mx.cpu(1)


def test_sgd_updates_parameters_in_place():
    w, b = params = with_gradients(([1, 2], [10, 20]), ([3], [-5]))
    d2l.sgd(params, lr=0.1, batch_size=5)
    assert params[0] is w and params[1] is b
    np.testing.assert_allclose(w.asnumpy(), [0.8, 1.6], rtol=1e-6)
    np.testing.assert_allclose(b.asnumpy(), [3.1], rtol=1e-6)


@pytest.mark.parametrize('theta, factor', [
    (None, 1), (14, 1), (13, 1), (6.5, 0.5), (1e-3, 1e-3 / 13)])
def test_grad_clipping_scales_the_joint_norm_to_theta(theta, factor):
    gradients = [[3, 4], [[12]]]    # their joint norm is 13
    params = with_gradients(*(([0] * len(g), g) if np.ndim(g) == 1
                              else ([[0]], g) for g in gradients))
    d2l.grad_clipping(params, theta, mx.cpu())
    for param, gradient in zip(params, gradients):
        np.testing.assert_allclose(param.grad.asnumpy(),
                                   np.array(gradient) * factor, rtol=1e-6)
