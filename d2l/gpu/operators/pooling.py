"""Pooling."""
import math

import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..registry import op
from .convolutions import channels_first, channels_last

_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


@op('Pooling')
def pooling(p, x):
    last = channels_last(p.layout)
    if last:
        x = channels_first(x)
    y = _pool_all(p, x) if p.global_pool else _pool(p, x)
    return y.movedim(1, -1) if last else y


def _pool_all(p, x):
    over = tuple(range(2, x.dim()))
    if p.pool_type == 'avg':
        return x.mean(over, keepdim=True)
    if p.pool_type == 'sum':
        return x.sum(over, keepdim=True)
    if p.pool_type == 'lp':
        return _root(p, _power(p, x).sum(over, keepdim=True))
    return _MAX[x.dim() - 2](x, x.shape[2:])    # one element has the gradient


def _power(p, x):
    if p.p_value not in (1, 2, 3):
        raise MXNetError('operator Pooling: p_value must be 1, 2 or 3, but '
                         'is %s' % p.p_value)
    return x ** p.p_value


def _root(p, y):
    if p.p_value == 3:      # of negative numbers too
        return torch.sign(y) * torch.abs(y) ** (1 / 3)
    return torch.sqrt(y) if p.p_value == 2 else y


def _pool(p, x):
    n = x.dim() - 2
    kernel, stride, pad = p.kernel, p.stride or (1,) * n, p.pad or (0,) * n
    end = _pad_at_end(p, x, kernel, stride, pad)
    plain = end == pad and all(2 * a <= k for a, k in zip(pad, kernel))
    if p.pool_type == 'max':
        if plain:
            return _MAX[n](x, kernel, stride, pad)
        return _MAX[n](F.pad(x, _flat(pad, end),
                             value=torch.finfo(x.dtype).min), kernel, stride)
    include = p.pool_type != 'avg' or p.count_include_pad in (
        None, True)
    if plain and p.pool_type == 'avg':
        return _AVERAGE[n](x, kernel, stride, pad, False, include)
    if p.pool_type == 'lp':
        x = _power(p, x)
    size = math.prod(kernel)
    total = _AVERAGE[n](F.pad(x, _flat(pad, end)), kernel, stride) * size
    if p.pool_type == 'lp':
        return _root(p, total)
    if p.pool_type == 'sum':
        return total
    # a window is divided by its elements, and those of the padding that was
    # asked for
    counted = torch.ones((1, 1) + x.shape[2:], dtype=x.dtype, device=x.device)
    if include:
        counted = F.pad(counted, _flat(pad, pad), value=1)
        counted = F.pad(counted, _flat(
            (0,) * n, tuple(e - a for e, a in zip(end, pad))))
    else:
        counted = F.pad(counted, _flat(pad, end))
    return total / (_AVERAGE[n](counted, kernel, stride) * size)


def _pad_at_end(p, x, kernel, stride, pad):
    """How much padding the last windows need.

    'full' rounds up the number of windows, where torch's ceil_mode leaves out
    those that begin in the padding.
    """
    if p.pooling_convention == 'valid':
        return pad
    if p.pooling_convention == 'same':
        raise MXNetError("operator Pooling: pooling_convention='same' works "
                         "on no device; use 'valid' or 'full'")
    return tuple(a + (k - size - 2 * a) % s for size, k, s, a in zip(
        x.shape[2:], kernel, stride, pad))


def _flat(begin, end):
    """The order in which F.pad takes padding: the last axis first."""
    return [n for pair in zip(reversed(begin), reversed(end)) for n in pair]


@op('_contrib_AdaptiveAvgPooling2D')
def adaptive_average_pooling(p, x):
    size = p.output_size or (1, 1)
    return F.adaptive_avg_pool2d(x, size * 2 if len(size) == 1 else size)
