"""The first batch, and a batch that net cannot take: what came, what to do.

Only the first batch of a pass is looked at, and one that raises an error, so
that no other is slower for it; of the others, the shape of the labels.
"""
import math

import numpy as np
from mxnet import gluon, nd
from mxnet.gluon import nn

from .. import checks, gluon_internals


def require_arrays(X, y):
    """Raises TypeError or ValueError unless X, y are a batch of NDArrays."""
    for name, array in (('X', X), ('y', y)):
        if isinstance(array, nd.NDArray):
            continue
        what = 'NumPy array' if isinstance(array, np.ndarray) \
            else type(array).__name__
        if hasattr(array, 'dtype'):
            what += ' of %s, shape %s' % (array.dtype, array.shape)
        remedy = 'nd.array(%s)' % name
        if name == 'y':
            remedy += '; texts are numbered first, from 0'
        raise TypeError(
            'a batch must be X, y, examples and labels, both NDArrays, but '
            '%s is a %s: make it with %s' % (name, what, remedy))
    if len(X) != len(y):
        raise ValueError(
            'a batch must have a label for each example, but X has shape %s '
            'and y has shape %s' % (X.shape, y.shape))


def require_labels_of_shape(y, y_hat, axis=1):
    """Raises ValueError unless y has a label for each row of scores.

    `axis` of the scores is that of the classes. MXNet would compare
    each label with the predictions of all examples.
    """
    shape = y_hat.shape
    if len(shape) < 2:
        raise ValueError(
            'net must return scores of shape (batch, classes), but they have '
            'shape %s' % (shape,))
    axis %= len(shape)
    expected = shape[:axis] + shape[axis + 1:]
    if y.shape == expected or (y.size == 1 and math.prod(expected) == 1):
        return
    if y.shape == shape and shape[axis] > 1:
        found, remedy = ', one-hot', 'y.argmax(axis=%d)' % axis
    elif y.size == math.prod(expected):
        found = ', a column' if y.shape == expected + (1,) else ''
        remedy = 'y.reshape(%s)' % (('(-1,)' if len(expected) == 1
                                     else expected),)
    else:
        found, remedy = '', 'an array with one number for each example'
    raise ValueError(
        'labels must be the numbers of the classes, shape %s for scores of '
        'shape %s, but y is %s of shape %s%s: use %s'
        % (expected, shape, _type(y), y.shape, found, remedy))


def require_classes(y_hat, axis=1):
    """Raises ValueError for scores of one class."""
    if y_hat.shape[axis] == 1:
        raise ValueError(
            'net must return a score for each of two classes or more, but '
            'returns scores of shape %s: give its last layer as many outputs '
            'as there are classes. A net with one output, for regression, is '
            'trained with L2Loss, as in chapter 3' % (y_hat.shape,))


def require_whole_numbers(y):
    """Raises ValueError for labels that are fractions; reads their values."""
    if np.dtype(y.dtype).kind == 'f':
        values = y.asnumpy()
        fractions = values[values % 1 != 0]
        if fractions.size:
            raise ValueError(
                'labels must be the numbers of the classes, from 0, but y, '
                '%s of shape %s, has %g: a net that predicts other numbers '
                'is trained with L2Loss, as in chapter 3'
                % (_type(y), y.shape, fractions[0]))


def warn_of_batch_size(run, n):
    """Warns unless batch_size= is the loader's; `n` examples came first."""
    batch_size = getattr(run.updater, 'batch_size', None)
    if batch_size is None or n == batch_size:
        return
    if n < batch_size and run.num_batches in (None, 1):     # all there are
        return
    checks.warn(
        'batch_size is %d, by which the gradients are divided, but the first '
        'batch has %d examples: give the data iterator and the training the '
        'same batch_size, unless you mean another learning rate'
        % (batch_size, n))


def warn_of_channels_last(net, X):
    """Warns if net took the height of square images for their channels.

    It does so without an error if its first layer pads the images, and they
    have 1 or 3 channels.
    """
    layer = _first_layer(net) if isinstance(net, gluon.Block) else None
    if not isinstance(layer, nn.Conv2D) or X.ndim != 4:
        return
    if (4 < X.shape[1] == X.shape[2] and X.shape[3] in (1, 3)
            and gluon_internals.convolution_arguments(layer)['layout']
            == 'NCHW'
            and gluon_internals.declared_channels(layer) != X.shape[1]):
        checks.warn(
            'images must have shape (batch, channels, height, width), but X '
            'has shape %s, which looks like the channels last: use '
            'X.transpose((0, 3, 1, 2)), and make net anew, as it has taken '
            'the height for the channels. If there are %d channels, give the '
            'first layer in_channels=%d'
            % (X.shape, X.shape[1], X.shape[1]))


def explain(net, X, error):
    """What is wrong with X, which made net raise `error`; None if unknown."""
    if not isinstance(net, gluon.Block):
        return None
    dtypes = {_name(param.dtype) for param in net.collect_params().values()}
    if dtypes and _type(X) not in dtypes:
        dtype = 'float32' if 'float32' in dtypes else sorted(dtypes)[0]
        remedy = "X.astype('%s')" % dtype
        if _type(X) == 'uint8':
            remedy += (', or let the data set do so, and scale them to 0 to '
                       '1: .transform_first(gluon.data.vision.transforms.'
                       'ToTensor())')
        return ('net computes in %s, but X is %s of shape %s: use %s'
                % (dtype, _type(X), X.shape, remedy))
    came = 'X is %s of shape %s' % (_type(X), X.shape)
    layer = _first_layer(net)
    if X.ndim == 4 and isinstance(layer, nn.Conv2D):
        return (_explain_channels(layer, X, came)
                or _explain_size(error, came))
    if isinstance(layer, nn.Dense):
        shape = layer.weight.shape
        num = math.prod(X.shape[1:]) if gluon_internals.flattens(layer) \
            else X.shape[-1]
        if shape and shape[1] not in (0, num):
            return ('the first layer of net takes examples of %d numbers, '
                    'but %s, which is %d: give it such examples, or make net '
                    'anew, as its shape stays' % (shape[1], came, num))
    return _explain_size(error, came) if X.ndim == 4 else None


def _explain_channels(layer, X, came):
    arguments = gluon_internals.convolution_arguments(layer)
    if arguments.get('layout') != 'NCHW' or not layer.weight.shape:
        return None
    num = layer.weight.shape[1] * arguments['num_group']
    if X.shape[1] > 4 >= X.shape[3]:
        return ('images must have shape (batch, channels, height, width), '
                'but %s, the channels last: use X.transpose((0, 3, 1, 2)), '
                'and make net anew, as it may have taken the height for the '
                'channels' % came)
    if num not in (0, X.shape[1]):
        return ('net takes images of %d channels, but %s, which has %d: give '
                'it such images, or make net anew, as its shape stays'
                % (num, came, X.shape[1]))
    return None


# in MXNet's messages, where a window does not fit into what is left
_TOO_SMALL = 'exceeds input', 'kernel size exceed'


def _explain_size(error, came):
    text = str(error)
    if any(part in text for part in _TOO_SMALL):
        return ('images must be large enough for the layers of net, but %s: '
                'make them larger, as by resize=224 in '
                'd2l.load_data_fashion_mnist' % came)
    if 'Shape inconsistent' in text:
        return ('a Dense layer of net, or another whose shape depends on the '
                'size of the images, takes others, but %s: give net images '
                'of the size that it first computed with, or make it anew'
                % came)
    return None


def _first_layer(block):
    """The first layer of Conv2D or Dense among the children, or None."""
    if isinstance(block, (nn.Conv2D, nn.Dense)):
        return block
    for child in gluon_internals.child_blocks(block):
        layer = _first_layer(child)
        if layer is not None:
            return layer
    return None


def _type(array):
    return _name(array.dtype)


def _name(dtype):
    """Such as 'float32', of a NumPy type or its name."""
    return getattr(dtype, '__name__', str(dtype))
