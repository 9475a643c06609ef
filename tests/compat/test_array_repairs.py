"""Each repair for views of arrays: without it, its test fails."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon, nd

VIEWS = [lambda X: X[1:3], lambda X: X[1:], lambda X: X[0:2, :],
         lambda X: X.reshape((2, 16, 4, 4)),
         lambda X: X.reshape((1, 4, 8, 4, 4))[0][1:]]


@pytest.fixture
def X():
    return nd.array(np.random.RandomState(0).rand(4, 8, 4, 4))


def convolve(X):
    """A convolution's output: blocks of 8 channels lie together."""
    return nd.Convolution(X, nd.eye(8).reshape((8, 8, 1, 1)), no_bias=True,
                          kernel=(1, 1), num_filter=8)


def compiled(**flags):
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.MaxPool2D(), gluon.nn.Flatten())
    net.hybridize(**flags)
    return net


def gradient(function, X):
    X = X.copy()
    X.attach_grad()
    with autograd.record():
        y = function(X)
    y.backward()
    return X.grad.asnumpy()


@pytest.mark.parametrize('view', VIEWS)
@pytest.mark.parametrize('before', [lambda X: X, convolve])
@pytest.mark.parametrize('pool', [
    lambda X: nd.Pooling(X, kernel=(2, 2), stride=(2, 2)),
    gluon.nn.MaxPool2D(), compiled(), compiled(static_alloc=True),
    lambda X: mx.npx.pooling(X.as_np_ndarray(), kernel=(2, 2),
                             stride=(2, 2)).as_nd_ndarray()])
def test_max_pooling_of_a_view_has_its_gradient(view, before, pool, X):
    expected = gradient(lambda X: pool(view(before(X)) + 0), X)
    assert expected.max() == 1
    np.testing.assert_array_equal(
        gradient(lambda X: pool(view(before(X))), X), expected)


def test_a_view_with_a_gradient_of_its_own_is_pooled(X):
    part = X[1:3]
    part.attach_grad()
    with autograd.record():
        y = nd.Pooling(part, kernel=(2, 2), stride=(2, 2))
    y.backward()
    np.testing.assert_array_equal(
        part.grad.asnumpy(), gradient(lambda X: nd.Pooling(
            X, kernel=(2, 2), stride=(2, 2)), X)[1:3])


@pytest.mark.parametrize('view', VIEWS)
def test_views_of_a_convolutions_output_can_be_copied(view, X):
    expected = view(X).asnumpy()
    part, other = view(convolve(X)), nd.zeros(expected.shape)
    other[:] = part
    for copy in (part.copy(), part.copyto(mx.cpu()), part.as_np_ndarray(),
                 part.as_np_ndarray().copy(), other):
        np.testing.assert_array_equal(copy.asnumpy(), expected)
    nd.waitall()    # the error is raised later


def test_views_share_memory(X):
    for view in VIEWS:
        view(X)[:] = -1
        assert (view(X) == -1).min() == 1
        assert X.min() == -1
