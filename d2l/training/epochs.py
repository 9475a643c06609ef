"""A step of any training loop, and an epoch of classification."""
import collections

import numpy as np
from mxnet import autograd, nd

from .. import gluon_internals
from . import batches, failures

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


def train_epoch(run, parts, watch):
    """One pass through the training data.

    Parameters
    ----------
    run : Run
    parts : iterator
        As `parts.iterate_parts` yields them.
    watch : function
        `watch(num_examples, l, num_losses)` is called for each batch,
        some batches late so that the host need not wait; l is the sum of
        its losses.

    Returns
    -------
    Totals
        The loss and the number of correct labels are summed on the devices
        in float64 (the book's loop sums on the host) and read once, so that
        the host need not wait for a batch.
    """
    sums = _Sums(run.ctxs, 2)
    in_flight = collections.deque()
    num_losses = num_labels = num_examples = 0
    label_axis = gluon_internals.label_axis(run.loss)

    def forward(Xs, ys):
        y_hats = [run.graph(X) for X in Xs]
        if label_axis is not None:
            for y_hat, y in zip(y_hats, ys):
                batches.require_labels_in_range(y, y_hat.shape[label_axis])
        losses = [run.compute_loss(y_hat, y)
                  for y_hat, y in zip(y_hats, ys)]
        return [l.sum() for l in losses], y_hats, sum(l.size for l in losses)

    def report(ls, size, num):
        watch(num, sum(float(l.asscalar()) for l in ls), size)

    with failures.explain_lack_of_memory() as batch:
        for n, Xs, ys in batches.split_batches(parts, run.ctxs):
            def update(n=n, idle_ctxs=run.ctxs[len(Xs):]):
                run.skip_gradients(idle_ctxs)
                run.update(n)

            if not Xs:      # the other workers have one each
                update()
                continue
            batch.X, batch.n = Xs[0], n
            ls, y_hats, size = step(forward, update, Xs, ys)
            for l, y_hat, y in zip(ls, y_hats, ys):
                sums.add(l, _sum_correct(y_hat, y))
                num_labels += y.size
            num_losses += size
            num = sum(map(len, Xs))
            num_examples += num
            in_flight.append((ls, size, num))
            if len(in_flight) > _RUN_AHEAD:
                report(*in_flight.popleft())
        for last in in_flight:
            report(*last)
        loss_sum, num_correct = sums.read()
    return Totals(loss_sum, num_losses, num_correct, num_labels, num_examples)


def count_correct(graph, parts, ctxs, watch=None):
    """How many labels the net predicts, and how many there are.

    Parameters
    ----------
    graph : Graph
    parts, watch
        As in `train_epoch`; `watch` is called with num_examples only.
    ctxs : list of Context
    """
    sums = _Sums(ctxs, 1)
    in_flight = collections.deque()
    num_labels = 0
    with failures.explain_lack_of_memory() as batch:
        for n, Xs, ys in batches.split_batches(parts, ctxs):
            for X, y in zip(Xs, ys):
                batch.X, batch.n = X, n
                correct = _sum_correct(graph(X), y)
                sums.add(correct)
                num_labels += y.size
                in_flight.append(correct)
            while len(in_flight) > _RUN_AHEAD * len(ctxs):
                in_flight.popleft().wait_to_read()
            if watch is not None:
                watch(sum(map(len, Xs)))
        return sums.read()[0], num_labels


def _sum_correct(y_hat, y):
    label = y_hat.argmax(axis=1)
    correct = label == y.as_in_context(label.context).astype(label.dtype)
    if correct.dtype == np.float16:     # which counts no further than 2048
        correct = correct.astype('float32')
    return correct.sum()


class _Sums:
    """Sums of numbers that are still being computed, over several devices."""

    def __init__(self, ctxs, size):
        self.sums = {ctx: [nd.zeros((1,), ctx=ctx, dtype='float64')
                           for _ in range(size)] for ctx in ctxs}

    def add(self, *numbers):
        for total, number in zip(self.sums[numbers[0].context], numbers):
            total += number.astype('float64')

    def read(self):
        return [sum(float(total.asscalar()) for total in totals)
                for totals in zip(*self.sums.values())]
