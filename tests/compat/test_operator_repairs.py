"""Each repair of operators: without it, its test fails."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon, nd
from mxnet.gluon.data.vision import transforms

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


def saturated(x, factor):
    grey = x @ np.array([0.299, 0.587, 0.114])
    return factor * x + (1 - factor) * grey[:, :, None]


def factor_of(x, y):
    """The factor by which the colours of x were drawn apart to give y."""
    return ((y[..., 0] - y[..., 1]) / (x[..., 0] - x[..., 1])).mean()


@pytest.fixture
def image():
    return nd.array(np.random.RandomState(0).rand(5, 6, 3))


@pytest.mark.parametrize('saturate', [
    lambda X: nd.image.random_saturation(X, 0.2, 1.8),
    lambda X: mx.npx.image.random_saturation(
        X.as_np_ndarray(), 0.2, 1.8).as_nd_ndarray(),
    lambda X: nd.image.random_color_jitter(X, 0, 0, 0.8, 0),
    transforms.RandomSaturation(0.8),
    transforms.RandomColorJitter(saturation=0.8),
    transforms.Compose([transforms.Cast('float32'),
                        transforms.RandomSaturation(0.8)])])
def test_saturation_weighs_all_colors(saturate, image):
    x, factors = image.asnumpy(), []
    for _ in range(20):
        y = saturate(image).asnumpy()
        factors.append(factor_of(x, y))
        np.testing.assert_allclose(y, saturated(x, factors[-1]), atol=1e-5)
    assert 0.2 <= min(factors) < 0.8 and 1.2 < max(factors) <= 1.8


def test_saturation_uses_mxnets_random_numbers(image):
    for function in (nd.image.random_brightness, nd.image.random_saturation):
        mx.random.seed(1)
        y = function(image, 0, 2).asnumpy()
        factor = factor_of(image.asnumpy(), y)
        mx.random.seed(1)
        brighter = nd.image.random_brightness(image, 0, 2)
        np.testing.assert_allclose(
            factor, (brighter / image).mean().asscalar(), rtol=1e-4)


def test_saturation_of_bytes_is_cut_off(image):
    image = (image * 255).astype('uint8')
    y = nd.image.random_saturation(image, 3, 3)
    assert y.dtype == np.uint8
    expected = saturated(image.asnumpy().astype('float64'), 3)
    assert expected.min() < 0 and expected.max() > 256
    np.testing.assert_allclose(y.asnumpy(), expected.clip(0, 255), atol=1.01)


@pytest.mark.parametrize('change', [
    lambda X: nd.image.random_saturation(X, 0, 2),
    lambda X: nd.image.random_hue(X, 0, 2),
    lambda X: nd.image.random_lighting(X, 0.1),
    lambda X: nd.image.adjust_lighting(X, (0.1, 0.2, 0.3)),
    lambda X: nd.image.random_color_jitter(X, 0, 0, 1, 0.5),
    transforms.RandomColorJitter(hue=0.5)])
def test_grey_images_keep_their_grey(change, image):
    grey = image[:, :, :1]
    nd.waitall()
    np.testing.assert_array_equal(change(grey).asnumpy(), grey.asnumpy())


def test_color_jitter_does_all_it_says(image):
    def jitter():
        mx.random.seed(2)
        return nd.image.random_color_jitter(image, 0.5, 0.5, 0.5, 0.5)
    y = jitter().asnumpy()
    np.testing.assert_array_equal(jitter().asnumpy(), y)
    assert y.std() > 0 and np.abs(y - image.asnumpy()).max() > 0.01
    out = nd.zeros(image.shape)
    mx.random.seed(2)
    nd.image.random_color_jitter(image, 0.5, 0.5, 0.5, 0.5, out=out)
    np.testing.assert_array_equal(out.asnumpy(), y)


def test_other_jitter_is_compiled(image):
    for saturation in 0, 0.5:
        both = transforms.Compose([
            transforms.RandomFlipLeftRight(),
            transforms.RandomColorJitter(0.5, saturation=saturation)])
        both(image)
        assert (both[0]._cached_op is None) == bool(saturation)
