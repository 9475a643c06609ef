"""One way to train a net of the exercises, repeatable."""
import os
import random

import mxnet as mx
import numpy as np
from mxnet import gluon, init, nd

import d2l


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


def initialize(net, shape, ctx):
    """Xavier's first parameters, all of them drawn now.

    Parameters
    ----------
    net : Block
    shape : tuple of int
        Of one image: (channels, height, width).
    ctx : Context

    Examples
    --------
    >>> net = d2l.nn.Dense(10)
    >>> initialize(net, (1, 28, 28), d2l.mx.cpu())
    >>> net.weight.shape
    (10, 784)
    """
    net.initialize(init.Xavier(), ctx=ctx, force_reinit=True)
    net(nd.zeros((1,) + shape, ctx=ctx))


def train(net, train_iter, test_iter, lr, num_epochs, ctx, **kwargs):
    """Train by `d2l.train_ch5`, with plain stochastic gradient descent.

    Parameters
    ----------
    net : Block
        Initialised on `ctx`.
    train_iter, test_iter : ImageLoader
        From `d2l.load_data_fashion_mnist`.
    lr : float
    num_epochs : int
    ctx : Context
    **kwargs
        `checkpoint=`, as in `d2l.train_ch5`.

    Returns
    -------
    dict of list of float
        `loss`, `train_acc`, `test_acc`, `seconds`, `images_per_sec`, a
        number for each epoch.

    Examples
    --------
    >>> train(net, train_iter, test_iter, 0.9, 5, ctx)  # doctest: +SKIP
    """
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': lr})
    history = d2l.History()
    d2l.train_ch5(net, train_iter, test_iter, train_iter.batch_size, trainer,
                  ctx, num_epochs, history=history, **kwargs)
    return {name: [round(value, 5) for value in values]
            for name, values in history.columns().items()}


def probabilities(net, test_iter, ctx):
    """What the net makes of the test images.

    Parameters
    ----------
    net : Block
    test_iter : iterable
        Yields `(X, y)`; as many batches as `D2L_MAX_BATCHES` says.
    ctx : Context

    Returns
    -------
    numpy.ndarray
        Shape (images, classes); rows add up to 1.

    Examples
    --------
    >>> X = d2l.nd.array([[0, 0], [9, -9]])
    >>> probabilities(lambda X: X, [(X, None)], d2l.mx.cpu()).tolist()[0]
    [0.5, 0.5]
    """
    limit = int(os.environ.get('D2L_MAX_BATCHES', len(test_iter)))
    rows = []
    for (X, _), _ in zip(test_iter, range(limit)):
        scores = net(X.as_in_context(ctx)).astype('float32')
        rows.append(nd.softmax(scores).asnumpy())
    return np.concatenate(rows)
