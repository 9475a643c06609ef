"""GPUs: the room d2l.gpu is asked for them when somebody first needs one."""
import contextlib
import functools
import importlib
import os
import sys

from .nvidia import has_kernels, installed_gpus
from .repairs import after

_GPU = 2        # MXNet's number for this type of device
_choice = None
_importing = 0  # modules of MXNet that are being executed just now


def serve():
    """What serves gpu(i) in this process; PyTorch is imported if it does.

    Returns
    -------
    d2l.gpu.choice.Choice
    """
    global _choice
    if _choice is None:
        _choice = _load('choice').serve(_why_not_mxnet())
    return _choice


@contextlib.contextmanager
def importing():
    """While a module of MXNet is executed, nobody asks for a GPU.

    MXNet itself writes gpu(0) in default arguments.
    """
    global _importing
    _importing += 1
    try:
        yield
    finally:
        _importing -= 1


def _load(module):
    """A module of d2l.gpu, without running d2l/__init__.py.

    It lies beside this package, whoever the first `d2l` on the path is.
    """
    if 'd2l.gpu' not in sys.modules:
        folder = os.path.join(os.path.dirname(os.path.dirname(
            os.path.abspath(__file__))), 'gpu')
        spec = importlib.util.spec_from_file_location(
            'd2l.gpu', os.path.join(folder, '__init__.py'),
            submodule_search_locations=[folder])
        room = importlib.util.module_from_spec(spec)
        sys.modules['d2l.gpu'] = room
        spec.loader.exec_module(room)
    return importlib.import_module('d2l.gpu.' + module)


def _why_not_mxnet():
    """Why MXNet's CUDA build does not serve gpu(i); None if it does."""
    import mxnet
    if not mxnet.runtime.Features().is_enabled('CUDA'):
        return "MXNet's CPU build is installed"
    for gpu in installed_gpus():
        if not has_kernels(gpu):
            return ('MXNet 1.9.1 has no kernels for the %s (compute '
                    'capability %d.%d)' % (gpu.name, *gpu.capability))
    return None


@after('mxnet.context')
def ask_for_gpus(module):
    """MXNet 1.9.1 has no kernels for GPUs newer than 2022, or of AMD."""
    Context, num_gpus = module.Context, module.num_gpus
    initialize = Context.__init__

    @functools.wraps(initialize)
    def initialize_and_ask(self, device_type, device_id=0):
        initialize(self, device_type, device_id)
        if self.device_typeid == _GPU and _choice is None and not _importing:
            serve()

    @functools.wraps(num_gpus)
    def ask_and_count():
        return num_gpus() if serve().engine else 0

    Context.__init__, module.num_gpus = initialize_and_ask, ask_and_count
