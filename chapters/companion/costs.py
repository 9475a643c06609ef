"""The costs of a net's layers: parameters, operations, bytes moved."""
import collections

import mxnet as mx
import numpy as np
from mxnet.gluon import nn

from d2l.gluon_internals import (
    constructor_arguments,
    convolution_arguments,
    pooling_arguments,
)

_BYTES = 4      # of a float32

_Layer = collections.namedtuple(
    '_Layer', 'name kind detail shape inputs params multiply_adds operations')


class Layer(_Layer):
    """A layer and its costs in a forward pass, for one image.

    Attributes
    ----------
    name : str
        The kind with a number, such as 'conv0'.
    kind : str
        'conv', 'dense', 'pool' or 'other'.
    detail : str
        What it does, in words, such as '11 x 11, stride 4'.
    shape : tuple of int
        Of its output: (channels, height, width), or (units,).
    inputs : int
        Values that it reads.
    params : int
        Parameters that it holds.
    multiply_adds : int
        Multiplications of a weight with a value, each added to a sum.
    operations : int
        Multiplications, additions and comparisons.
    """

    @property
    def activations(self):
        """Values of its output."""
        return int(np.prod(self.shape))

    def bytes_moved(self, batch_size):
        """The fewest bytes to move: every value once, in float32."""
        if not self.operations:
            return 0
        return _BYTES * (self.params + batch_size
                         * (self.inputs + self.activations))

    def intensity(self, batch_size):
        """Operations for each byte that is moved."""
        moved = self.bytes_moved(batch_size)
        return batch_size * self.operations / moved if moved else 0


def layers(net, shape):
    """The costs of all layers, worked out from their shapes.

    Nothing is computed: the net may be on any device, or not initialised.

    Parameters
    ----------
    net : Sequential
        Of convolutions, pooling, dense layers, batch normalisation,
        activations and dropout.
    shape : tuple of int
        Of one image: (channels, height, width).

    Returns
    -------
    list of Layer

    Raises
    ------
    TypeError
        A layer is of another kind.

    Examples
    --------
    >>> net = nn.Sequential()
    >>> net.add(nn.Conv2D(6, kernel_size=5, padding=2), nn.Dense(10))
    >>> conv, dense = layers(net, (1, 28, 28))
    >>> conv.shape, conv.params, conv.multiply_adds, dense.params
    ((6, 28, 28), 156, 117600, 47050)
    """
    found, numbers = [], collections.Counter()
    for block in net:
        prefix = type(block).__name__.rstrip('2D').lower()
        if isinstance(block, (nn.MaxPool2D, nn.AvgPool2D,
                              nn.GlobalAvgPool2D)):
            prefix = 'pool'
        layer = _layer(block, '%s%d' % (prefix, numbers[prefix]), shape)
        numbers[prefix] += 1
        found.append(layer)
        shape = layer.shape
    return found


def _layer(block, name, shape):
    inputs = int(np.prod(shape))
    output = block(mx.sym.var('data'))
    arg_shapes, (out_shape,), aux_shapes = output.infer_shape(
        data=(1,) + shape)
    shapes = dict(zip(output.list_arguments(), arg_shapes))
    del shapes['data']
    shapes.update(zip(output.list_auxiliary_states(), aux_shapes))
    params = sum(int(np.prod(s)) for s in shapes.values())
    shape = out_shape[1:]
    size = int(np.prod(shape))
    kind, detail, multiply_adds = 'other', '', 0
    if isinstance(block, (nn.Conv2D, nn.Dense)):
        weight, = (s for n, s in shapes.items() if n.endswith('weight'))
        # every value of the output is a sum over the inputs it looks at
        multiply_adds = size * int(np.prod(weight[1:]))
        operations = 2 * multiply_adds
        kind = 'dense'
        if isinstance(block, nn.Conv2D):
            kind, detail = 'conv', _window(convolution_arguments(block))
    elif isinstance(block, nn.GlobalAvgPool2D):
        kind, detail, operations = 'pool', 'average of all', inputs
    elif isinstance(block, (nn.MaxPool2D, nn.AvgPool2D)):
        window = pooling_arguments(block)
        kind, detail = 'pool', _window(window)
        operations = size * int(np.prod(window['kernel']))
    elif isinstance(block, nn.BatchNorm):
        operations = 2 * size       # a factor and a summand for each value
    elif isinstance(block, nn.Activation):
        operations = size
    elif isinstance(block, nn.Dropout):
        operations = 0              # only training drops anything
        detail = '%g' % constructor_arguments(block)['rate']
    else:
        raise TypeError('costs are known of convolutions, pooling, dense '
                        'layers, BatchNorm, Activation and Dropout, but %s '
                        'is a %s' % (name, type(block).__name__))
    return Layer(name, kind, detail, shape, inputs, params, multiply_adds,
                 operations)


def _window(arguments):
    """The window of a convolution or of pooling, in words."""
    text = '%d x %d' % tuple(arguments['kernel'])
    for name, word, default in (('stride', 'stride', 1),
                                ('pad', 'padding', 0)):
        if arguments[name][0] != default:
            text += ', %s %d' % (word, arguments[name][0])
    return text
