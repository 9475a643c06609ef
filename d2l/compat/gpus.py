"""GPUs: the room d2l.gpu is asked for them when somebody first needs one."""
import contextlib
import functools
import importlib.util
import os
import sys
import threading
from importlib import _bootstrap

from .nvidia import (
    driver_cuda_version,
    has_kernels,
    installed_gpus,
    visible_gpus,
)
from .repairs import after

AMD_DRIVER = '/dev/kfd'     # a device file, on machines with AMD GPUs
_GPU = 2        # MXNet's number for this type of device
_choice = None
_choosing = threading.RLock()
# modules of MXNet that this thread is executing just now, in its .count
_importing = threading.local()


def serve():
    """What serves gpu(i) in this process; PyTorch is imported if it does.

    Returns
    -------
    d2l.gpu.choice.Choice
    """
    global _choice
    with _choosing:     # several threads may ask first
        if _choice is None:
            _choice = _choose()
    return _choice


def is_served_by_torch(ctx):
    """Whether arrays on this device live in PyTorch; asks only of a GPU."""
    return ctx.device_type == 'gpu' and serve().engine == 'torch'


def _choose():
    import mxnet
    cuda = mxnet.runtime.Features().is_enabled('CUDA')
    if _may_have_gpu() or os.environ.get('D2L_GPU'):
        return _load('choice').serve(
            _why_not_mxnet(cuda), cuda, driver_cuda_version())
    # PyTorch would take seconds to find none
    return _load('choice').Choice('mxnet' if cuda else None,
                                  'this machine has no GPU: use mx.cpu()')


def _may_have_gpu():
    """Whether there is a GPU of NVIDIA's, or a driver of NVIDIA's or AMD's.

    Jetsons have a driver that does not tell their GPU.
    """
    return bool(installed_gpus() or driver_cuda_version()
                or os.path.exists(AMD_DRIVER))


@contextlib.contextmanager
def importing():
    """While a module of MXNet is executed, nobody asks for a GPU.

    MXNet itself writes gpu(0) in default arguments.
    """
    _importing.count = getattr(_importing, 'count', 0) + 1
    try:
        yield
    finally:
        _importing.count -= 1


def _load(module):
    """A module of d2l.gpu, without running d2l/__init__.py.

    The first `d2l` on the path may be another package; this one is beside us.
    """
    with _bootstrap._ModuleLockManager('d2l.gpu'):      # see d2l_mxnet.py
        if 'd2l.gpu' not in sys.modules:
            folder = os.path.join(os.path.dirname(os.path.dirname(
                os.path.abspath(__file__))), 'gpu')
            _bootstrap._load_unlocked(importlib.util.spec_from_file_location(
                'd2l.gpu', os.path.join(folder, '__init__.py'),
                submodule_search_locations=[folder]))
    return importlib.import_module('d2l.gpu.' + module)


def _why_not_mxnet(cuda):
    """Why MXNet's CUDA build does not serve gpu(i); None if it does."""
    for gpu in installed_gpus():
        if not has_kernels(gpu):
            return ('MXNet 1.9.1 has no kernels for compute capability '
                    '%d.%d' % gpu.capability)
    if not installed_gpus() and os.path.exists(AMD_DRIVER):
        return "MXNet 1.9.1 has no kernels for AMD's GPUs"
    if not cuda:
        return "MXNet's CPU build is installed"
    return None


@after('mxnet.context')
def ask_for_gpus(module):
    """MXNet 1.9.1 has no kernels for GPUs newer than 2022, or of AMD."""
    Context, num_gpus = module.Context, module.num_gpus
    initialize = Context.__init__

    @functools.wraps(initialize)
    def initialize_and_ask(self, device_type, device_id=0):
        initialize(self, device_type, device_id)
        if (self.device_typeid == _GPU and _choice is None
                and not getattr(_importing, 'count', 0)):
            serve()

    @functools.wraps(num_gpus)
    def ask_and_count():
        return num_gpus() if serve().engine else 0

    Context.__init__, module.num_gpus = initialize_and_ask, ask_and_count


# what MXNet's CPU build says where a GPU is named
_NO_GPU = ('GPU is not enabled', 'is not implemented for GPU',
           'to enable GPU usage', 'built with CUDA support')
# and its CUDA build, where there is none, or none of this number
_NONE_FOUND = 'requires at least 1 GPU', 'invalid device ordinal'


def _describe_visible_gpus():
    """Which GPUs MXNet's CUDA build finds."""
    count = len(visible_gpus())
    if not count:
        return ('CUDA finds none: check the output of `nvidia-smi` and the '
                'environment variable CUDA_VISIBLE_DEVICES')
    return 'there is only %s' % ', '.join(
        'gpu(%d)' % i for i in range(count))


@after('mxnet.base')
def explain_missing_gpus(module):
    """MXNet 1.9.1 says 'GPU is not enabled', and not what to do."""
    get_error = module.get_last_ffi_error

    @functools.wraps(get_error)
    def get_last_ffi_error():
        error = get_error()
        if any(text in str(error) for text in _NO_GPU):
            reason = serve().reason
        elif any(text in str(error) for text in _NONE_FOUND):
            reason = _describe_visible_gpus()
        else:
            return error
        return type(error)(
            'a GPU was asked for, but %s. d2l.try_gpu() returns a GPU if '
            'there is one that works, and else the CPU' % reason)

    module.get_last_ffi_error = get_last_ffi_error
