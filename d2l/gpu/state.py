"""What MXNet keeps for each thread, and which torch device a gpu(i) is."""
import contextlib
import ctypes
import threading

import mxnet.base
import torch
from mxnet import autograd, util
from mxnet.base import MXNetError, check_call

from .errors import translated

# MXNet's numbers of dtypes
DTYPES = {0: torch.float32, 1: torch.float64, 2: torch.float16,
          3: torch.uint8, 4: torch.int32, 5: torch.int8, 6: torch.int64,
          7: torch.bool, 12: torch.bfloat16}
FLAGS = {dtype: flag for flag, dtype in DTYPES.items()}
NAMES = {str(dtype).rpartition('.')[2]: dtype for dtype in FLAGS}


class State(threading.local):
    """What MXNet keeps for each thread.

    Python calls __init__ in each thread that uses it: a thread may have told
    MXNet to record before another one asked for a GPU.
    """

    device = 0          # of the operator that is being computed,
    outputs = None      # and the arrays that it shall write to
    kept = ()           # what a caller may still read through a pointer

    def __init__(self):
        self.recording = _ask('MXAutogradIsRecording')
        self.training = _ask('MXAutogradIsTraining')
        self.np_shape = _ask('MXIsNumpyShape')


def _ask(name):
    """What MXNet has been told in this thread."""
    value = ctypes.c_int()
    check_call(getattr(mxnet.base._LIB, name)(ctypes.byref(value)))
    return bool(value.value)


state = State()


def keep_np_scopes():
    """MXNet's settings of this thread, for the backward of a call.

    On CUDA torch runs backward in a thread of its own, where MXNet knows
    nothing of np.set_np(). As with MXNet, nothing is recorded there.

    Returns
    -------
    callable
        Makes a context manager, given the mode of backward: whether it is
        that of training.
    """
    shape, array = util.is_np_shape(), util.is_np_array()

    @contextlib.contextmanager
    def enter(train_mode):
        # MXNet refuses arrays of NumPy's kind without shapes of that kind
        scopes = [util.np_shape(shape), util.np_array(array)]
        outer, inner = scopes if shape else reversed(scopes)
        with outer, inner, autograd.pause(train_mode):
            yield
    return enter


class Devices:
    """The torch devices behind gpu(0), gpu(1), ...

    Attributes
    ----------
    kind : str
        'cuda' (NVIDIA and ROCm), or 'cpu', which stands in for GPUs in tests.
    count : int
    real : int
        How many torch finds; in tests these play more.
    used : set of int
        Those that an array has been on.
    """

    kind = 'cpu'
    count = real = 0

    def __init__(self):
        self.used = set()

    def __getitem__(self, index):
        """The torch.device of gpu(index)."""
        self.require(index)
        self.used.add(index)
        if self.kind == 'cpu':
            return torch.device('cpu')
        return torch.device(self.kind, index % self.real)

    def require(self, index):
        """Raise an error if there is no gpu(index)."""
        if not 0 <= index < self.count:
            raise MXNetError(
                'gpu(%d) was asked for, but there %s: %s. d2l.try_gpu() and '
                'd2l.try_all_gpus() return what is there' % (
                    index, 'is one GPU' if self.count == 1
                    else 'are %d GPUs' % self.count,
                    ', '.join('gpu(%d)' % i for i in range(self.count))
                    or 'use mx.cpu()'))

    @translated('waiting for the GPUs')
    def synchronize(self, *indices):
        """Wait until GPUs have computed what they were asked for.

        By default all that have been used: on others CUDA would take memory.
        The stream is waited for that computes: CUDA lets nobody wait for a
        GPU as a whole while another thread captures a net there.
        """
        if self.kind != 'cpu':
            for index in indices or tuple(self.used):
                torch.cuda.current_stream(self[index]).synchronize()


devices = Devices()
