"""Files and pickles: MXNet writes arrays of ours from copies on the CPU."""
from ..arrays import VOID_P, any_ours, arrays, is_ours, numbers
from ..copies import to_host
from ..library import answer, as_int


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
    copy = to_host(real, arrays[handle.value].data)
    try:
        return real.MXNDArraySaveRawBytes(copy, size, out)
    finally:
        real.MXNDArrayFree(copy)
