"""d2l's helpers compute where their arrays are."""
import random
import re

import numpy as np
import pytest
from both import CPU, GPU, randoms
from mxnet import nd

import d2l

TEXT = 'the cat sat on the mat and the rat sat on the cat '
CHARS = sorted(set(TEXT))
PLACES = {char: i for i, char in enumerate(CHARS)}
CORPUS = [PLACES[char] for char in TEXT * 4]


@pytest.mark.parametrize('batches', [d2l.data_iter_random,
                                     d2l.data_iter_consecutive])
def test_batches_of_a_corpus(batches, seed):
    found = []
    for ctx in (CPU, GPU):
        seed()
        found.append(list(batches(CORPUS, 3, 5, ctx)))
        assert all(A.context == ctx for batch in found[-1] for A in batch)
    for on_cpu, on_gpu in zip(*found):
        for expected, A in zip(on_cpu, on_gpu):
            np.testing.assert_array_equal(A.asnumpy(), expected.asnumpy())


def test_one_hot_vectors_of_time_steps():
    X = nd.array([[0, 2, 4], [1, 3, 0]], ctx=GPU)
    vectors = d2l.to_onehot(X, 5)
    assert [v.context for v in vectors] == [GPU] * 3
    assert [v.argmax(axis=1).asnumpy().tolist() for v in vectors] == (
        [[0, 1], [2, 3], [4, 0]])


def sgd_momentum(params, states, hyperparams):
    for param, v in zip(params, states):
        v[:] = hyperparams['momentum'] * v + hyperparams['lr'] * param.grad
        param[:] -= v


@pytest.mark.usefixtures('close_figures')
def test_optimizers_within_a_device(seed, capsys):
    """Data and parameters are made on the device that is current."""
    found = []
    for ctx in (CPU, GPU):
        with ctx:
            X = nd.array(randoms(300, 5))
            y = X[:, 0] - X[:, 1]
            seed()
            d2l.train_ch7(sgd_momentum, (nd.zeros((5, 1)), nd.zeros(1)),
                          {'lr': 0.02, 'momentum': 0.5}, X, y)
            seed()
            d2l.train_gluon_ch7('adam', {'learning_rate': 0.01}, X, y)
        found.append(re.findall(r'loss: (\S+), \S+ sec per epoch',
                                capsys.readouterr().out))
    assert len(found[1]) == 2
    # the first weights of train_ch7 are random numbers of the device
    np.testing.assert_allclose(*[list(map(float, f)) for f in found],
                               rtol=0.02)


def test_classes_of_colors():
    """And colors of classes, by an index of two axes."""
    for ctx in (CPU, GPU):
        lookup = nd.zeros(256 ** 3, ctx=ctx)
        for i, (r, g, b) in enumerate(d2l.VOC_COLORMAP):
            lookup[(r * 256 + g) * 256 + b] = i
        colors = nd.array(d2l.VOC_COLORMAP, ctx=ctx, dtype='uint8')
        numbers = nd.arange(21, ctx=ctx).reshape((3, 7)).astype('int32')
        image = colors[numbers, :]
        assert image.shape == (3, 7, 3) and image.context == ctx
        classes = d2l.voc_label_indices(image, lookup)
        np.testing.assert_array_equal(classes.asnumpy(), numbers.asnumpy())
        random.seed(0)
        cropped, same = d2l.voc_rand_crop(image, image, 2, 3)
        assert cropped.shape == (2, 3, 3) and cropped.context == ctx
        np.testing.assert_array_equal(cropped.asnumpy(), same.asnumpy())


@pytest.mark.usefixtures('close_figures')
def test_figures_of_arrays():
    images = nd.array(randoms(4, 5, 6, 3, low=0), ctx=GPU)
    axes = d2l.show_images(images, 2, 2)
    np.testing.assert_allclose(axes[1, 1].images[0].get_array(),
                               images[3].asnumpy())
    d2l.show_bboxes(axes[0, 0], [box * 4 for box in nd.array(
        [[0, 0.5, 1, 1], [0, 0, 1, 1]], ctx=GPU)], ['a', 'b'])
    assert [patch.get_xy() for patch in axes[0, 0].patches] == [
        (0, 2), (0, 0)]
    d2l.show_fashion_mnist(images[:2, :, :, 0], d2l.get_fashion_mnist_labels(
        nd.array([0, 9], ctx=GPU)))
