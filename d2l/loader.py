"""Batches, made in this process."""
import copy

import numpy as np
from mxnet import gluon, nd

from . import checks
from .compat import gpus
from .training.parts import part_bounds

# Small batches are made several at a time, up to so many bytes: an operator
# takes about as long to call as to compute one of them.
_AT_ONCE = 8 * 2 ** 20
# The thread that asks for a batch allocates it if it has more bytes than this.
# MXNet's own thread would allocate in one of the C library's heaps of 64 MB
# for threads, which may return the memory to the system with every batch;
# that halves the speed. Smaller batches are faster that way.
_LARGE = 16 * 2 ** 20


class ImageLoader:
    """Iterates over batches as gluon's DataLoader with `ToTensor` does.

    The batches are the same to the last bit, and in the same order for the
    same `numpy.random.seed`. MXNet's batched image operators make each at
    once, which is faster than worker processes.

    Parameters
    ----------
    images : NDArray
        uint8, shape (n, height, width, channels).
    labels : numpy.ndarray
        Shape (n,).
    batch_size : int
        Examples in a batch; the last one may be shorter.
    shuffle : bool
        Whether each pass goes through the examples in a new random order.
    resize : int or pair of int, optional
        Height and width that the images are resized to, or (width, height)
        as in gluon's `Resize`; not at all with None, False or 0.

    Yields
    ------
    X : NDArray
        float32 in [0, 1], shape (batch, channels, height, width).
    y : NDArray
        Shape (batch,), of the dtype of `labels`.
    """

    def __init__(self, images, labels, batch_size, shuffle, resize=None):
        self.images, self.labels = images, labels
        self.batch_size, self.resize = batch_size, _as_size(resize)
        sampler = (gluon.data.RandomSampler if shuffle
                   else gluon.data.SequentialSampler)
        self.sampler = sampler(len(labels))
        self._on_devices = {}

    def __len__(self):
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self):
        for _, batch in self.iterate_parts(0, 1):
            yield batch

    def on_device(self, ctx):
        """The same batches, `X` made on a GPU that PyTorch serves.

        The images are copied there once, as bytes; the bits of the batches
        are those that the CPU makes. `y` stays on the CPU.
        """
        if not gpus.is_served_by_torch(ctx):
            return self
        if ctx not in self._on_devices:
            moved = copy.copy(self)
            moved.images = self.images.as_in_context(ctx)
            self._on_devices[ctx] = moved
        return self._on_devices[ctx]

    def iterate_parts(self, rank, num_workers):
        """One worker's part of each batch.

        The parts of all workers make up the batches if `numpy.random` has
        the same state in each. It makes these parts alone, which is faster
        than cutting whole batches.

        Yields
        ------
        n : int
            Examples of the batch, of all workers together.
        part : tuple or None
            `X` and `y` of this worker's part, None where it has no example.
        """
        order = np.fromiter(self.sampler, np.int32, len(self.labels))
        sizes = [min(self.batch_size, len(order) - i)
                 for i in range(0, len(order), self.batch_size)]
        if num_workers > 1:
            order, bounds = self._cut(order, sizes, rank, num_workers)
        else:
            bounds = [*range(0, len(order), self.batch_size), len(order)]
        y = nd.array(self.labels[order], dtype=self.labels.dtype)
        order = nd.array(order, self.images.context, dtype=np.int32)
        at_once = self._count_at_once()
        for i in range(0, len(sizes), at_once):
            first, *stops = bounds[i:i + at_once + 1]
            if first < stops[-1]:
                X = self._make_images(order[first:stops[-1]])
            for n, start, stop in zip(sizes[i:], bounds[i:], stops):
                yield n, ((X[start - first:stop - first], y[start:stop])
                          if start < stop else None)

    def _cut(self, order, sizes, rank, num_workers):
        """The order of one worker's examples, and where each part begins."""
        own, bounds = [], [0]
        for i, n in enumerate(sizes):
            start, stop = part_bounds(n, rank, num_workers)
            i *= self.batch_size
            own.append(order[i + start:i + stop])
            bounds.append(bounds[-1] + stop - start)
        return np.concatenate(own), bounds

    def _make_images(self, order):
        X = nd.take(self.images, order)
        if self.resize:
            X = nd.image.resize(X, self.resize)
        n, height, width, channels = X.shape
        out = None
        if 4 * X.size > _LARGE and X.context.device_type == 'cpu':
            out = nd.empty((n, channels, height, width), X.context)
        return nd.image.to_tensor(X, out=out)

    def _count_at_once(self):
        """How many batches to make at once."""
        height, width, channels = self.images.shape[1:]
        if self.resize:
            width, height = self.resize
        batch = 4 * self.batch_size * height * width * channels     # float32
        return max(1, _AT_ONCE // batch)


def _as_size(resize):
    """`resize` as (width, height), or None."""
    if isinstance(resize, (list, tuple)):
        if len(resize) != 2:
            raise ValueError('resize must be a positive integer, or two of '
                             'them, (width, height), but is %r' % (resize,))
        return tuple(checks.require_positive_int(length, 'width and height '
                                                 'in resize')
                     for length in resize)
    if not resize:
        return None
    return (checks.require_positive_int(resize, 'resize'),) * 2


def shuffled_batches(batch_size, *arrays):
    """The batches of gluon's DataLoader over an ArrayDataset, shuffled.

    They are the same for the same `numpy.random.seed`, but taken out of the
    arrays a batch at a time.

    Parameters
    ----------
    batch_size : int
        Examples in a batch; the last one may be shorter.
    *arrays : NDArray
        Of the same length.

    Yields
    ------
    list of NDArray
        A batch of each array.
    """
    n = len(arrays[0])
    order = np.fromiter(gluon.data.RandomSampler(n), np.int32, n)
    for i in range(0, n, batch_size):
        j = order[i:i + batch_size]
        yield [array.take(nd.array(j, ctx=array.context, dtype=np.int32))
               for array in arrays]
