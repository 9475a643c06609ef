"""NumPy, distutils and onnx as MXNet 1.9.1 knows them.

Each shim is a module that holds everything of the original and the names that
have been removed from it since. Only MXNet's modules see the shims (`hook`).
Patching the originals would break other packages: SciPy, pandas and
matplotlib check which names NumPy has.
"""
import functools
import re
import types


# -- NumPy
class _NumPy(types.ModuleType):
    """The shim for NumPy; it looks up names that it lacks in NumPy itself."""

    def __getattr__(self, name):
        import numpy
        return getattr(numpy, name)

    def __dir__(self):
        import numpy
        return sorted(set(dir(numpy)) | set(vars(self)))


@functools.lru_cache(maxsize=None)
def numpy_shim():
    """The shim for NumPy; every call returns the same object."""
    import numpy
    shim = _NumPy('numpy', numpy.__doc__)
    vars(shim).update(
        {name: value for name, value in vars(numpy).items()
         if name not in ('__getattr__', '__dir__')}, **_removed_names(numpy))
    return shim


def _removed_names(numpy):
    """The names that MXNet 1.9.1 uses and that NumPy has removed since."""
    names = dict(
        # 1.20: financial functions (mxnet/numpy/fallback.py)
        **{name: _removed_function(name)
           for name in ('mirr', 'npv', 'pmt', 'ppmt', 'pv', 'rate')},
        # 2.0: constants (mxnet/numpy/utils.py, gluon/contrib/estimator)
        PZERO=0.0, NZERO=-0.0, PINF=numpy.inf, NINF=-numpy.inf,
        NAN=numpy.nan, NaN=numpy.nan, Inf=numpy.inf,
        # 2.0: synonyms (mxnet/numpy_dispatch_protocol.py)
        sometrue=numpy.any, product=numpy.prod, cumproduct=numpy.cumprod,
        round_=numpy.around, row_stack=numpy.vstack,
        # 2.0: numpy.compat (pad in mxnet/ndarray/numpy, mxnet/symbol/numpy)
        compat=types.SimpleNamespace(basestring=str),
    )
    # vars() instead of hasattr(): NumPy 1.20-1.26 answers some of these names
    # through a module __getattr__ that warns
    names = {k: v for k, v in names.items() if k not in vars(numpy)}
    # The following are replaced even where NumPy still has them.
    # 1.25-2.4: deprecated, then removed. mxnet/numpy/fallback.py exports them
    # as mx.np.in1d and so on; users could not avoid NumPy's warning.
    names.update(alltrue=numpy.all, in1d=_in1d, msort=_msort,
                 trapz=getattr(numpy, 'trapezoid', None) or numpy.trapz)
    # 1.24: the aliases of Python's types. In NumPy 2.0 numpy.bool came back
    # as numpy.bool_, but MXNet tests `dtype is numpy.bool`.
    names.update(bool=bool, int=int, float=float, complex=complex,
                 object=object, str=str)
    return names


def _removed_function(name):
    """Replaces a function that MXNet lists and NumPy 1.20 removed."""
    def function(*args, **kwargs):
        raise RuntimeError(
            f'numpy.{name} was removed from NumPy 1.20 (NEP 32); use the '
            'package numpy_financial instead')
    function.__name__ = name
    return function


def _in1d(ar1, ar2, assume_unique=False, invert=False):
    import numpy
    return numpy.isin(numpy.asarray(ar1).ravel(), ar2,
                      assume_unique=assume_unique, invert=invert)


def _msort(a):
    import numpy
    return numpy.sort(a, axis=0)


# -- distutils
@functools.total_ordering
class LooseVersion:
    """A version that compares by its leading numbers: '2.0.0rc1' as 2.0."""

    def __init__(self, vstring):
        self.vstring = str(vstring)
        numbers = re.match(r'[\d.]*', self.vstring).group()
        self.version = [int(n) for n in numbers.split('.') if n]

    def __str__(self):
        return self.vstring

    def __repr__(self):
        return "LooseVersion ('%s')" % self

    def __eq__(self, other):
        return self.version == LooseVersion(other).version

    def __lt__(self, other):
        return self.version < LooseVersion(other).version


_version = types.ModuleType('distutils.version')
_version.LooseVersion = _version.StrictVersion = LooseVersion
_distutils = types.ModuleType('distutils')
_distutils.version = _version


def distutils_shim(name):
    """The shim for 'distutils' or 'distutils.version'.

    Python 3.12 removed distutils. MXNet only compares the versions of NumPy
    and Horovod with it.
    """
    return _distutils if name == 'distutils' else _version


# -- onnx
class _Onnx(types.ModuleType):
    """The shim for onnx; it looks up names that it lacks in onnx itself."""

    def __getattr__(self, name):
        import onnx
        return getattr(onnx, name)


class _Table:
    """A function that is called with square brackets."""

    def __init__(self, function):
        self.function = function

    def __getitem__(self, key):
        return self.function(key)


@functools.lru_cache(maxsize=None)
def onnx_shim():
    """The shim for onnx, with `onnx.mapping`; onnx itself before 1.13.

    onnx 1.13 deprecated the two tables of onnx.mapping and 1.19 removed them.
    Functions of onnx.helper, which exist since 1.13, replace them.
    """
    import onnx
    from onnx import helper
    if not hasattr(helper, 'np_dtype_to_tensor_dtype'):
        return onnx
    shim = _Onnx('onnx', onnx.__doc__)
    shim.__path__ = onnx.__path__
    shim.mapping = types.ModuleType('onnx.mapping')
    shim.mapping.NP_TYPE_TO_TENSOR_TYPE = _Table(
        helper.np_dtype_to_tensor_dtype)
    shim.mapping.TENSOR_TYPE_TO_NP_TYPE = _Table(
        helper.tensor_dtype_to_np_dtype)
    return shim
