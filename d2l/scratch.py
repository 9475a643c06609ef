"""Models, losses and training steps written from scratch."""
import random

from mxnet import nd

from . import checks


def data_iter(batch_size, features, labels):
    """Yield batches that cover a data set once, in random order.

    The order is drawn with Python's `random`.

    Parameters
    ----------
    batch_size : int
        Examples per batch; the last batch may be smaller.
    features, labels : NDArray
        Arrays of the same length.

    Yields
    ------
    X, y : NDArray
        The features and labels of a batch.

    Raises
    ------
    ValueError
        `features` and `labels` have different lengths.

    Examples
    --------
    >>> features, labels = nd.zeros((25, 2)), nd.zeros(25)
    >>> [len(y) for X, y in d2l.data_iter(10, features, labels)]
    [10, 10, 5]
    """
    batch_size = checks.require_positive_int(batch_size, 'batch_size')
    if len(features) != len(labels):
        raise ValueError('features and labels must have the same length, but '
                         'features has %d examples and labels has %d'
                         % (len(features), len(labels)))
    indices = list(range(len(features)))
    random.shuffle(indices)
    for i in range(0, len(features), batch_size):
        # nd.array's default, float32, has no odd numbers above 2^24
        j = nd.array(indices[i:i + batch_size], ctx=features.context,
                     dtype='int32')
        yield features.take(j), labels.take(j)


def linreg(X, w, b):
    """Apply the linear regression model, `Xw + b`.

    Parameters
    ----------
    X : NDArray
        Shape (batch, inputs).
    w : NDArray
        Shape (inputs, 1).
    b : NDArray
        Shape (1,).

    Returns
    -------
    NDArray
        Shape (batch, 1).

    Examples
    --------
    >>> d2l.linreg(nd.array([[1, 2]]), nd.array([[3], [4]]),
    ...            nd.array([5])).asnumpy()
    array([[16.]], dtype=float32)
    """
    return nd.dot(X, w) + b


def squared_loss(y_hat, y):
    """Compute half the squared error of each example.

    Parameters
    ----------
    y_hat : NDArray
    y : NDArray
        As many elements as `y_hat`, to whose shape it is reshaped.

    Returns
    -------
    NDArray
        The shape of `y_hat`.

    Examples
    --------
    >>> d2l.squared_loss(nd.array([[5], [1]]), nd.array([2, 1])).asnumpy()
    array([[4.5],
           [0. ]], dtype=float32)
    """
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def corr2d(X, K):
    """Compute the 2-D cross-correlation, without padding.

    Parameters
    ----------
    X : NDArray
        Shape (height, width).
    K : NDArray
        The kernel, shape (h, w), no larger than `X`.

    Returns
    -------
    NDArray
        Shape (height - h + 1, width - w + 1), on the device of `X`.

    Raises
    ------
    ValueError
        `X` or `K` is not a matrix, or `K` is larger than `X`.

    Examples
    --------
    >>> d2l.corr2d(nd.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
    ...            nd.array([[0, 1], [2, 3]])).asnumpy()
    array([[19., 25.],
           [37., 43.]], dtype=float32)
    """
    if len(X.shape) != 2 or len(K.shape) != 2 or any(
            k > x for k, x in zip(K.shape, X.shape)):
        raise ValueError(
            'corr2d expects a matrix X and a kernel K no larger than X, but '
            f'X has shape {X.shape} and K has shape {K.shape}')
    h, w = K.shape
    Y = nd.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1), ctx=X.context)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + h, j:j + w] * K).sum()
    return Y


def sgd(params, lr, batch_size):
    """Take a step of minibatch stochastic gradient descent, in place.

    Parameters
    ----------
    params : list of NDArray
        Parameters, whose gradients are sums over a batch.
    lr : float
        Learning rate.
    batch_size : int
        The number to divide the gradients by.

    Examples
    --------
    >>> w = nd.array([1.0])
    >>> w.attach_grad()
    >>> w.grad[:] = 4
    >>> d2l.sgd([w], lr=0.5, batch_size=2)
    >>> w.asscalar()
    0.0
    """
    for param in params:
        param[:] = param - lr * param.grad / batch_size


def grad_clipping(params, theta, ctx):
    """Scale gradients down, in place, if their joint norm exceeds theta.

    Parameters
    ----------
    params : list of NDArray
        Parameters with gradients.
    theta : float or None
        The largest norm allowed; None leaves the gradients unchanged.
    ctx : Context
        The device of `params`.

    Examples
    --------
    >>> w = nd.zeros(2)
    >>> w.attach_grad()
    >>> w.grad[:] = nd.array([30, 40])
    >>> d2l.grad_clipping([w], theta=5, ctx=mx.cpu())
    >>> w.grad.asnumpy().round(3)
    array([3., 4.], dtype=float32)
    """
    if theta is None:
        return
    norm = nd.zeros((1,), ctx=ctx)
    for param in params:
        norm += (param.grad ** 2).sum()
    # a Python float: NumPy 1 and 2 round the quotient below differently
    norm = float(norm.sqrt().asscalar())
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / norm
