"""How fast this machine computes, moves numbers, and runs a layer."""
import time

from mxnet import init, nd
from mxnet.gluon import nn

import d2l

from . import costs


def arithmetic_peak(n=2048):
    """The most float32 operations per second that this machine reaches.

    Measured with matrix products and a convolution of many channels.

    Parameters
    ----------
    n : int, optional
        Rows and columns of the matrices; there are some of twice as many.

    Returns
    -------
    float

    Examples
    --------
    >>> arithmetic_peak(256) > 1e6
    True
    """
    reached = []
    for m in (n, 2 * n):
        a, b = (_random(m, m) for _ in range(2))
        reached.append(2 * m ** 3 / _seconds(lambda a=a, b=b, m=m: (
            nd.FullyConnected(a, b, num_hidden=m, no_bias=True))))
    images, channels = n // 32, n // 4
    X = _random(images, channels, 14, 14)
    W = _random(channels, channels, 3, 3)
    reached.append(2 * X.size * W[0].size / _seconds(
        lambda: nd.Convolution(X, W, kernel=(3, 3), pad=(1, 1),
                               num_filter=channels, no_bias=True)))
    return max(reached)


def read_bandwidth(n=8192):
    """Bytes that a product of a matrix and a vector reads in a second.

    Parameters
    ----------
    n : int, optional
        Rows and columns: the matrix has to be larger than the caches.

    Returns
    -------
    float

    Examples
    --------
    >>> read_bandwidth(256) > 1e6
    True
    """
    x, W = _random(1, n), _random(n, n)
    return 4 * W.size / _seconds(lambda: nd.FullyConnected(
        x, W, num_hidden=n, no_bias=True))


def write_bandwidth(n=2 ** 26):
    """Bytes moved per second when two vectors are added.

    A third of these bytes are written.

    Parameters
    ----------
    n : int, optional
        Numbers in a vector: far more than the caches hold.

    Returns
    -------
    float

    Examples
    --------
    >>> write_bandwidth(2 ** 16) > 1e6
    True
    """
    a, b, c = _random(n), _random(n), _random(n)
    return 3 * 4 * n / _seconds(lambda: nd.elemwise_add(a, b, out=c))


def layer_speeds(net, shape, batch_size):
    """What each layer reaches, alone, in a forward pass.

    Parameters
    ----------
    net : Sequential
        Initialised anew here.
    shape : tuple of int
        Of one image: (channels, height, width).
    batch_size : int

    Returns
    -------
    dict of list of float
        By name of a layer: operations for each byte moved, operations in a
        second, seconds. Layers that compute nothing here are left out.

    Examples
    --------
    >>> net = nn.Sequential()
    >>> net.add(nn.Dense(10), nn.Dropout(0.5))
    >>> list(layer_speeds(net, (1, 28, 28), 8))
    ['dense0']
    """
    ctx = d2l.try_gpu()
    net.initialize(init.Xavier(), ctx=ctx, force_reinit=True)
    X = _random(batch_size, *shape)
    found = {}
    for layer, cost in zip(net, costs.layers(net, shape)):
        # compiled, as in training
        graph = nn.HybridSequential(prefix='')
        graph.add(layer)
        graph.hybridize(static_alloc=True, static_shape=True)
        if cost.operations:
            seconds = _seconds(lambda graph=graph, X=X: graph(X))
            found[cost.name] = [cost.intensity(batch_size), batch_size
                                * cost.operations / seconds, seconds]
        X = graph(X)
    return found


def _random(*shape):
    return nd.random.uniform(shape=shape, ctx=d2l.try_gpu())


def _seconds(compute, repeats=7):
    """The shortest of some runs, after one that does not count."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        compute()
        nd.waitall()
        times.append(time.perf_counter() - start)
    return min(times[1:])
