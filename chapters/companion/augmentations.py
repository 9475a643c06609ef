"""Random augmentations of a batch, different for each image.

The random numbers are MXNet's: `mx.random.seed` makes them repeatable.
"""
from mxnet import nd


def mirror(X):
    """Mirror each image left to right with probability 1/2.

    Parameters
    ----------
    X : NDArray
        Shape (batch, channels, height, width).

    Returns
    -------
    NDArray
        Of the same shape.

    Examples
    --------
    >>> mirror(nd.ones((2, 1, 28, 28))).shape
    (2, 1, 28, 28)
    """
    mirrored = nd.random.uniform(shape=(len(X), 1, 1, 1),
                                 ctx=X.context) < 0.5
    return nd.where(nd.broadcast_like(mirrored, X), X.flip(axis=3), X)


def crop(X, pad=1):
    """Shift each image at random, by up to `pad` pixels.

    Zeros move in: it is a random crop of the padded image.

    Parameters
    ----------
    X : NDArray
        Shape (batch, channels, height, width).
    pad : int, optional
        Pixels of the margin, on every side.

    Returns
    -------
    NDArray
        Of the same shape.

    Examples
    --------
    >>> crop(nd.ones((2, 1, 28, 28)), pad=4).shape
    (2, 1, 28, 28)
    """
    n, channels, height, width = X.shape
    shifts = nd.random.randint(-pad, pad + 1, shape=(2, n, 1), ctx=X.context)
    # Row i of a matrix picks the row i + shift of an image; where there is
    # none, it is all zeros.
    rows, cols = (
        nd.one_hot(shift.repeat(channels, axis=0)
                   + nd.arange(size, dtype='int32', ctx=X.context), size)
        for shift, size in zip(shifts, (height, width)))
    X = nd.batch_dot(rows, X.reshape((-1, height, width)))
    X = nd.batch_dot(X, cols, transpose_b=True)
    return X.reshape((n, channels, height, width))


def light(X, most=0.5):
    """Multiply each image by a random factor in [1 - most, 1 + most].

    Parameters
    ----------
    X : NDArray
        In [0, 1], shape (batch, channels, height, width).
    most : float, optional

    Returns
    -------
    NDArray
        In [0, 1], of the same shape.

    Examples
    --------
    >>> light(nd.ones((2, 1, 28, 28)), most=0).min().asscalar()
    1.0
    """
    factor = nd.random.uniform(1 - most, 1 + most, shape=(len(X), 1, 1, 1),
                               ctx=X.context)
    return nd.clip(X * factor, 0, 1)


def ten_views(X, pad=1):
    """Crop padded images at the middle and four corners, and mirror each.

    This is deterministic.

    Parameters
    ----------
    X : NDArray
        Shape (batch, channels, height, width).
    pad : int, optional
        Pixels of the margin, on every side.

    Returns
    -------
    list of NDArray
        Ten of the same shape. The first is `X`.

    Examples
    --------
    >>> len(ten_views(nd.ones((2, 1, 28, 28))))
    10
    """
    height, width = X.shape[2:]
    padded = nd.pad(X, mode='constant', pad_width=4 * (0,) + 4 * (pad,))
    far = 2 * pad
    views = [padded[:, :, top:top + height, left:left + width]
             for top, left in ((pad, pad), (0, 0), (0, far), (far, 0),
                               (far, far))]
    return views + [view.flip(axis=3) for view in views]


def mean_of_views(net):
    """A function like a net: its softmax is the mean of ten views'.

    Parameters
    ----------
    net : Block or function
        Maps images, shape (batch, channels, height, width), to scores.

    Returns
    -------
    function
        Maps images to scores, too.

    Examples
    --------
    >>> mean_of_views(nd.flatten)(nd.ones((2, 1, 28, 28))).shape
    (2, 784)
    """
    return lambda X: nd.log(sum(
        nd.softmax(net(view)) for view in ten_views(X)) / 10)
