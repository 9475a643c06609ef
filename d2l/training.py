"""The edition's training loops for classification."""
import time

import mxnet as mx
from mxnet.gluon import loss as gloss

from . import checks, editions, epochs
from .graph import Graph
from .optimization import sgd


def evaluate_accuracy(data_iter, net, ctx=[mx.cpu()]):
    """Share of the examples that `net` classifies correctly.

    Parameters
    ----------
    data_iter : iterable
        Yields `(X, y)`, or batches of `mxnet.io`: examples and their
        labels, shape (batch,); shape (batch, height, width) where every
        pixel has one.
    net : Block or function
        Maps `X` to scores, shape (batch, classes), or (batch, classes,
        height, width).
    ctx : Context or list of Context, optional
        The devices; a batch is split among several.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    TypeError
        `ctx` is something else, or `net` comes first.
    ValueError
        `net` is not initialised on `ctx`, or `data_iter` is empty.

    Examples
    --------
    >>> X, y = nd.array([[0.9, 0.1], [0.2, 0.8]]), nd.array([0, 0])
    >>> d2l.evaluate_accuracy([(X, y)], lambda X: X)
    0.5
    """
    checks.not_swapped(data_iter, net)
    ctxs = checks.contexts(ctx)
    checks.parameters(net, ctxs)
    epochs.announce_rehearsal()
    return epochs.accuracy(data_iter, Graph(net), ctxs)


def train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size,
              params=None, lr=None, trainer=None):
    """Train a classifier on the CPU, by a trainer or by `d2l.sgd`.

    `loss` is summed over a batch. Each epoch prints a line. The environment
    variable `D2L_MAX_BATCHES` makes it a rehearsal, as in `train_ch5`.

    Parameters
    ----------
    net : Block or function
        Maps `X` to scores, shape (batch, classes).
    train_iter, test_iter : iterable
        Yield `(X, y)`: examples and their labels, shape (batch,).
    loss : Block or function
        Losses, shape (batch,), of scores and labels.
    num_epochs : int
        Passes through `train_iter`.
    batch_size : int
        What the gradients are divided by.
    params : list of NDArray, optional
        What `d2l.sgd` changes, at the learning rate `lr`, where there is no
        `trainer`; their gradients are attached.
    lr : float, optional
    trainer : gluon.Trainer, optional
        Updates the parameters of `net`.

    Raises
    ------
    TypeError
        Neither `trainer` nor `params` and `lr` are given.
    ValueError
        As in `train_ch5`.

    Examples
    --------
    >>> d2l.train_ch3(net, train_iter, test_iter, gloss.SoftmaxCELoss(),
    ...               num_epochs=5, batch_size=256, params=[W, b],
    ...               lr=0.1)  # doctest: +SKIP
    epoch 1, loss 0.7893, train acc 0.745, test acc 0.806
    """
    batch_size = checks.positive_int(batch_size, 'batch_size')
    if trainer is None and (params is None or lr is None):
        raise TypeError('train_ch3 needs params and lr, which it gives to '
                        'd2l.sgd, or a trainer, but got none of them in '
                        'full: call train_ch3(..., params=[W, b], lr=0.1) '
                        'or train_ch3(..., trainer=trainer)')

    def update(n):
        if trainer is None:
            sgd(params, lr, batch_size)
        else:
            trainer.step(batch_size)

    _train(net, train_iter, test_iter, loss, update, [mx.cpu()], num_epochs)


@editions.explain_train_ch5
def train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx,
              num_epochs):
    """Train a classifier and print how it does, epoch by epoch.

    Softmax cross-entropy, summed over a batch; `trainer.step(batch_size)`
    after every batch. The environment variable `D2L_MAX_BATCHES` limits the
    batches of an epoch, in training and in evaluation: a rehearsal, whose
    figures mean nothing.

    Parameters
    ----------
    net : Block
        Maps `X` to scores, shape (batch, classes).
    train_iter, test_iter : iterable
        Yield `(X, y)`: examples and their labels, shape (batch,).
    batch_size : int
        What the gradients are divided by.
    trainer : gluon.Trainer
        Updates the parameters of `net`.
    ctx : Context
        The device; `net` is initialised on it.
    num_epochs : int
        Passes through `train_iter`.

    Raises
    ------
    TypeError
        `ctx` is no device, or the arguments are those of another edition.
    ValueError
        `batch_size` or `num_epochs` is not a positive integer, `net` is not
        initialised on `ctx`, a label is none of the outputs of `net`, or
        there are no batches.

    Examples
    --------
    >>> d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer,
    ...               ctx, num_epochs=5)  # doctest: +SKIP
    training on cpu(0)
    epoch 1, loss 2.3185, train acc 0.101, test acc 0.100, time 5.2 sec
    """
    batch_size = checks.positive_int(batch_size, 'batch_size')
    _train(net, train_iter, test_iter, gloss.SoftmaxCrossEntropyLoss(),
           lambda n: trainer.step(batch_size), [checks.context(ctx)],
           num_epochs, training_on=ctx)


def train(train_iter, test_iter, net, loss, trainer, ctx, num_epochs):
    """Train on one or several devices and print how it does.

    Prints as `train_ch5` does. A batch is split among the devices, and
    `trainer.step` is given the number of its examples. The environment
    variable `D2L_MAX_BATCHES` makes it a rehearsal, as there.

    Parameters
    ----------
    train_iter, test_iter : iterable
        Yield `(X, y)`: examples and their labels, shape (batch,); shape
        (batch, height, width) where every pixel has one. Labels are given
        to `loss` in the dtype of the scores.
    net : Block
        Maps `X` to scores, shape (batch, classes), or (batch, classes,
        height, width).
    loss : Block or function
        Losses of scores and labels.
    trainer : gluon.Trainer
        Updates the parameters of `net`.
    ctx : Context or list of Context
        The devices; `net` is initialised on all of them.
    num_epochs : int
        Passes through `train_iter`.

    Raises
    ------
    TypeError
        `ctx` is neither a device nor a list of devices.
    ValueError
        As in `train_ch5`.

    Examples
    --------
    >>> d2l.train(train_iter, test_iter, net, loss, trainer,
    ...           d2l.try_all_gpus(), num_epochs=5)  # doctest: +SKIP
    training on [gpu(0), gpu(1)]
    epoch 1, loss 0.8417, train acc 0.702, test acc 0.799, time 9.0 sec
    """
    _train(net, train_iter, test_iter, loss, trainer.step,
           checks.contexts(ctx), num_epochs, training_on=ctx,
           per_loss=True)


def _train(net, train_iter, test_iter, loss, update, ctxs, num_epochs,
           training_on=None, per_loss=False):
    """The loop of all three.

    Parameters
    ----------
    training_on : Context or list of Context, optional
        Printed before the first epoch; without it no seconds are printed
        either.
    per_loss : bool
        `train` says how large a loss is on average, the others how much of
        it there is for a label; they differ where one loss is the mean over
        many pixels. Only `train` casts the labels.
    """
    num_epochs = checks.positive_int(num_epochs, 'num_epochs')
    checks.parameters(net, ctxs)
    epochs.announce_rehearsal()
    if training_on is not None:
        print('training on', training_on)
    # this loss would silently clip what others may have a use for
    label_axis = None
    if isinstance(loss, gloss.SoftmaxCrossEntropyLoss) and loss._sparse_label:
        label_axis = loss._axis
    if per_loss:
        def batch_loss(y_hat, y):
            return loss(y_hat, y.astype(y_hat.dtype))
    else:
        batch_loss = loss
    graph = Graph(net)
    for epoch in range(num_epochs):
        start = time.time()
        totals = epochs.train_epoch(graph, train_iter, batch_loss, update,
                                    ctxs, label_axis)
        test_acc = epochs.accuracy(test_iter, graph, ctxs)
        n = totals.num_losses if per_loss else totals.num_labels
        line = ('epoch %d, loss %.4f, train acc %.3f, test acc %.3f'
                % (epoch + 1, totals.loss / n,
                   totals.correct / totals.num_labels, test_acc))
        if training_on is not None:
            line += ', time %.1f sec' % (time.time() - start)
        print(line)
