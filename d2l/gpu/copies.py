"""Copies between the CPU and GPUs."""
import ctypes

import torch
from mxnet.base import MXNetError, check_call

from . import arrays
from .arrays import VOID_P
from .compute import COPY, run
from .errors import translated
from .history import convert, is_cut, is_recorded
from .state import DTYPES, FLAGS, state

# Up to so many bytes, such as a batch of labels, are copied to a GPU through
# pinned memory, of which torch keeps what it has used.
_PINNED = 2 ** 20

SPARSE = ('sparse arrays cannot be on a GPU that PyTorch serves: make them on '
          "mx.cpu(), or make them dense, x.tostype('default')")


@translated('copyto')
def copy(library, source, target):
    """What `x.copyto(y)` and `x.as_in_context(ctx)` do: dtypes may differ.

    Parameters
    ----------
    library : Library
    source, target : NDArray
        At least one of them is ours.
    """
    if source.shape != target.shape:
        raise MXNetError('an array of shape %s cannot be copied to one '
                         'of shape %s' % (source.shape, target.shape))
    if not arrays.is_ours(source.handle):
        if state.recording and _is_recorded(library.real, source.handle):
            raise MXNetError(
                'gradients do not flow from a GPU back to the CPU: compute '
                'all of the recorded part on one device, or copy a constant, '
                'x.detach()')
        upload(arrays.get(target.handle).data,
               host(library.real, source.handle))
    elif arrays.is_ours(target.handle):
        source, target = map(arrays.get, (source.handle, target.handle))
        device, dtype = target.data.device, target.data.dtype
        run(lambda p, x: convert(x, dtype, device, copy=True),
            COPY, [source], [target], source.device)
    else:
        source = arrays.get(source.handle)
        node = source.recorded()
        if state.recording and (is_recorded(node) or is_cut(node)):
            raise MXNetError(
                'gradients do not flow from the CPU back to a GPU: compute '
                'the loss on the GPU, or copy a constant, x.detach()')
        _refuse_sparse(library.real, target.handle)
        dtype = DTYPES[_dtype(library.real, target.handle)]
        data = source.data.to(dtype).cpu().contiguous()
        check_call(library.real.MXNDArraySyncCopyFromCPU(
            target.handle, VOID_P(data.data_ptr()),
            ctypes.c_size_t(data.numel())))


def upload(target, source):
    """Fill a tensor on a GPU with one of the CPU, whose memory may change.

    The CPU does not wait for a GPU that is still computing: as it would if
    CUDA copied from memory that is not pinned.
    """
    size = source.numel() * target.element_size()
    if target.is_cuda and 0 < size <= _PINNED:
        # of its own: pin_memory() copies nothing that is pinned already
        pinned = torch.empty(source.shape, dtype=target.dtype, pin_memory=True)
        target.copy_(pinned.copy_(source), non_blocking=True)
    else:
        target.copy_(source)


def _is_recorded(real, handle):
    """Whether a CPU array belongs to a graph that has gradients."""
    symbol = VOID_P()
    if real.MXAutogradGetSymbol(handle, ctypes.byref(symbol)):
        return False
    real.NNSymbolFree(symbol)
    return True


def _refuse_sparse(real, handle):
    stype = ctypes.c_int()
    check_call(real.MXNDArrayGetStorageType(handle, ctypes.byref(stype)))
    if stype.value > 0:
        raise MXNetError(SPARSE)


def _dtype(real, handle):
    flag = ctypes.c_int()
    check_call(real.MXNDArrayGetDType(handle, ctypes.byref(flag)))
    return flag.value


@translated('a copy to a GPU')
def host(real, handle):
    """A tensor over the memory of an array of MXNet's own."""
    _refuse_sparse(real, handle)
    ndim, shape = ctypes.c_int(), ctypes.POINTER(ctypes.c_int)()
    check_call(real.MXNDArrayWaitToRead(handle))
    check_call(real.MXNDArrayGetShapeEx(handle, ctypes.byref(ndim),
                                        ctypes.byref(shape)))
    address = VOID_P()
    check_call(real.MXNDArrayGetData(handle, ctypes.byref(address)))
    return arrays.host_tensor(address.value, tuple(shape[:ndim.value]),
                              DTYPES[_dtype(real, handle)])


@translated('a copy from a GPU')
def to_host(real, data):
    """The handle of a new CPU array of MXNet's with a tensor's values."""
    data = data.detach().cpu().contiguous()
    if data.dtype == torch.bfloat16:
        data = data.float()     # MXNet's CPU code has few operators for it
    shape = (ctypes.c_int * data.dim())(*data.shape)
    handle = VOID_P()
    check_call(real.MXNDArrayCreateEx(
        shape, ctypes.c_uint(data.dim()), ctypes.c_int(1), ctypes.c_int(0),
        ctypes.c_int(0), ctypes.c_int(FLAGS[data.dtype]),
        ctypes.byref(handle)))
    check_call(real.MXNDArraySyncCopyFromCPU(
        handle, VOID_P(data.data_ptr()), ctypes.c_size_t(data.numel())))
    return handle
