"""The chapters' companion: augmentations."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd


def test_mirroring_turns_half_of_the_images(companion, seed):
    X = nd.random.uniform(shape=(64, 1, 2, 3))
    mirrored = companion('augmentations').mirror(X)
    same = [(a == b).all() for a, b in
            zip(mirrored.asnumpy(), X.asnumpy())]
    turned = [(a == b).all() for a, b in
              zip(mirrored.asnumpy(), X.asnumpy()[..., ::-1])]
    assert all(s != t for s, t in zip(same, turned))
    assert 16 < sum(same) < 48


def test_cropping_takes_windows_out_of_padded_images(companion, seed):
    """Each image is one window of NumPy's padded one; all windows occur."""
    X = nd.random.uniform(0.1, 1, shape=(64, 3, 5, 6))
    crop = companion('augmentations').crop
    padded = np.pad(X.asnumpy(), 2 * ((0, 0),) + 2 * ((1, 1),))
    found = []
    for image, whole in zip(crop(X).asnumpy(), padded):
        found += [(top, left) for top in range(3) for left in range(3)
                  if (whole[:, top:top + 5, left:left + 6] == image).all()]
    assert len(found) == 64 and len(set(found)) == 9
    assert (crop(X, pad=0) == X).min().asscalar() == 1


def test_light_multiplies_each_image_by_a_factor(companion, seed):
    X = nd.random.uniform(0.2, 0.6, shape=(64, 1, 2, 3))
    lit = companion('augmentations').light(X, most=0.5)
    factors = (lit / X).asnumpy().reshape(64, -1)
    assert np.allclose(factors, factors[:, :1])     # within an image
    assert factors.min() < 0.6 and factors.max() > 1.4
    assert companion('augmentations').light(X + 0.4).max().asscalar() == 1


@pytest.mark.parametrize('name', ['mirror', 'crop', 'light'])
def test_augmentations_repeat_with_the_seed(companion, name):
    augment = getattr(companion('augmentations'), name)
    X = nd.random.uniform(shape=(32, 1, 4, 4))
    found = []
    for number in (1, 1, 2):
        mx.random.seed(number)
        found.append(augment(X).asnumpy())
    assert (found[0] == found[1]).all() and (found[0] != found[2]).any()


def test_ten_views_are_middle_and_corners_and_mirrored(companion):
    X = nd.arange(2 * 3 * 4).reshape((2, 1, 3, 4)) + 1
    views = [v.asnumpy() for v in companion('augmentations').ten_views(X)]
    x = X.asnumpy()
    assert (views[0] == x).all() and (views[5] == x[..., ::-1]).all()
    # the corner at the top left: the image moves down and to the right
    assert (views[1][:, :, 1:, 1:] == x[:, :, :-1, :-1]).all()
    assert not views[1][:, :, 0].any() and not views[1][..., 0].any()
    assert (views[4][:, :, :-1, :-1] == x[:, :, 1:, 1:]).all()
    assert len({v.tobytes() for v in views}) == 10


def test_mean_of_views_is_the_mean_of_ten_softmaxes(companion):
    """For a net that looks at the corner and at the middle of an image."""
    def net(X):
        return nd.concat(X[:, 0, 0, :1], X[:, 0, 1, 1:2], dim=1)

    X = nd.array([[0, 9, 3], [4, 5, 1], [2, 8, 7]]).reshape((1, 1, 3, 3))
    scores = companion('augmentations').mean_of_views(net)(X)
    views = companion('augmentations').ten_views(X)
    expected = sum(nd.softmax(net(view)) for view in views) / 10
    assert np.allclose(nd.softmax(scores).asnumpy(), expected.asnumpy())
    assert abs(expected - nd.softmax(net(X))).max().asscalar() > 0.1
