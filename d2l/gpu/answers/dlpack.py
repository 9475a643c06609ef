"""DLPack: arrays that share memory with other libraries."""
import ctypes

import torch.utils.dlpack
from mxnet.base import MXNetError

from ..arrays import Array, add
from ..errors import translated
from ..library import answer, answer_for_array
from ..state import devices

# DLPack's types and their bits: int, uint, float, bfloat16, bool
_DTYPES = {(0, 8), (0, 32), (0, 64), (1, 8), (2, 16), (2, 32), (2, 64),
           (4, 16), (6, 8)}
_GPUS = (2, 10)     # DLPack's device types: CUDA, ROCm
# Where others play the GPUs, address of a tensor of DLPack: the i of its
# gpu(i), and where its elements are. It may be freed without our knowing.
_exported = {}

_api = ctypes.pythonapi
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p,
                         ctypes.c_void_p)(('PyCapsule_New', _api))
_get = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object,
                         ctypes.c_char_p)(('PyCapsule_GetPointer', _api))
_rename = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object,
                            ctypes.c_char_p)(('PyCapsule_SetName', _api))
# a capsule keeps the address of its name
_NAME, _USED = ctypes.c_char_p(b'dltensor'), ctypes.c_char_p(b'used_dltensor')


class _Tensor(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('device_type', ctypes.c_int),
                ('device', ctypes.c_int), ('ndim', ctypes.c_int),
                ('kind', ctypes.c_uint8), ('bits', ctypes.c_uint8),
                ('lanes', ctypes.c_uint16),
                ('shape', ctypes.POINTER(ctypes.c_int64)),
                ('strides', ctypes.POINTER(ctypes.c_int64))]

    def check(self):
        """Refuse, as MXNet does, what its arrays cannot be.

        This must come before torch takes the tensor: it would be freed twice.
        """
        if (self.kind, self.bits) not in _DTYPES:
            raise MXNetError('from_dlpack: MXNet has no such dtype (DLPack '
                             'type %d of %d bits)' % (self.kind, self.bits))
        size = 1
        for i in reversed(range(self.ndim if self.strides else 0)):
            if self.shape[i] != 1 and self.strides[i] != size:
                raise MXNetError('from_dlpack: the elements must lie side by '
                                 'side in memory; tensor.contiguous() copies '
                                 'them so')
            size *= self.shape[i]


@answer_for_array('MXNDArrayToDLPack')
def export(array, out):
    capsule = torch.utils.dlpack.to_dlpack(array.data)
    address = _get(capsule, _NAME)
    _rename(capsule, _USED)     # the tensor is freed through the address
    if devices.count != devices.real:   # torch's device does not tell ours
        _exported[address] = array.device, array.data.data_ptr()
    out._obj.value = address


@answer('MXNDArrayFromDLPackEx')
@translated('from_dlpack')
def take(real, handle, transient, out):
    address = getattr(handle, 'value', None)    # None: NumPy's, by reference
    if address is None:
        return real.MXNDArrayFromDLPackEx(handle, transient, out)
    tensor = _Tensor.from_address(address)
    device, begin = _exported.pop(address, (None, None))
    if device is None or begin != tensor.data:
        device = tensor.device if tensor.device_type in _GPUS else None
    if device is None:
        return real.MXNDArrayFromDLPackEx(handle, transient, out)
    devices[device]     # an error if there is no such GPU
    tensor.check()
    data = torch.utils.dlpack.from_dlpack(_new(address, _NAME, None))
    out._obj.value = add(Array(data, device))
    return 0


@answer('MXNDArrayCallDLPackDeleter')
def delete(real, handle):
    _exported.pop(handle.value if hasattr(handle, 'value') else handle, None)
    return real.MXNDArrayCallDLPackDeleter(handle)
