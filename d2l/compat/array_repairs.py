"""Repairs for views of arrays, which share the memory of others.

`repairs` lists them, and explains how they are applied.
"""
import ctypes
import functools
import sys

from .repairs import after


class _ViewHandle(ctypes.c_void_p):
    """The handle of an array that shares the memory of another."""


@after('mxnet.ndarray.ndarray')
def remember_views(module):
    """MXNet 1.9.1 does not say which arrays share memory: reshape, x[i]."""
    def remember(make_view):
        @functools.wraps(make_view)
        def make(*args, **kwargs):
            view = make_view(*args, **kwargs)
            view.handle = _ViewHandle(view.handle.value)
            return view
        return make

    for name in ('reshape', '_slice', '_at'):
        setattr(module.NDArray, name, remember(getattr(module.NDArray, name)))


@after('mxnet.ndarray.ndarray', 'mxnet.numpy.multiarray')
def remember_views_of_views(module):
    """MXNet 1.9.1 does not say which arrays share memory: y = x.detach()."""
    def remember(make):
        @functools.wraps(make)
        def make_other(self):
            other = make(self)
            if isinstance(self.handle, _ViewHandle):
                other.handle = _ViewHandle(other.handle.value)
            return other
        return make_other

    cls = _array_class(module)
    for name in ('detach', 'as_np_ndarray', 'as_nd_ndarray'):
        if name in vars(cls):
            setattr(cls, name, remember(vars(cls)[name]))


def _array_class(module):
    return module.ndarray if hasattr(module, 'ndarray') else module.NDArray


@after('mxnet.ndarray.ndarray', 'mxnet.numpy.multiarray')
def copy_views(module):
    """MXNet 1.9.1 fails to copy a view of what a convolution computed.

    The error is 'Check failed: !is_view', often from a later line. The
    convolution's output has a memory layout of its own. Assignments such as
    x[i] = y[j] copy, too.
    """
    cls = _array_class(module)
    copyto = cls.copyto

    @functools.wraps(copyto)
    def copy_to(self, other):
        if getattr(other, 'handle', None) is not self.handle:
            self = _own_memory(self)
        return copyto(self, other)

    cls.copyto = copy_to


def _own_memory(array):
    """The array itself, or its copy if it is a view."""
    if not isinstance(getattr(array, 'handle', None), _ViewHandle):
        return array
    own = sys.modules['mxnet.ndarray'].identity(array.as_nd_ndarray())
    return own if type(array) is type(own) else own.as_np_ndarray()


@after('mxnet.ndarray.register', 'mxnet.ndarray.numpy_extension._register',
       'mxnet.numpy_extension._register')
def pool_copies_of_views(module):
    """MXNet 1.9.1's max pooling of a view has a wrong gradient.

    Its forward pass leaves a view to MXNet's own code, its backward pass
    does not. For compiled graphs see below.
    """
    package = module.__name__.rpartition('.')[0]
    operators = sys.modules[
        package + ('.op' if package == 'mxnet.ndarray' else '._op')]
    name = 'Pooling' if hasattr(operators, 'Pooling') else 'pooling'
    pool = getattr(operators, name)

    @functools.wraps(pool)
    def pool_own_memory(data=None, *args, **kwargs):
        if data is not None and sys.modules['mxnet.autograd'].is_recording():
            data = _own_memory(data)
        return pool(data, *args, **kwargs)

    setattr(operators, name, pool_own_memory)


@after('mxnet._ctypes.ndarray')
def compute_with_copies_of_views(module):
    """MXNet 1.9.1's graphs max-pool a view with a wrong gradient, too.

    Within a graph there are no views, but its inputs may be some.
    """
    call = module.CachedOp.__call__

    @functools.wraps(call)
    def call_with_own_memory(self, *args, **kwargs):
        if sys.modules['mxnet.autograd'].is_recording():
            args = map(_own_memory, args)
        return call(self, *args, **kwargs)

    module.CachedOp.__call__ = call_with_own_memory
