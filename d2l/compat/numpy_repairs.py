"""Repairs for what NumPy and SciPy have changed since MXNet 1.9.1.

`repairs` lists them, and explains how they are applied.
"""
import types

from .repairs import after, before
from .scalars import PlainStr, convert_one_element, keep_precision


@before('mxnet._ctypes.ndarray', 'mxnet._ctypes.symbol',
        'mxnet.symbol.symbol', 'mxnet.io.io')
def write_operator_parameters(module):
    """NumPy 2.0 prints (np.int64(3),) where NumPy 1 printed (3,).

    MXNet passes operator parameters to its C++ side as text. In the modules
    that write this text, `str` writes NumPy's scalars as plain numbers.
    """
    module.str = PlainStr


@after('mxnet.ndarray.ndarray')
def add_array_interface(module):
    """NumPy 1.24 fails on np.asarray(x) of an NDArray without __array__.

    NumPy would convert it as a nested sequence, which never ends: x[0] of a
    1-dimensional NDArray is 1-dimensional again.
    """
    import numpy

    def __array__(self, dtype=None, copy=None):
        # a copy whatever `copy` says: the data lies in MXNet's memory
        return numpy.asarray(self.asnumpy(), dtype=dtype)

    module.NDArray.__array__ = __array__


@after('mxnet.ndarray.utils', 'mxnet.ndarray.sparse')
def find_csr_matrix(module):
    """SciPy 1.8 deprecated scipy.sparse.csr, and 2.0 is to remove it.

    nd.array looks there whether what it is given is a sparse matrix.
    """
    sparse = module.spsp
    if sparse is not None:
        module.spsp = types.SimpleNamespace(
            csr=sparse, csr_matrix=sparse.csr_matrix,
            coo_matrix=sparse.coo_matrix)


@after('mxnet.ndarray.ndarray')
def convert_one_element_arrays(module):
    """NumPy 1.25 deprecated float(x) of one-element arrays, 2.4 removed it."""
    convert_one_element(module.NDArray)


@after('mxnet.ndarray.ndarray')
def keep_scalar_precision(module):
    """NumPy 2.0 computes 0.0 + x.asscalar() in float32 and prints the type."""
    keep_precision(module.NDArray)


@after('mxnet.recordio')
def pack_with_tobytes(module):
    """NumPy 2.3 removed ndarray.tostring(): recordio calls tobytes()."""
    for function in (module.pack, module.pack_img):
        code = function.__code__
        function.__code__ = code.replace(co_names=tuple(
            'tobytes' if name == 'tostring' else name
            for name in code.co_names))
