"""Files and pickles: MXNet writes arrays of ours from copies on the CPU.

Arrays come back from files on the CPU, and from pickles (so from
copy.deepcopy, too) on their GPU, where there is one.
"""
import ctypes
import struct

from ..arrays import VOID_P, Array, add, any_ours, arrays, is_ours, numbers
from ..copies import host, to_host
from ..errors import translated
from ..library import answer, as_int
from ..state import devices
from .ndarrays import GPU

# What MXNet writes before an array's elements: one of these numbers, the
# storage type, the shape (its length, 64 bits for each dimension), the device
_MAGIC = (0xF993FAC9, 0xF993FACA)


@answer('MXNDArraySave')
def save(real, name, count, handles, keys):
    n = as_int(count)
    ids = numbers(handles, n)
    if not any_ours(ids):
        return real.MXNDArraySave(name, count, handles, keys)
    copies = [to_host(real, arrays[i].data) if is_ours(i) else None
              for i in ids]
    try:
        return real.MXNDArraySave(name, count, (VOID_P * n)(*[
            i if copy is None else copy.value
            for i, copy in zip(ids, copies)]), keys)
    finally:
        for copy in copies:
            if copy is not None:
                real.MXNDArrayFree(copy)


@answer('MXNDArraySaveRawBytes')
def save_bytes(real, handle, size, out):
    if not is_ours(handle):
        return real.MXNDArraySaveRawBytes(handle, size, out)
    array = arrays[handle.value]
    copy = to_host(real, array.data)
    try:
        code = real.MXNDArraySaveRawBytes(copy, size, out)
    finally:
        real.MXNDArrayFree(copy)
    if code == 0:
        place = struct.pack('=ii', GPU, array.device)
        begin = ctypes.addressof(out._obj.contents)
        ctypes.memmove(begin + 12 + 8 * array.data.dim(), place, len(place))
    return code


@answer('MXNDArrayLoadFromRawBytes')
@translated('an array from a pickle')
def load_bytes(real, buffer, size, out):
    code = real.MXNDArrayLoadFromRawBytes(buffer, size, out)
    if code:
        return code
    magic, _, ndim = struct.unpack_from('=Iii', buffer)
    if magic in _MAGIC:
        kind, device = struct.unpack_from('=ii', buffer, 12 + 8 * ndim)
        if kind == GPU and 0 <= device < devices.count:
            data = host(real, out._obj).to(devices[device], copy=True)
            real.MXNDArrayFree(out._obj)
            out._obj.value = add(Array(data, device))
    return code
