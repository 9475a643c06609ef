"""How fast this machine computes, moves numbers, and runs a layer."""
import time

from mxnet import init, nd
from mxnet.gluon import nn

import d2l

from . import costs


def arithmetic_peak(n=2048):
    """Operations that a product of two matrices reaches in a second.

    Parameters
    ----------
    n : int, optional
        Rows and columns of the matrices, float32.

    Returns
    -------
    float

    Examples
    --------
    >>> arithmetic_peak(256) > 1e6
    True
    """
    a, b = (nd.random.uniform(shape=(n, n), ctx=d2l.try_gpu())
            for _ in range(2))
    return 2 * n ** 3 / _seconds(lambda: nd.FullyConnected(
        a, b, num_hidden=n, no_bias=True))


def bandwidth(n=2 ** 26):
    """Bytes that the sum of two long vectors moves in a second.

    Parameters
    ----------
    n : int, optional
        Numbers in a vector, float32; far more than the caches hold.

    Returns
    -------
    float

    Examples
    --------
    >>> bandwidth(2 ** 16) > 1e6
    True
    """
    a, b, c = (nd.ones(n, ctx=d2l.try_gpu()) for _ in range(3))
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
    X = nd.random.uniform(shape=(batch_size,) + shape, ctx=ctx)
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


def _seconds(compute, repeats=7):
    """The shortest of some runs, after one that does not count."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        compute()
        nd.waitall()
        times.append(time.perf_counter() - start)
    return min(times[1:])
