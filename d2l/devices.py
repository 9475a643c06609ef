"""Devices: CPU and GPUs."""
import os
import re
import warnings

import mxnet as mx
from mxnet import nd

from .compat import nvidia

_warned = set()     # the reasons that this process has been told


def _working(most=None):
    """The GPUs that computing works on, of the first `most` or of all.

    Warns, once of each reason, why others do not work.
    """
    count, failures = _count()
    ctxs = []
    for ctx in map(mx.gpu, range(count if most is None else min(most, count))):
        failure = _failure(ctx)
        if failure is None:
            ctxs.append(ctx)
        else:
            failures.append(failure)
    for gpu, reason in failures:
        if reason not in _warned:
            _warned.add(reason)
            warnings.warn(
                '%s is not used: %s' % (
                    'A GPU (%s)' % gpu.name if gpu else 'A GPU', reason),
                stacklevel=3)   # where the reader calls try_gpu
    return ctxs


def _count():
    """How many GPUs MXNet sees; if none, why not those that are here.

    Returns the number, and a list of at most one pair of GPU and reason.
    MXNet is not asked for a GPU that it does not see: it would print lines of
    its own.
    """
    cuda = mx.runtime.Features().is_enabled('CUDA')
    try:
        count = mx.context.num_gpus() if cuda else 0
    except mx.MXNetError as error:
        return 0, [(None, _reason(error, None))]
    if count or os.environ.get('CUDA_VISIBLE_DEVICES') in ('', '-1'):
        return count, []        # or hidden on purpose
    found = nvidia.installed()
    usable = [gpu for gpu in found if nvidia.has_kernels(gpu)]
    if not usable:
        return 0, [(gpu, _no_kernels(gpu)) for gpu in found[:1]]
    if not cuda:
        reason = (
            "MXNet's CPU build is installed. Replace it by the CUDA build: "
            'pip uninstall mxnet; pip install "d2l-gluon[cu112]" (on Python '
            '3.13 and newer also: pip install --no-deps mxnet-cu112==1.9.1).')
    elif (nvidia.driver_cuda_version() or (11, 0)) < (11, 0):
        reason = _old_driver()  # then MXNet counts no GPU
    else:
        reason = ('CUDA finds none that it may use. `nvidia-smi`, and the '
                  'variable CUDA_VISIBLE_DEVICES, may tell why.')
    return 0, [(usable[0], reason)]


def _failure(ctx):
    """None if a computation on `ctx` succeeds, else the GPU and the reason.

    Copying an array to a GPU runs no kernel; an addition does, and waiting
    for it shows whether it could run.
    """
    try:
        (nd.zeros((1,), ctx=ctx) + 1).wait_to_read()
    except mx.MXNetError as error:
        visible = nvidia.visible()
        gpu = (visible[ctx.device_id] if ctx.device_id < len(visible)
               else None)
        return gpu, _reason(error, gpu)
    return None


# -- why a GPU is not used, and what to do
def _no_kernels(gpu):
    return ('MXNet 1.9.1 has no kernels for %s. It can use GPUs of compute '
            'capability %d.%d to %d.%d.' % (
                ('compute capability %d.%d' % gpu.capability if gpu
                 else 'its compute capability',)
                + nvidia.CAPABILITIES[0] + nvidia.CAPABILITIES[1]))


def _old_driver():
    version = nvidia.driver_cuda_version()
    return ('the NVIDIA driver is too old%s. Install a driver of version 520 '
            'or newer.' % (
                ': it supports CUDA %d.%d, and MXNet needs CUDA 11' % version
                if version else ''))


def _reason(error, gpu):
    """The reason for MXNet's error; CUDA's texts (cudaGetErrorString)."""
    text = str(error)
    if 'no kernel image is available' in text:
        return _no_kernels(gpu)
    if 'driver version is insufficient' in text:
        return _old_driver()
    if 'out of memory' in text:
        return ('it is out of memory. `nvidia-smi` lists the processes that '
                'use it; end those that are not needed, such as the kernels '
                'of other notebooks.')
    # 'Traceback ... File "../src/storage/storage.cc", line 97
    #  MXNetError: Check failed: e == cudaSuccess: CUDA: ...'
    text = re.sub(r'(?s)^Traceback.*\n(?=MXNetError: )', '', text).strip()
    return ('computing on it failed with %r. `nvidia-smi` may tell why.'
            % text)


def try_gpu():
    """The first GPU if computing on it works, else the CPU.

    Where there is a GPU that computing does not work on, one warning says
    why, and what to do.

    Returns
    -------
    mxnet.Context
        `mx.gpu(0)` or `mx.cpu()`.

    Examples
    --------
    >>> ctx = d2l.try_gpu()
    >>> X = nd.zeros((2, 3), ctx=ctx)
    """
    ctxs = _working(1)
    return ctxs[0] if ctxs else mx.cpu()


def try_all_gpus():
    """All GPUs that computing works on, else the CPU.

    Of those that it does not work on, one warning for each reason says why,
    and what to do.

    Returns
    -------
    list of mxnet.Context
        Those of `mx.gpu(0)`, `mx.gpu(1)`, ... that work, else `[mx.cpu()]`.

    Examples
    --------
    >>> d2l.try_all_gpus()  # doctest: +SKIP
    [gpu(0), gpu(1)]
    """
    ctxs = _working()
    return ctxs or [mx.cpu()]
