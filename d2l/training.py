"""The edition's training loop for image classification."""
import collections
import itertools
import os
import sys
import time

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import loss as gloss

from . import checks
from .graph import Graph

# Batches that the host may prepare while the engine computes an earlier one.
# More would only hold memory.
_RUN_AHEAD = 4


def evaluate_accuracy(data_iter, net, ctx=[mx.cpu()]):
    """Share of the examples that `net` classifies correctly.

    Parameters
    ----------
    data_iter : iterable
        Yields `(X, y)`, or batches of `mxnet.io`: examples and their
        labels, shape (batch,).
    net : Block or function
        Maps `X` to scores, shape (batch, classes).
    ctx : Context or list of Context, optional
        The devices; a batch is split among several.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    TypeError
        `ctx` is something else.
    ValueError
        `net` is not initialised on `ctx`, or `data_iter` is empty.
    """
    ctxs = checks.contexts(ctx)
    checks.parameters(net, ctxs)
    _announce_rehearsal()
    return _accuracy(data_iter, Graph(net), ctxs)


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
        `ctx` is no device.
    ValueError
        `batch_size` or `num_epochs` is not a positive integer, `net` is not
        initialised on `ctx`, a label is none of the outputs of `net`, or
        there are no batches.
    """
    batch_size = checks.positive_int(batch_size, 'batch_size')
    num_epochs = checks.positive_int(num_epochs, 'num_epochs')
    ctxs = [checks.context(ctx)]
    checks.parameters(net, ctxs)
    _announce_rehearsal()
    print('training on', ctx)
    loss = gloss.SoftmaxCrossEntropyLoss()
    graph = Graph(net)
    for epoch in range(num_epochs):
        start = time.time()
        train_loss, train_acc = _train_epoch(
            graph, train_iter, loss, trainer, ctxs, batch_size)
        test_acc = _accuracy(test_iter, graph, ctxs)
        print('epoch %d, loss %.4f, train acc %.3f, test acc %.3f, '
              'time %.1f sec' % (epoch + 1, train_loss, train_acc, test_acc,
                                 time.time() - start))


def _train_epoch(net, train_iter, loss, trainer, ctxs, batch_size):
    """One pass; returns the mean loss and the accuracy in training.

    Both are summed on the devices, in float64 as the text's own loop does
    on the host, and read once, so that the host need not wait for a batch.
    """
    sums = _Sums(ctxs, 2)
    in_flight = collections.deque()
    n = 0
    for Xs, ys in _split_batches(train_iter, ctxs):
        with autograd.record():
            y_hats = [net(X) for X in Xs]
            for y_hat, y in zip(y_hats, ys):
                checks.labels(y, y_hat.shape[1])
            ls = [loss(y_hat, y.as_in_context(y_hat.context)).sum()
                  for y_hat, y in zip(y_hats, ys)]
        autograd.backward(ls)
        trainer.step(batch_size)
        for l, y_hat, y in zip(ls, y_hats, ys):
            sums.add(l, _num_correct(y_hat, y))
            n += len(y)
        in_flight.append(ls)
        if len(in_flight) > _RUN_AHEAD:
            for l in in_flight.popleft():
                l.wait_to_read()
    loss_sum, num_correct = sums.read()
    return loss_sum / n, num_correct / n


def _accuracy(data_iter, net, ctxs):
    """`evaluate_accuracy` without its checks."""
    sums = _Sums(ctxs, 1)
    in_flight = collections.deque()
    n = 0
    for Xs, ys in _split_batches(data_iter, ctxs):
        for X, y in zip(Xs, ys):
            num_correct = _num_correct(net(X), y)
            sums.add(num_correct)
            n += len(y)
            in_flight.append(num_correct)
        while len(in_flight) > _RUN_AHEAD * len(ctxs):
            in_flight.popleft().wait_to_read()
    return sums.read()[0] / n


def _num_correct(y_hat, y):
    y = y.as_in_context(y_hat.context).astype('float32')
    return (y_hat.argmax(axis=1) == y).sum()


class _Sums:
    """Sums of numbers that are still being computed, over several devices."""

    def __init__(self, ctxs, size):
        self.sums = {ctx: [nd.zeros((1,), ctx=ctx, dtype='float64')
                           for _ in range(size)] for ctx in ctxs}

    def add(self, *numbers):
        for total, number in zip(self.sums[numbers[0].context], numbers):
            total += number.astype('float64')

    def read(self):
        return [sum(float(part.asscalar()) for part in parts)
                for parts in zip(*self.sums.values())]


def _split_batches(data_iter, ctxs):
    """Batches as lists of `X` on their devices, and of `y` as it came."""
    n = 0
    for batch in itertools.islice(data_iter, _max_batches()):
        if isinstance(batch, mx.io.DataBatch):
            X, y = batch.data[0], batch.label[0]
        else:
            X, y = batch
        n += 1
        yield _split(X, y, ctxs)
    if n == 0:
        raise ValueError('there is nothing to compute on: the data iterator '
                         'gave no batch (an iterator that has been used up '
                         'must be made anew, or reset)')


def _split(X, y, ctxs):
    ctxs = ctxs[:len(X)]    # a short last batch may not be enough for all
    if len(ctxs) == 1:
        return [X.as_in_context(ctxs[0])], [y]
    return (gluon.utils.split_and_load(X, ctxs, even_split=False),
            gluon.utils.split_data(y, len(ctxs), even_split=False))


def _max_batches():
    """What D2L_MAX_BATCHES allows for an epoch; None if it is not set."""
    value = os.environ.get('D2L_MAX_BATCHES')
    if not value:
        return None
    if not value.isdigit() or int(value) < 1:
        raise ValueError('D2L_MAX_BATCHES must be a positive integer, or '
                         'unset for whole epochs, but is %r' % value)
    return int(value)


def _announce_rehearsal():
    limit = _max_batches()
    if limit:
        print('D2L_MAX_BATCHES=%d: only a rehearsal. An epoch ends after '
              '%d batches, so its figures say nothing about the net; unset '
              'the variable to train in full.' % (limit, limit),
              file=sys.stderr, flush=True)
