"""Layers that make images larger or smaller."""
import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..registry import op
from .convolutions import check_shape


@op('UpSampling')
def upsampling(p, *xs):
    if p.sample_type == 'bilinear':
        return _upsample_by_weights(p, *xs)
    height = p.scale * xs[0].shape[2]
    ys = [F.interpolate(x, scale_factor=height // x.shape[2], mode='nearest')
          for x in xs]
    if len(ys) == 1:
        return ys[0]
    return sum(ys) if p.multi_input_mode == 'sum' else torch.cat(ys, 1)


def _upsample_by_weights(p, x, weight):
    """A deconvolution of each channel; its weights are learned."""
    n, kernel = x.shape[1], 2 * p.scale - p.scale % 2
    check_shape(p, 'the weight', weight, (n, 1, kernel, kernel))
    return F.conv_transpose2d(x, weight, None, p.scale, p.scale // 2, 0, n)


_ROUND = {      # how much longer an even side becomes, and an odd one
    'to_even_down': (0, -1), 'to_even_up': (0, 1), 'to_odd_down': (-1, 0),
    'to_odd_up': (1, 0)}


def _resized(p, size, scale, fixed):
    if p.mode in _ROUND:
        return size + _ROUND[p.mode][size % 2]
    if p.mode == 'odd_scale':
        return int((size - size % 2) * scale) + size % 2
    if p.mode == 'size':
        return fixed if scale is None else int(size * scale)
    raise MXNetError('operator %s: mode=%s needs a second array' % (
        p.op, p.mode))


@op('_contrib_BilinearResize2D', constants=(1,))
def bilinear_resize(p, x, like=None):
    if like is not None and p.mode == 'like':
        size = like.shape[2:]
    else:
        size = (_resized(p, x.shape[2], p.scale_height, p.height),
                _resized(p, x.shape[3], p.scale_width, p.width))
    return F.interpolate(x, size, mode='bilinear',
                         align_corners=p.align_corners)
