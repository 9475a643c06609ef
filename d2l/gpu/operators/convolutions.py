"""Dense layers and convolutions."""
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..registry import op

_CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d,
              3: F.conv_transpose3d}


def check_shape(p, name, tensor, shape):
    """MXNet takes a parameter of this shape only."""
    if tensor.shape != shape:
        raise MXNetError('operator %s: %s must have shape %s, but has %s' % (
            p.op, name, tuple(shape), tuple(tensor.shape)))


@op('FullyConnected')
def fully_connected(p, x, weight, bias=None):
    if p.flatten and x.dim() != 2:
        x = x.unsqueeze(1) if x.dim() == 1 else x.flatten(1)
    check_shape(p, 'the weight', weight, (p.num_hidden, x.shape[-1]))
    return F.linear(x, weight, bias)


def channels_last(layout):
    return layout is not None and layout.endswith('C')


def channels_first(x):
    """The array with the order of axes that torch's functions take."""
    return x.movedim(-1, 1)


@op('Convolution')
def convolution(p, x, weight, bias=None):
    n = len(p.kernel)
    last = channels_last(p.layout)
    if last:
        x, weight = channels_first(x), channels_first(weight)
    check_shape(p, 'the weight', weight, (
        p.num_filter, x.shape[1] // p.num_group, *p.kernel))
    y = _CONVOLVE[n](x, weight, bias, p.stride or 1, p.pad or 0,
                     p.dilate or 1, p.num_group)
    return y.movedim(1, -1) if last else y


@op('Deconvolution')
def deconvolution(p, x, weight, bias=None):
    n = len(p.kernel)
    last = channels_last(p.layout)
    if last:
        x, weight = channels_first(x), channels_first(weight)
    check_shape(p, 'the weight', weight, (
        x.shape[1], p.num_filter // p.num_group, *p.kernel))
    stride, dilate = p.stride or (1,) * n, p.dilate or (1,) * n
    pad, adjust = p.pad or 0, p.adj or 0
    if p.target_shape and any(p.target_shape):
        pad, adjust = [], []
        for i in range(n):
            surplus = (stride[i] * (x.shape[i + 2] - 1)
                       + dilate[i] * (p.kernel[i] - 1) + 1
                       - p.target_shape[i])
            if surplus < 0:
                raise MXNetError('operator Deconvolution: target_shape=%s is '
                                 'too big' % (p.target_shape,))
            adjust.append(surplus % 2)
            pad.append((surplus + 1) // 2)
    y = _TRANSPOSE[n](x, weight, bias, stride, pad, adjust, p.num_group,
                      dilate)
    return y.movedim(1, -1) if last else y
