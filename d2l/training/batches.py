"""Batches: onto the devices, and fewer of them in a rehearsal."""
import itertools
import os
import sys

from mxnet import gluon

from . import first_batch, interrupts


def split_batches(parts, ctxs):
    """Split each part across the devices.

    Stops between two batches at an interrupt, and after D2L_MAX_BATCHES.

    Parameters
    ----------
    parts : iterator
        As `parts.iterate_parts` yields them.
    ctxs : list of Context

    Yields
    ------
    n : int
        Examples of the batch, of all workers together.
    Xs, ys : list of NDArray
        The part of `X` on each device, and its part of `y`, not moved.
        Shorter than `ctxs` for a small batch; empty if this worker has no
        example.

    Raises
    ------
    TypeError, ValueError
        There is no batch, or the first one is not of NDArrays.
    """
    is_empty = True
    interrupts.check()
    for n, part in itertools.islice(parts, max_batches()):
        if is_empty and part is not None:
            first_batch.require_arrays(*part)
        is_empty = False
        yield (n, [], []) if part is None else (n, *_split(*part, ctxs))
        interrupts.check()
    if is_empty:
        raise ValueError('there is nothing to compute on: the data iterator '
                         'gave no batch (an iterator that has been used up '
                         'must be made anew, or reset)')


def _split(X, y, ctxs):
    ctxs = ctxs[:len(X)]    # a short last batch may not be enough for all
    if len(ctxs) == 1:
        return [X.as_in_context(ctxs[0])], [y]
    return (gluon.utils.split_and_load(X, ctxs, even_split=False),
            gluon.utils.split_data(y, len(ctxs), even_split=False))


def require_labels_in_range(y, num_outputs):
    """Raises ValueError if a label is out of range.

    The loss would clip it silently.
    """
    y = y.asnumpy()
    low, high = y.min(), y.max()
    if not 0 <= low <= high < num_outputs:
        raise ValueError(
            'labels must lie in 0 to %d, because net has %d outputs, but a '
            'batch has labels from %g to %g: give the last layer of net as '
            'many outputs as there are classes, or number the classes from 0'
            % (num_outputs - 1, num_outputs, low, high))


def count_batches(data_iter):
    """Batches of an epoch; None for an iterator that does not know."""
    limit = max_batches()
    try:
        total = len(data_iter)
    except TypeError:
        return limit
    return total if limit is None else min(total, limit)


# -- rehearsals
def max_batches():
    """Batches of an epoch by D2L_MAX_BATCHES; None where it is not set."""
    value = os.environ.get('D2L_MAX_BATCHES')
    if not value:
        return None
    # no epoch has 10^18 batches; int() refuses thousands of digits
    if not (value.isascii() and value.isdecimal() and len(value) <= 18
            and int(value) >= 1):
        raise ValueError('D2L_MAX_BATCHES must be a positive integer of at '
                         'most 18 digits, or unset for whole epochs, but is '
                         '%.50r' % value)
    return int(value)


def announce_rehearsal():
    """Say on stderr that D2L_MAX_BATCHES is set, where it is."""
    limit = max_batches()
    if limit:
        print('D2L_MAX_BATCHES=%d: only a rehearsal. An epoch ends after '
              '%d batches, so its figures say nothing about the net; unset '
              'the variable to train in full.' % (limit, limit),
              file=sys.stderr, flush=True)
