"""Batches of images, made in this process."""
import numpy as np
from mxnet import gluon, nd


class ImageLoader:
    """Iterates over batches as gluon's DataLoader with `ToTensor` would.

    The same batches in the same order for the same `numpy.random.seed`, to
    the last bit, but made a batch at a time by MXNet's batched image
    operators: faster than worker processes, and without them.

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
    resize : int, optional
        Height and width that the images are resized to.

    Yields
    ------
    X : NDArray
        float32 in [0, 1], shape (batch, channels, height, width).
    y : NDArray
        Shape (batch,), of the dtype of `labels`.
    """

    def __init__(self, images, labels, batch_size, shuffle, resize=None):
        self.images, self.labels = images, labels
        self.batch_size, self.resize = batch_size, resize
        sampler = (gluon.data.RandomSampler if shuffle
                   else gluon.data.SequentialSampler)
        self.sampler = sampler(len(labels))

    def __len__(self):
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self):
        order = np.fromiter(self.sampler, np.int32, len(self.labels))
        for i in range(0, len(order), self.batch_size):
            batch = order[i:i + self.batch_size]
            X = nd.take(self.images, nd.array(batch, dtype=np.int32))
            if self.resize:
                X = nd.image.resize(X, self.resize)
            y = self.labels[batch]
            yield nd.image.to_tensor(X), nd.array(y, dtype=y.dtype)
