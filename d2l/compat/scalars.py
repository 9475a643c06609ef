"""NumPy 1's scalars for MXNet's numbers.

The book prints losses with `'%f' % l.mean().asnumpy()` and adds them up with
`l_sum += l.asscalar()`, starting from 0.0. Newer NumPy raises an error for the
former and rounds the latter to float32. In the other direction, NumPy 2
prints the type of a scalar along with its number.
"""
import functools
import operator


def convert_one_element(NDArray):
    """Make float(a) work again for arrays of one element from MXNet.

    Here a is x.asnumpy(), or what is made of it: by arithmetic, as a slice,
    by a sum with keepdims. Other arrays are NumPy's own.
    """
    import numpy
    if numpy.lib.NumpyVersion(numpy.__version__) < '1.25.0':
        return
    asnumpy = NDArray.asnumpy

    class array(numpy.ndarray):
        """An array that is convertible to a number if it has one element."""

        __array_priority__ = 1      # so is the result of np.concatenate

        def __float__(self):
            return float(_only_element(self))

        def __int__(self):
            return int(_only_element(self))

        def __complex__(self):
            return complex(_only_element(self))

        def __array_wrap__(self, a, context=None, return_scalar=False):
            # ufuncs of NumPy 1 do not say that they return a scalar
            return a.view(array) if a.ndim else a[()]

        def squeeze(self, axis=None):   # NumPy 1's would wrap the result
            return self.view(numpy.ndarray).squeeze(axis).view(array)

        def __reduce_ex__(self, protocol):  # pickled as a plain array
            return self.view(numpy.ndarray).__reduce_ex__(protocol)

    # its code is not NumPy's, but libraries look here for NumPy's types
    array.__module__, array.__qualname__ = 'numpy', 'array'

    @functools.wraps(asnumpy)
    def wrapped(self):
        a = asnumpy(self)
        return a.view(array) if a.ndim else a

    NDArray.asnumpy = wrapped


def _only_element(a):
    if a.size != 1:
        raise TypeError('only arrays with one element can be converted to '
                        'numbers, but the shape of this one is %s: write '
                        'a[0], or a.mean()' % (a.shape,))
    return a.item()


def keep_precision(NDArray):
    """Make 0.0 + x.asscalar() float64 again, and its repr a plain number."""
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
    """A subclass of a NumPy scalar type with the promotion rules of NumPy 1.

    NumPy 1 treated Python's numbers as float64 and int64 when combined with
    its scalars; NumPy 2 (NEP 50) converts them to the scalar's type.
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


def _format(value):
    if type(value) in (tuple, list):
        items = [repr(v) if isinstance(v, str) else _format(v) for v in value]
        if type(value) is list:
            return '[%s]' % ', '.join(items)
        return '(%s%s)' % (', '.join(items), ',' * (len(items) == 1))
    return str(value)


class _StrType(type):
    def __call__(cls, *args):
        return _format(*args) if len(args) == 1 else str(*args)

    def __instancecheck__(cls, value):
        return isinstance(value, str)


class PlainStr(metaclass=_StrType):
    """Replaces `str` where MXNet writes operator parameters as text."""
