"""Repairs of the operators and blocks that change the colours of images.

`repairs` lists them, and explains how they are applied.
"""
import functools
import sys

from .repairs import after

_GREY = 0.299, 0.587, 0.114     # what red, green and blue weigh in grey


def _image_operators(module):
    """The module with the image operators that `module` has made."""
    return sys.modules[module.__name__.rpartition('.')[0] + '.image']


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

    image = _image_operators(module)
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
    image = _image_operators(module)
    saturate = image.random_saturation

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

    image.random_saturation = random_saturation


@after('mxnet.ndarray.register', 'mxnet.ndarray.numpy_extension._register',
       'mxnet.numpy_extension._register')
def jitter_step_by_step(module):
    """MXNet 1.9.1's random_color_jitter takes the same wrong grey.

    The operators of its four changes, in random order, take its place.
    """
    image = _image_operators(module)
    jitter = image.random_color_jitter

    @functools.wraps(jitter)
    def random_color_jitter(data, brightness, contrast, saturation, hue,
                            out=None, **kwargs):
        if not (saturation or _is_grey(data)):
            return jitter(data, brightness, contrast, saturation, hue,
                          out=out, **kwargs)
        from mxnet import nd
        steps = ((image.random_brightness, brightness),
                 (image.random_contrast, contrast),
                 (image.random_saturation, saturation),
                 (image.random_hue, hue))
        data = data.copy()
        for i in nd.random.shuffle(nd.arange(len(steps))).asnumpy():
            step, amount = steps[int(i)]
            if amount:
                data = step(data, max(0, 1 - amount), 1 + amount)
        return data if out is None else data.copyto(out)

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
