"""Data, training and evaluation for the experiments."""
import itertools
import random

import mxnet as mx
import numpy as np
from mxnet import gluon, init, nd

import d2l
from d2l.loader import ImageLoader
from d2l.training.batches import max_batches


def seed(number):
    """Seed all random numbers that a training draws.

    Parameters
    ----------
    number : int

    Examples
    --------
    >>> seed(1)
    """
    random.seed(number)
    np.random.seed(number)
    mx.random.seed(number)


def initialize(net, size, ctx, initializer=init.Xavier()):
    """Initialise all parameters at once (none deferred).

    Parameters
    ----------
    net : Block
    size : int
        Height and width of the images it will get.
    ctx : Context
    initializer : Initializer, optional

    Examples
    --------
    >>> net = d2l.nn.Dense(10)
    >>> initialize(net, 28, d2l.mx.cpu())
    >>> net.weight.shape
    (10, 784)
    """
    net.initialize(initializer, ctx=ctx, force_reinit=True)
    net(nd.zeros((1, 1, size, size), ctx=ctx))


def few(n, number=1):
    """Batches of n training images only.

    Parameters
    ----------
    n : int
    number : int, optional
        1 for the first n images, 2 for the next n, and so on.

    Returns
    -------
    ImageLoader
        Shuffled batches of 125.

    Examples
    --------
    >>> len(few(1000))
    8
    """
    train_iter, _ = d2l.load_data_fashion_mnist(125)
    part = slice(n * (number - 1), n * number)
    return ImageLoader(train_iter.images[part], train_iter.labels[part], 125,
                       shuffle=True)


class Changed:
    """The batches of a loader, with a function applied to the images.

    Parameters
    ----------
    batches : ImageLoader
    change : function
        Maps images to images, shape (batch, 1, height, width).

    Examples
    --------
    >>> train_iter, _ = d2l.load_data_fashion_mnist(256)
    >>> X, y = next(iter(Changed(train_iter, lambda X: 1 - X)))
    """

    def __init__(self, batches, change):
        self.batches, self.change = batches, change
        self.batch_size = batches.batch_size

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for X, y in self.batches:
            yield self.change(X), y


class Repeated:
    """The batches of several passes through an iterator, as one pass.

    Parameters
    ----------
    batches : ImageLoader or Changed
    num_passes : int

    Examples
    --------
    >>> train_iter, _ = d2l.load_data_fashion_mnist(256)
    >>> len(Repeated(train_iter, 5)) == 5 * len(train_iter)
    True
    """

    def __init__(self, batches, num_passes):
        self.batches, self.num_passes = batches, num_passes
        self.batch_size = batches.batch_size

    def __len__(self):
        return self.num_passes * len(self.batches)

    def __iter__(self):
        for _ in range(self.num_passes):
            yield from self.batches


def train(net, batches, num_epochs, learning_rate, checkpoint=None,
          random_seed=1, initializer=init.Xavier(), **hyperparams):
    """Train by `d2l.train_ch5`, seeded, with stochastic gradient descent.

    Parameters
    ----------
    net : Block
        Initialised anew here.
    batches : tuple of ImageLoader
        To train on and to test with.
    num_epochs : int
    learning_rate : float
    checkpoint : str, optional
        As in `d2l.train_ch5`.
    random_seed : int, optional
    initializer : Initializer, optional
    **hyperparams
        Of the optimizer: `momentum`, `wd`, `lr_scheduler`.

    Returns
    -------
    dict of list of float
        `loss`, `train_acc`, `test_acc`, `seconds`, `images_per_sec`,
        `threads`: a number for each epoch.

    Examples
    --------
    >>> train(net, d2l.load_data_fashion_mnist(256), 5,
    ...       learning_rate=0.9)  # doctest: +SKIP
    """
    seed(random_seed)
    ctx = d2l.try_gpu()
    train_iter, test_iter = batches
    X, _ = next(iter(test_iter))
    initialize(net, X.shape[-1], ctx, initializer)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', dict(
        learning_rate=learning_rate, **hyperparams))
    history = d2l.History()
    d2l.train_ch5(net, train_iter, test_iter, train_iter.batch_size, trainer,
                  ctx, num_epochs, history=history, checkpoint=checkpoint)
    return {name: [round(value, 5) for value in values]
            for name, values in history.columns().items()}


def probabilities(net, test_iter):
    """The net's class probabilities for the test images.

    Parameters
    ----------
    net : Block
        On the device that `d2l.try_gpu()` returns.
    test_iter : iterable
        Yields `(X, y)`; as many batches as `D2L_MAX_BATCHES` says.

    Returns
    -------
    numpy.ndarray
        Shape (images, classes); rows add up to 1.

    Examples
    --------
    >>> X = d2l.nd.array([[0, 0], [9, -9]])
    >>> probabilities(lambda X: X, [(X, None)]).tolist()[0]
    [0.5, 0.5]
    """
    ctx = d2l.try_gpu()
    rows = []
    for X, _ in itertools.islice(test_iter, max_batches()):
        scores = net(X.as_in_context(ctx)).astype('float32')
        rows.append(nd.softmax(scores).asnumpy())
    return np.concatenate(rows)
