"""Arrays: made, described, viewed, copied from and to NumPy, freed."""
import ctypes
import math

from mxnet.base import MXNetError

from .. import arrays
from ..arrays import Array, add, empty, host_tensor
from ..compute import view
from ..copies import SPARSE, upload
from ..library import answer, answer_for_array, as_int, point
from ..shapes import find_shape
from ..state import DTYPES, FLAGS, devices, state

GPU = 2     # MXNet's device types: 1 cpu, 2 gpu, 3 cpu_pinned, 5 cpu_shared


def _answer_create(name):
    @answer(name)
    def create(real, shape, ndim, dev_type, dev_id, delay, dtype, out):
        if dev_type.value != GPU:
            return getattr(real, name)(shape, ndim, dev_type, dev_id, delay,
                                       dtype, out)
        if dtype.value not in DTYPES:
            raise MXNetError('an array of dtype number %d cannot be on a GPU'
                             % dtype.value)
        out._obj.value = add(empty(tuple(shape[:ndim.value]),
                                   DTYPES[dtype.value], dev_id.value))
        return 0


def _refuse_sparse(name):
    @answer(name)
    def create_sparse(real, stype, shape, ndim, dev_type, *args):
        if dev_type.value == GPU:
            raise MXNetError(SPARSE)
        return getattr(real, name)(stype, shape, ndim, dev_type, *args)


_answer_create('MXNDArrayCreateEx')
_answer_create('MXNDArrayCreateEx64')
_refuse_sparse('MXNDArrayCreateSparseEx')
_refuse_sparse('MXNDArrayCreateSparseEx64')


@answer('MXNDArrayFree')
def free(real, handle, first=arrays.FIRST, table=arrays.arrays):
    # when Python ends, the module's names may be gone before the last array
    number = handle.value if handle is not None else None
    if number is None or number < first:
        return real.MXNDArrayFree(handle)
    table.pop(number, None)
    return 0


# -- what they are
@answer_for_array('MXNDArrayGetShapeEx')
def write_shape(array, ndim, out):
    if array.c_shape is None:
        shape = array.data.shape
        array.c_shape = (ctypes.c_int * max(1, len(shape)))(*shape)
    ndim._obj.value = array.data.dim()
    point(out, array.c_shape)


@answer_for_array('MXNDArrayGetDType')
def write_dtype(array, out):
    out._obj.value = FLAGS[array.data.dtype]


@answer_for_array('MXNDArrayGetContext')
def write_context(array, dev_type, dev_id):
    dev_type._obj.value, dev_id._obj.value = GPU, array.device


@answer_for_array('MXNDArrayGetStorageType')
def write_storage_type(array, out):
    out._obj.value = 0      # dense


# -- values
@answer_for_array('MXNDArraySyncCopyFromCPU')
def copy_from_numpy(array, address, size):
    data = array.data
    if data.numel() != size.value:
        raise MXNetError('%d elements were given for an array of %d'
                         % (size.value, data.numel()))
    upload(data, host_tensor(address.value, data.shape, data.dtype))


@answer_for_array('MXNDArraySyncCopyToCPU')
def copy_to_numpy(array, address, size):
    host_tensor(address.value, array.data.shape,
                array.data.dtype).copy_(array.data)


@answer_for_array('MXNDArrayWaitToRead', 'MXNDArrayWaitToWrite')
def wait(array):
    devices.synchronize(array.device)


@answer('MXNDArrayWaitAll')
def wait_for_all(real):
    devices.synchronize()
    return real.MXNDArrayWaitAll()


# -- views, which share memory
@answer_for_array('MXNDArraySlice', 'MXNDArraySlice64')
def take_slice(array, begin, end, out):
    begin, end = as_int(begin), as_int(end)
    if begin > end:
        raise MXNetError('Invalid slicing range [%d, %d)' % (begin, end))
    out._obj.value = add(view(array, lambda t: t[begin:end]))


@answer_for_array('MXNDArrayAt', 'MXNDArrayAt64')
def take_row(array, index, out):
    index = as_int(index)

    def row(t):
        found = t[index]
        return found if found.dim() or state.np_shape else found.reshape(1)
    out._obj.value = add(view(array, row))


@answer_for_array('MXNDArrayReshape64')
def reshape(array, ndim, dims, reverse, out):
    shape = find_shape(tuple(array.data.shape), tuple(dims[:as_int(ndim)]),
                       bool(reverse))
    size = math.prod(shape)
    if size > array.data.numel() or (state.np_shape
                                     and size != array.data.numel()):
        raise MXNetError('Cannot reshape array of size %d into shape %s'
                         % (array.data.numel(), shape))

    def reshaped(t):
        # as in MXNet, whose front end refuses them, small ones are cut off
        return (t if t.numel() == size else t.view(-1)[:size]).view(shape)
    out._obj.value = add(view(array, reshaped))


@answer_for_array('MXShallowCopyNDArray')
def share(array, out):
    out._obj.value = add(array.twin())


@answer_for_array('MXNDArrayDetach')
def detach(array, out):
    # integers lose the mark of a variable
    out._obj.value = add(Array(array.data.detach(), array.device))
