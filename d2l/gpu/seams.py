"""Put the seams in place: from then on gpu(i) is served by PyTorch."""
import gc
import os
import sys

import mxnet.base
import mxnet.gluon
import torch

from . import (  # noqa: F401
    answers,
    invoke,
    operators,
    packed,
    precision,
    reshape,
    stores,
)
from .library import Library
from .state import devices, state


def install(kind, count=None):
    """Let PyTorch serve gpu(0), gpu(1), ... of the MXNet of this process.

    Parameters
    ----------
    kind : str
        'cuda' (NVIDIA and ROCm), or 'cpu', which stands in for GPUs.
    count : int, optional
        By default as many as torch sees; else these play so many.
    """
    # SGD updates 4 weights by one call; 45 is the most for MXNet's LAMB
    os.environ.setdefault('MXNET_OPTIMIZER_AGGREGATION_SIZE', '45')
    devices.kind = kind
    devices.real = torch.cuda.device_count() if kind == 'cuda' else 0
    devices.count = devices.real if count is None else count
    real = mxnet.base._LIB
    if isinstance(real, Library):
        return
    library = Library(real)
    state.__init__()    # MXNet may know more than when it was made
    invoke.install(library)
    packed.install()
    reshape.install()
    stores.install()
    precision.install()
    # MXNet's modules have copies of the name
    for name, module in list(sys.modules.items()):
        if name.startswith('mxnet.') and getattr(module, '_LIB',
                                                 None) is real:
            module._LIB = library
    _forget_cached_ops()


def _forget_cached_ops():
    """Hybridized nets that ran before make their cached operators anew."""
    for block in gc.get_objects():
        # not isinstance(): some objects run code when asked for their class
        if issubclass(type(block), mxnet.gluon.HybridBlock):
            block._clear_cached_op()
