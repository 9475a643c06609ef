"""What all training loops share: a step, and an epoch of classification."""
import collections
import contextlib
import functools
import itertools
import os
import sys
import types

import mxnet as mx
from mxnet import autograd, gluon, nd

from .. import checks
from . import interrupts

# Batches that the host may prepare while the engine computes an earlier one.
# More would only hold memory.
_RUN_AHEAD = 4

Totals = collections.namedtuple(
    'Totals', 'loss num_losses correct num_labels num_examples')


def step(forward, update, *args):
    """Forward, backward and update: one batch of any of the loops.

    Parameters
    ----------
    forward : function
        `forward(*args)` returns a list of losses, one for each device, and
        whatever else the loop wants of this step.
    update : function
        `update()` changes the parameters by their gradients.

    Returns
    -------
    tuple
        What `forward` returned.
    """
    with autograd.record():
        ls, *others = forward(*args)
    autograd.backward(ls)
    update()
    return (ls, *others)


def train_epoch(net, train_iter, loss, update, ctxs, label_axis, watch):
    """One pass through `train_iter`.

    Parameters
    ----------
    net : Graph
        Maps `X` to scores, shape (batch, classes, ...).
    loss : function
        Losses of scores and labels; their sum is what is made small.
    update : function
        `update(n)` changes the parameters, after a batch of n examples.
    label_axis : int or None
        The axis of the scores that the labels are indices of, if labels
        that are none of them are errors.
    watch : function
        `watch(num_examples, l, num_losses)` is told of each batch once its
        losses, whose sum is l, are computed; the host need not wait.

    Returns
    -------
    Totals
        The loss and the correct labels are summed on the devices, in
        float64 as the text's own loop does on the host, and read once, so
        that the host need not wait for a batch.
    """
    sums = _Sums(ctxs, 2)
    in_flight = collections.deque()
    num_losses = num_labels = num_examples = 0

    def forward(Xs, ys):
        y_hats = [net(X) for X in Xs]
        if label_axis is not None:
            for y_hat, y in zip(y_hats, ys):
                checks.labels(y, y_hat.shape[label_axis])
        losses = [loss(y_hat, y.as_in_context(y_hat.context))
                  for y_hat, y in zip(y_hats, ys)]
        return [l.sum() for l in losses], y_hats, sum(l.size for l in losses)

    def update_by(Xs):
        if len(Xs) < len(ctxs):
            _no_gradient(net.net, ctxs[len(Xs):])
        update(sum(map(len, Xs)))

    def computed(ls, size, n):
        watch(n, sum(float(l.asscalar()) for l in ls), size)

    with _memory_named() as batch:
        for Xs, ys in split_batches(train_iter, ctxs):
            if not Xs:      # the other workers have one each
                update_by(Xs)
                continue
            batch.X = Xs[0]
            ls, y_hats, size = step(
                forward, functools.partial(update_by, Xs), Xs, ys)
            for l, y_hat, y in zip(ls, y_hats, ys):
                sums.add(l, _num_correct(y_hat, y))
                num_labels += y.size
            num_losses += size
            num_examples += sum(map(len, Xs))
            in_flight.append((ls, size, sum(map(len, Xs))))
            if len(in_flight) > _RUN_AHEAD:
                computed(*in_flight.popleft())
        for last in in_flight:
            computed(*last)
        loss_sum, num_correct = sums.read()
    return Totals(loss_sum, num_losses, num_correct, num_labels, num_examples)


def num_correct(data_iter, net, ctxs, watch=None):
    """How many labels `net` gives, and of how many.

    `watch` as in `train_epoch`.
    """
    sums = _Sums(ctxs, 1)
    in_flight = collections.deque()
    n = 0
    with _memory_named() as batch:
        for Xs, ys in split_batches(data_iter, ctxs):
            for X, y in zip(Xs, ys):
                batch.X = X
                correct = _num_correct(net(X), y)
                sums.add(correct)
                n += y.size
                in_flight.append(correct)
            while len(in_flight) > _RUN_AHEAD * len(ctxs):
                in_flight.popleft().wait_to_read()
            if watch is not None:
                watch(sum(map(len, Xs)))
        return sums.read()[0], n


@contextlib.contextmanager
def _memory_named():
    """Says what to do about a lack of memory for the batch that it yields."""
    batch = types.SimpleNamespace(X=None)
    try:
        yield batch
    except mx.MXNetError as error:
        checks.out_of_memory(error, batch.X)
        raise


def _num_correct(y_hat, y):
    label = y_hat.argmax(axis=1)
    return (label == y.as_in_context(label.context).astype(label.dtype)).sum()


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


def split_batches(data_iter, ctxs):
    """Batches as lists of `X` on their devices, and of `y` as it came.

    Empty ones for a batch that is None.
    """
    n = 0
    interrupts.check()
    for batch in itertools.islice(data_iter, max_batches()):
        n += 1
        yield ([], []) if batch is None else _split(*examples(batch), ctxs)
        interrupts.check()
    if n == 0:
        raise ValueError('there is nothing to compute on: the data iterator '
                         'gave no batch (an iterator that has been used up '
                         'must be made anew, or reset)')


def examples(batch):
    """`X` and `y` of a batch of one of the kinds that loaders yield."""
    if isinstance(batch, mx.io.DataBatch):
        return batch.data[0], batch.label[0]
    X, y = batch
    return X, y


def _split(X, y, ctxs):
    ctxs = ctxs[:len(X)]    # a short last batch may not be enough for all
    if len(ctxs) == 1:
        return [X.as_in_context(ctxs[0])], [y]
    return (gluon.utils.split_and_load(X, ctxs, even_split=False),
            gluon.utils.split_data(y, len(ctxs), even_split=False))


def _no_gradient(net, ctxs):
    """Zero the gradients on devices that get no example of a batch.

    The trainer adds up those of all devices, and refuses old ones.
    """
    for param in net.collect_params().values():
        if param.grad_req == 'write':
            for ctx in ctxs:
                param.grad(ctx)[:] = 0
                param.data(ctx)._fresh_grad = True


def max_batches():
    """What D2L_MAX_BATCHES allows for an epoch; None if it is not set."""
    value = os.environ.get('D2L_MAX_BATCHES')
    if not value:
        return None
    if not value.isdigit() or int(value) < 1:
        raise ValueError('D2L_MAX_BATCHES must be a positive integer, or '
                         'unset for whole epochs, but is %r' % value)
    return int(value)


def announce_rehearsal():
    """Say on stderr that D2L_MAX_BATCHES is set, where it is."""
    limit = max_batches()
    if limit:
        print('D2L_MAX_BATCHES=%d: only a rehearsal. An epoch ends after '
              '%d batches, so its figures say nothing about the net; unset '
              'the variable to train in full.' % (limit, limit),
              file=sys.stderr, flush=True)
