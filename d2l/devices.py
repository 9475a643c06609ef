"""Devices: CPU and GPUs."""
import os
import platform
import re

import mxnet as mx
from mxnet import nd

from .checks import warn
from .compat import cuda, gpus, installing, nvidia

_warned = set()     # the reasons that this process has warned of


def _find_working_gpus(limit=None):
    """The GPUs that MXNet can compute on, of the first `limit` or of all.

    Warns why other GPUs do not work, once for each reason.
    """
    count, failures = _count_gpus()
    ctxs = []
    for i in range(count if limit is None else min(limit, count)):
        ctx = mx.gpu(i)
        failure = _test_gpu(ctx)
        if failure is None:
            ctxs.append(ctx)
        else:
            failures.append(failure)
    for gpu, reason in failures:
        if reason not in _warned:
            _warned.add(reason)
            name = f'A GPU ({gpu.name})' if gpu else 'A GPU'
            warn(f'{name} is not used: {reason}')
    return ctxs


def _count_gpus():
    """The number of GPUs that MXNet sees, and why it sees none.

    Returns the number and a list, which holds one pair of GPU (or None) and
    reason if the machine has GPUs but none is seen. Using a GPU that MXNet
    does not see would make it print messages.
    """
    choice = gpus.serve()
    try:
        count = mx.context.num_gpus()
    except mx.MXNetError as error:
        return 0, [(None, _explain_error(error, None))]
    if count or os.environ.get('CUDA_VISIBLE_DEVICES') in ('', '-1'):
        return count, []        # there are GPUs, or the user hides them
    installed = nvidia.installed_gpus()
    if (os.environ.get('D2L_GPU') == 'none'
            or not (installed or os.path.exists(gpus.AMD_DRIVER))):
        return 0, []
    usable = [gpu for gpu in installed if nvidia.has_kernels(gpu)]
    gpu = (usable or installed or [None])[0]
    if choice.engine is None:
        return 0, [(gpu, choice.reason + _offer_cuda_build(gpu))]
    if installed and not usable:
        return 0, [(gpu, choice.reason)]
    if (nvidia.driver_cuda_version() or (11, 0)) < (11, 0):
        return 0, [(gpu, _explain_old_driver())]    # MXNet counts no GPU then
    return 0, [(gpu, 'CUDA finds no GPU. Check the output of `nvidia-smi` '
                'and the environment variable CUDA_VISIBLE_DEVICES.')]


def _test_gpu(ctx):
    """None if a computation on `ctx` succeeds, else the GPU and the reason.

    The test is an addition: copying an array to a GPU runs no kernel, and
    whether a kernel can run shows only when it is waited for.
    """
    try:
        (nd.zeros((1,), ctx=ctx) + 1).wait_to_read()
    except mx.MXNetError as error:
        visible = nvidia.visible_gpus()
        gpu = (visible[ctx.device_id] if ctx.device_id < len(visible)
               else None)
        return gpu, _explain_error(error, gpu)
    return None


# -- the reasons why a GPU is not used, with the remedy
def _explain_no_kernels(gpu):
    """PyTorch serves, or MXNet's CUDA build for lack of something better."""
    if gpus.serve().engine == 'torch':
        import torch
        return ('PyTorch %s has kernels for %s only, not for its compute '
                'capability. Install a PyTorch that has them%s' % (
                    torch.__version__, ', '.join(torch.cuda.get_arch_list()),
                    _offer_cuda_build(gpu)))
    if gpu and not nvidia.has_kernels(gpu):
        return gpus.serve().reason
    return ('MXNet 1.9.1 has no kernels for its compute capability. PyTorch '
            'could serve it: pip uninstall mxnet-cu112; %s; pip '
            'install torch' % installing.CPU_BUILD)


def _offer_cuda_build(gpu):
    """The other way for a GPU that MXNet's CUDA build has kernels for."""
    if (gpu is None or not nvidia.has_kernels(gpu)
            or platform.machine() != 'x86_64'):
        return ''
    return (". Or replace MXNet's CPU build by its CUDA build: pip uninstall "
            'mxnet; then, ' + installing.CUDA_BUILD)


def _explain_old_driver():
    version = nvidia.driver_cuda_version()
    details = (': it supports CUDA %d.%d, but MXNet needs CUDA 11' % version
               if version else '')
    return (f'the NVIDIA driver is too old{details}. Install a driver of '
            'version 520 or newer.')


def _explain_error(error, gpu):
    """The reason that follows from the message of MXNet's error.

    The phrases below are CUDA's (cudaGetErrorString).
    """
    text = str(error)
    if 'no kernel image is available' in text:
        return _explain_no_kernels(gpu)
    if 'driver version is insufficient' in text:
        return _explain_old_driver()
    if 'out of memory' in text:
        return ('it is out of memory. `nvidia-smi` (of AMD: `rocm-smi`) lists '
                'the processes that use it; stop the ones you do not need, '
                'such as the kernels of other notebooks.')
    # drop MXNet's C++ traceback before 'MXNetError: Check failed: ...'
    text = re.sub(r'(?s)^Traceback.*\n(?=MXNetError: )', '', text).strip()
    others = ''
    if cuda.files_before():
        others = (' MXNet uses %s, which was loaded before it, as PyTorch '
                  'does: import mxnet before torch.' % ' and '.join(
                      cuda.files_before().values()))
    return (f'computing on it failed with {text!r}. Check the output of '
            f'`nvidia-smi`.{others}')


def try_gpu():
    """The first GPU if it works, else the CPU.

    If there is a GPU that MXNet cannot compute on, one warning says why and
    what to do.

    Returns
    -------
    mxnet.Context
        `mx.gpu(0)` or `mx.cpu()`.

    Examples
    --------
    >>> ctx = d2l.try_gpu()
    >>> X = nd.zeros((2, 3), ctx=ctx)
    """
    ctxs = _find_working_gpus(1)
    return ctxs[0] if ctxs else mx.cpu()


def try_all_gpus():
    """All GPUs that work, else the CPU.

    For the GPUs that MXNet cannot compute on, one warning for each reason
    says why and what to do.

    Returns
    -------
    list of mxnet.Context
        The working GPUs among `mx.gpu(0)`, `mx.gpu(1)`, ..., or
        `[mx.cpu()]` if there are none.

    Examples
    --------
    >>> d2l.try_all_gpus()  # doctest: +SKIP
    [gpu(0), gpu(1)]
    """
    ctxs = _find_working_gpus()
    return ctxs or [mx.cpu()]
