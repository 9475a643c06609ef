"""A step of any training loop, and an epoch of classification."""
import collections
import time

import numpy as np
from mxnet import autograd, nd

from .. import amp, gluon_internals
from ..compat import gpus, threads
from . import batches, failures, first_batch

# Batches that the host may prepare while the engine computes an earlier one:
# how many short ones, and how many others. More would only hold memory, and
# delay a change of the number of threads.
_RUN_AHEAD_SHORT, _RUN_AHEAD = 4, 1
# Reading a number from a GPU that PyTorch serves waits for all that the GPU
# has been given, and then it has nothing to do until the next batch comes.
_RUN_AHEAD_TORCH = 16
# Batches that take fewer seconds are waited for several at a time: each wait
# wakes Python's thread, which then takes a core from the engine's threads.
_SHORT = 0.05

Totals = collections.namedtuple(
    'Totals', 'loss num_losses correct num_labels num_examples')


def step(forward, update, *args, trainer=None):
    """Forward, backward and update: one batch of any of the loops.

    Parameters
    ----------
    forward : function
        `forward(*args)` returns a list of losses, one for each device, and
        whatever else the loop wants of this step.
    update : function
        `update()` changes the parameters by their gradients.
    trainer : gluon.Trainer, optional
        In mixed precision it may want the gradients of scaled losses.

    Returns
    -------
    tuple
        What `forward` returned.
    """
    with autograd.record():
        ls, *others = forward(*args)
        scaled = amp.scale_losses(ls, trainer)
    autograd.backward(scaled)
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
        Loss and correct labels of a batch are summed on the devices, and
        read when later batches are being computed, so that no device waits.
    """
    loss = num_losses = num_correct = num_labels = num_examples = 0
    label_axis = gluon_internals.label_axis(run.loss)

    def forward(Xs, ys, moved):
        checked = list(map(run.joint.find, Xs, moved))
        if all(checked):
            if label_axis is not None:
                for known, y in zip(checked, ys):
                    batches.require_labels_in_range(
                        y, known.scores_shape[label_axis])
            ls, corrects = zip(*map(run.joint, Xs, moved))
            return (list(ls), list(corrects),
                    sum(known.num_losses for known in checked))
        y_hats = [run.graph(X) for X in Xs]
        if num_examples == 0:
            first_batch.warn_of_channels_last(run.net, Xs[0])
        for y_hat, y in zip(y_hats, ys):    # a few microseconds
            first_batch.require_labels_of_shape(
                y, y_hat, 1 if label_axis is None else label_axis)
            if num_examples == 0 and label_axis is not None:
                first_batch.require_classes(y_hat, label_axis)
                first_batch.require_whole_numbers(y)
        if label_axis is not None:
            for y_hat, y in zip(y_hats, ys):
                batches.require_labels_in_range(y, y_hat.shape[label_axis])
        losses = [run.compute_loss(y_hat, y)
                  for y_hat, y in zip(y_hats, moved)]
        for args in zip(Xs, moved, y_hats, losses):
            run.joint.allow(*args)
        with autograd.pause():
            corrects = list(map(_sum_correct, y_hats, moved))
        return ([l.sum() for l in losses], corrects,
                sum(l.size for l in losses))

    def report(ls, corrects, size, num):
        nonlocal loss, num_correct
        l = _read_sum(ls)
        loss += l
        num_correct += _read_sum(corrects)
        watch(num, l, size)

    in_flight = _InFlight(report, run.ctxs)
    with failures.explain_errors(run.net) as batch:
        for n, Xs, ys in batches.split_batches(parts, run.ctxs):
            def update(n=n, idle_ctxs=run.ctxs[len(Xs):]):
                run.skip_gradients(idle_ctxs)
                run.update(n)

            if not Xs:      # the other workers have one each
                update()
                continue
            batch.X, batch.n = Xs[0], n
            # the host looks at the labels as well
            moved = [y.as_in_context(X.context) for X, y in zip(Xs, ys)]
            ls, corrects, size = step(forward, update, Xs, ys, moved,
                                      trainer=run.trainer)
            num_labels += sum(y.size for y in ys)
            num_losses += size
            num = sum(map(len, Xs))
            num_examples += num
            # a loss would keep what its graph holds in Python
            in_flight.add([l.detach() for l in ls], corrects, size, num)
        in_flight.finish()
        # MXNet moves BatchNorm's averages in backward, but reading them does
        # not wait for the backward of a static graph.
        nd.waitall()
    return Totals(loss, num_losses, num_correct, num_labels, num_examples)


def count_correct(graph, parts, ctxs, watch=None, has_classes=True):
    """How many labels the net predicts, and how many there are.

    Parameters
    ----------
    graph : Graph
    parts, watch
        As in `train_epoch`; `watch` is called with num_examples only.
    ctxs : list of Context
    has_classes : bool, optional
        Whether labels must be the numbers of classes, of which there are
        several.
    """
    num_correct = num_labels = 0

    def report(corrects):
        nonlocal num_correct
        num_correct += _read_sum(corrects)

    in_flight = _InFlight(report, ctxs)
    with failures.explain_errors(graph.net) as batch:
        for n, Xs, ys in batches.split_batches(parts, ctxs):
            threads.look()      # as autograd.record() does in training
            corrects = []
            for X, y in zip(Xs, ys):
                batch.X, batch.n = X, n
                y_hat = graph(X)
                first_batch.require_labels_of_shape(y, y_hat)
                if num_labels == 0 and has_classes:
                    first_batch.require_classes(y_hat)
                    first_batch.require_whole_numbers(y)
                corrects.append(_sum_correct(y_hat, y))
                num_labels += y.size
            if corrects:
                in_flight.add(corrects)
            if watch is not None:
                watch(sum(map(len, Xs)))
        in_flight.finish()
    return num_correct, num_labels


def _sum_correct(y_hat, y):
    label = y_hat.argmax(axis=1)
    correct = label == y.as_in_context(label.context).astype(label.dtype)
    if correct.dtype == np.float16:     # which counts no further than 2048
        correct = correct.astype('float32')
    return correct.sum()


def _read_sum(numbers):
    return sum(float(number.asscalar()) for number in numbers)


class _InFlight:
    """Reports of batches that are still being computed.

    Parameters
    ----------
    report : function
        Called with what was added, once it has been computed.
    ctxs : list of Context
    """

    def __init__(self, report, ctxs):
        self.report, self.added = report, collections.deque()
        self.run_ahead_short = (
            _RUN_AHEAD_TORCH if any(map(gpus.is_served_by_torch, ctxs))
            else _RUN_AHEAD_SHORT)
        self.is_short, self.reported_at = False, time.perf_counter()

    def add(self, arrays, *others):
        """Add a batch; `arrays` are its results on each device."""
        self.added.append((arrays, *others))
        if len(self.added) > (self.run_ahead_short if self.is_short
                              else _RUN_AHEAD):
            self._report(len(self.added) - 1 if self.is_short else 1)

    def finish(self):
        while self.added:
            self._report(1)

    def _report(self, n):
        for array in self.added[n - 1][0]:
            array.wait_to_read()
        for _ in range(n):
            self.report(*self.added.popleft())
        now = time.perf_counter()
        self.is_short = (now - self.reported_at) / n < _SHORT
        self.reported_at = now
