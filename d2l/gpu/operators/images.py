"""Images: bytes to numbers, and other sizes, with the CPU's bits."""
import functools

import numpy as np
import torch

from ..fallback import compute_on_cpu
from ..registry import op

_LINEAR = 1     # OpenCV's number for bilinear interpolation
_ONE = 2048     # and what it takes for 1 in the weights of bytes


@op('_image_to_tensor')
def to_tensor(p, x):
    # by a tensor: torch multiplies by the reciprocal of a number on a GPU
    x = x.to(torch.float32, copy=True)
    return x.div_(torch.full((), 255., device=x.device)).movedim(-1, -3)


@op('_image_resize')
def resize(p, x):
    """Bytes by OpenCV's own arithmetic of integers, exactly; others there."""
    if x.dtype != torch.uint8 or p.interp != _LINEAR:
        return compute_on_cpu(p, x)
    height, width = x.shape[-3:-1]
    new_width, new_height = _find_size(p, height, width)
    left, right, *factors = _weights(width, new_width, True, x.device)
    a, b = (factor.view(-1, 1) for factor in factors)
    top, bottom, *factors = _weights(height, new_height, False, x.device)
    c, d = (factor.view(-1, 1, 1) for factor in factors)
    x = x.to(torch.int32)
    rows = (x.index_select(-2, left) * a + x.index_select(-2, right) * b) >> 4
    y, z = (rows.index_select(-3, edge).mul_(share).bitwise_right_shift_(16)
            for edge, share in ((top, c), (bottom, d)))     # in place: large
    return y.add_(z).add_(2).bitwise_right_shift_(2).to(torch.uint8)


def _find_size(p, height, width):
    """The new width and height."""
    if len(p.size) == 2:
        return p.size
    size, = p.size
    if not p.keep_ratio:
        return size, size
    if height > width:
        return size, height * size // width
    return width * size // height, size


@functools.lru_cache(64)
def _weights(old, new, is_width, device):
    """The two elements that each new one lies between, and their weights."""
    place = ((np.arange(new) + 0.5) * (1 / (new / old)) - 0.5).astype('f4')
    first = np.floor(place).astype('int64')
    share = place - first.astype('f4')
    if is_width:    # OpenCV lets rows beyond the edge keep their share
        share[(first < 0) | (first >= old - 1)] = 0
    one = np.float32(1)
    return tuple(torch.from_numpy(array).to(device) for array in (
        first.clip(0, old - 1), (first + 1).clip(0, old - 1),
        np.rint((one - share) * _ONE).astype('int32'),
        np.rint(share * _ONE).astype('int32')))
