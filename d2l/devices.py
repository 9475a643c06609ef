"""The devices to compute on."""
import mxnet as mx
from mxnet import nd


def _gpu_works(ctx):
    """Whether a computation on `ctx` succeeds.

    Copying an array to a GPU runs no kernel; an addition does, and waiting
    for it shows whether it could run.
    """
    if not mx.runtime.Features().is_enabled('CUDA'):
        return False    # asked for a GPU, a CPU build prints lines of its own
    try:
        (nd.zeros((1,), ctx=ctx) + 1).wait_to_read()
    except mx.MXNetError:
        return False
    return True


def try_gpu():
    """The first GPU if computing on it works, else the CPU.

    Returns
    -------
    mxnet.Context
        `mx.gpu(0)` or `mx.cpu()`.

    Examples
    --------
    >>> ctx = d2l.try_gpu()
    >>> X = nd.zeros((2, 3), ctx=ctx)
    """
    return mx.gpu(0) if _gpu_works(mx.gpu(0)) else mx.cpu()


def try_all_gpus():
    """All GPUs that computing works on, else the CPU.

    Returns
    -------
    list of mxnet.Context
        Those of `mx.gpu(0)` ... `mx.gpu(15)` that work, else `[mx.cpu()]`.

    Examples
    --------
    >>> d2l.try_all_gpus()  # doctest: +SKIP
    [gpu(0), gpu(1)]
    """
    ctxs = [ctx for ctx in map(mx.gpu, range(16)) if _gpu_works(ctx)]
    return ctxs or [mx.cpu()]
