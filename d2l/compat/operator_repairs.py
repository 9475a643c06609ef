"""Repairs of operators: views of arrays, and the saturation of images.

They are registered with those in `repairs`, which explains how.
"""
import ctypes
import functools
import sys

from .repairs import after

_GREY = 0.299, 0.587, 0.114     # what red, green and blue weigh in grey


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


def _operators(module, name):
    """The module that holds the imperative operators made by `module`."""
    package = module.__name__.rsplit('.', 1)[0]
    if name == 'image':
        return sys.modules[package + '.image']
    return sys.modules[
        package + ('.op' if package == 'mxnet.ndarray' else '._op')]


@after('mxnet.ndarray.register', 'mxnet.ndarray.numpy_extension._register',
       'mxnet.numpy_extension._register')
def pool_copies_of_views(module):
    """MXNet 1.9.1's max pooling of a view has a wrong gradient.

    Its forward pass leaves a view to MXNet's own code, its backward pass
    does not. For compiled graphs see below.
    """
    operators = _operators(module, 'op')
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
    """MXNet 1.9.1's graphs that begin with max pooling have this fault, too.

    Within a graph there are no views, but its inputs may be some.
    """
    call = module.CachedOp.__call__

    @functools.wraps(call)
    def call_with_own_memory(self, *args, **kwargs):
        if sys.modules['mxnet.autograd'].is_recording():
            args = map(_own_memory, args)
        return call(self, *args, **kwargs)

    module.CachedOp.__call__ = call_with_own_memory


@after('mxnet.ndarray.register', 'mxnet.ndarray.numpy_extension._register',
       'mxnet.numpy_extension._register')
def keep_grey_images(module):
    """MXNet 1.9.1's random_hue and lighting return junk for grey images."""
    def keep_grey(change):
        @functools.wraps(change)
        def change_colors(data, *args, **kwargs):
            if not _is_grey(data):
                return change(data, *args, **kwargs)
            out = kwargs.get('out')
            return data.copy() if out is None else data.copyto(out)
        return change_colors

    image = _operators(module, 'image')
    for name in ('random_hue', 'random_lighting', 'adjust_lighting'):
        setattr(image, name, keep_grey(getattr(image, name)))


def _is_grey(image):
    return image.ndim == 3 and image.shape[2] == 1


@after('mxnet.ndarray.register', 'mxnet.ndarray.numpy_extension._register',
       'mxnet.numpy_extension._register')
def weigh_all_colors(module):
    """MXNet 1.9.1's random_saturation takes a dark blue for an image's grey.

    Its grey is 0.114 B in place of 0.299 R + 0.587 G + 0.114 B. Symbols,
    which don't know their dtype, are left as they are.
    """
    image = _operators(module, 'image')
    saturate, jitter = image.random_saturation, image.random_color_jitter

    @functools.wraps(saturate)
    def random_saturation(data, min_factor, max_factor, out=None, **kwargs):
        import numpy
        from mxnet import nd  # later than this module
        X = data.as_nd_ndarray()
        if X.ndim != 3 or X.shape[2] != 3:  # grey already, or an error
            return saturate(data, min_factor, max_factor, out=out, **kwargs)
        # random_brightness draws the factor
        factor = nd.image.random_brightness(
            nd.ones((1, 1, 1), ctx=X.context), min_factor, max_factor)
        grey = nd.array([[weight] * 3 for weight in _GREY], ctx=X.context)
        change = nd.broadcast_add(grey, nd.broadcast_mul(
            nd.eye(3, ctx=X.context) - grey, factor.reshape((1, 1))))
        X = nd.dot(X.astype('float32'), change)
        if data.dtype == numpy.uint8:
            X = X.clip(0, 255)
        X = X.astype(data.dtype)
        if type(X) is not type(data):
            X = X.as_np_ndarray()
        return X if out is None else X.copyto(out)

    @functools.wraps(jitter)
    def random_color_jitter(data, brightness, contrast, saturation, hue,
                            out=None, **kwargs):
        if not (saturation or _is_grey(data)):
            return jitter(data, brightness, contrast, saturation, hue,
                          out=out, **kwargs)
        from mxnet import nd
        steps = ((image.random_brightness, brightness),
                 (image.random_contrast, contrast),
                 (random_saturation, saturation), (image.random_hue, hue))
        data = data.copy()
        for i in nd.random.shuffle(nd.arange(len(steps))).asnumpy():
            step, amount = steps[int(i)]
            if amount:
                data = step(data, max(0, 1 - amount), 1 + amount)
        return data if out is None else data.copyto(out)

    image.random_saturation = random_saturation
    image.random_color_jitter = random_color_jitter


@after('mxnet.gluon.data.vision.transforms')
def saturate_eagerly(module):
    """MXNet 1.9.1's random_saturation is wrong in graphs, too.

    Blocks that change an image's saturation are therefore not compiled,
    nor those that hold them, such as Compose.
    """
    def saturates(block):
        return (isinstance(block, module.RandomSaturation)
                or isinstance(block, module.RandomColorJitter)
                and block._args[2] > 0      # brightness, contrast, this, hue
                or any(map(saturates, block._children.values())))

    hybridize = module.HybridBlock.hybridize

    @functools.wraps(hybridize)
    def hybridize_unless_it_saturates(self, active=True, *args, **kwargs):
        return hybridize(self, active and not saturates(self), *args,
                         **kwargs)

    module.HybridBlock.hybridize = hybridize_unless_it_saturates
