"""Results of MXNet that a reader's own code takes for plain numbers.

The edition prints losses by `'%f' % l.mean().asnumpy()` and sums them by
`l_sum += l.asscalar()` from 0.0. Newer NumPy refuses the one and rounds the
other to float32.
"""
import functools
import operator


def convert_one_element(NDArray):
    """Let float(x.asnumpy()) work again where x has one element."""
    import numpy
    if numpy.lib.NumpyVersion(numpy.__version__) < '1.25.0':
        return
    asnumpy = NDArray.asnumpy

    class array(numpy.ndarray):
        """An array of one element that converts to a number."""

        def __float__(self):
            return float(self.item())

        def __int__(self):
            return int(self.item())

        def __complex__(self):
            return complex(self.item())

        def __array_wrap__(self, a, context=None, return_scalar=False):
            a = a.view(numpy.ndarray)   # results are plain arrays
            return a[()] if return_scalar else a

        def __reduce__(self):           # pickled as a plain array
            return self.view(numpy.ndarray).__reduce__()

    @functools.wraps(asnumpy)
    def wrapped(self):
        a = asnumpy(self)
        return a.view(array) if a.size == 1 and a.ndim else a

    NDArray.asnumpy = wrapped


def keep_precision(NDArray):
    """Let 0.0 + x.asscalar() be float64 again, and print as the number."""
    import numpy
    if numpy.lib.NumpyVersion(numpy.__version__) < '2.0.0':
        return
    asscalar = NDArray.asscalar
    types = {t: _scalar_type(numpy, t) for t in (
        numpy.float16, numpy.float32, numpy.float64, numpy.uint8,
        numpy.int8, numpy.int32, numpy.int64)}

    @functools.wraps(asscalar)
    def wrapped(self):
        value = asscalar(self)
        return types.get(type(value), lambda v: v)(value)

    NDArray.asscalar = wrapped


def _scalar_type(numpy, base):
    """A subclass of a NumPy scalar type that computes as NumPy 1 did.

    NumPy 1 took Python's numbers beside its scalars for float64 and int64;
    NumPy 2 (NEP 50) gives them the scalar's own type.
    """
    def plain(x):
        return numpy.asarray(x)[()] if type(x) in (int, float) else x

    methods = {}
    for name in ('add', 'sub', 'mul', 'truediv', 'floordiv', 'mod', 'pow'):
        compute = getattr(operator, name)
        methods['__%s__' % name] = (
            lambda self, x, compute=compute: compute(base(self), plain(x)))
        methods['__r%s__' % name] = (
            lambda self, x, compute=compute: compute(plain(x), base(self)))
    return type(base.__name__, (base,), dict(
        methods, __slots__=(), __doc__=base.__doc__, __repr__=base.__str__))
