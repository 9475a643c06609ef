"""Each repair of image operators: without it, its test fails."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon.data.vision import transforms


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
