"""NumPy as MXNet 1.9.1 knows it: all of it, and the names it has removed.

A module of its own, seen by MXNet alone. Patching NumPy itself would break
others: SciPy, pandas and matplotlib ask NumPy 2 which names it has.
"""
import functools
import types


def _expired(name):
    """A function that NumPy 1.20 removed (NEP 32) and MXNet still lists."""
    def function(*args, **kwargs):
        raise RuntimeError(
            'numpy.%s was removed from NumPy 1.20; use the package '
            'numpy_financial instead' % name)
    function.__name__ = name
    return function


def _in1d(ar1, ar2, assume_unique=False, invert=False):
    import numpy
    return numpy.isin(numpy.asarray(ar1).ravel(), ar2,
                      assume_unique=assume_unique, invert=invert)


def _msort(a):
    import numpy
    return numpy.sort(a, axis=0)


def _removed(numpy):
    """What MXNet 1.9.1 takes from NumPy and NumPy has removed since."""
    names = dict(
        # 1.20: financial functions (mxnet/numpy/fallback.py)
        **{name: _expired(name)
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
    # not hasattr: some of them NumPy 1.20-1.26 only pretends to have, and
    # warns
    names = {k: v for k, v in names.items() if k not in vars(numpy)}
    # The rest whether NumPy still has it or not.
    # 1.25-2.4: deprecated, then removed (mxnet/numpy/fallback.py hands them
    # to the reader as mx.np.in1d and so on, who could not help the warning)
    names.update(alltrue=numpy.all, in1d=_in1d, msort=_msort,
                 trapz=getattr(numpy, 'trapezoid', None) or numpy.trapz)
    # 1.24: the builtins' aliases; NumPy 2.0 gave numpy.bool another meaning,
    # numpy.bool_, and MXNet tests `dtype is numpy.bool`
    names.update(bool=bool, int=int, float=float, complex=complex,
                 object=object, str=str)
    return names


class _NumPy(types.ModuleType):
    """The stand-in; what it does not hold, it takes from NumPy when asked."""

    def __getattr__(self, name):
        import numpy
        return getattr(numpy, name)

    def __dir__(self):
        import numpy
        return sorted(set(dir(numpy)) | set(vars(self)))


@functools.lru_cache(maxsize=None)
def numpy_view():
    """The stand-in for numpy; the same object at every call."""
    import numpy
    view = _NumPy('numpy', numpy.__doc__)
    vars(view).update(
        {name: value for name, value in vars(numpy).items()
         if name not in ('__getattr__', '__dir__')}, **_removed(numpy))
    return view
