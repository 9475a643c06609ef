"""Operators that change shapes, and that cut, join and pad arrays."""
import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..registry import OPS, op
from ..shapes import find_shape
from .elementwise import require_one_dtype


@op('Reshape')
def reshape(p, x):
    shape = p.shape or getattr(p, 'target_shape', None)
    return x.reshape(find_shape(tuple(x.shape), shape, p.reverse))


@op('reshape_like', constants=(1,))
def reshape_like(p, x, y):
    a, b = getattr(p, 'lhs_begin', None), getattr(p, 'lhs_end', None)
    c, d = getattr(p, 'rhs_begin', None), getattr(p, 'rhs_end', None)
    if a is b is c is d is None:
        return x.reshape(y.shape)

    def span(begin, end, ndim):
        begin = 0 if begin is None else begin % ndim
        end = ndim if end is None else end if end >= 0 else end + ndim
        return begin, end
    a, b = span(a, b, x.dim())
    c, d = span(c, d, y.dim())
    return x.reshape(x.shape[:a] + y.shape[c:d] + x.shape[b:])


OPS['Flatten'] = lambda p, x: x.reshape(x.shape[0], -1)
OPS['expand_dims'] = lambda p, x: x.unsqueeze(p.axis)
OPS['SwapAxis'] = lambda p, x: x.transpose(p.dim1, p.dim2)
OPS['tile'] = lambda p, x: torch.tile(x, p.reps)
OPS['diag'] = lambda p, x: (
    torch.diag(x, p.k) if x.dim() == 1
    else torch.diagonal(x, p.k, p.axis1, p.axis2))


@op('reverse')
def reverse(p, x):
    axes = [p.axis] if isinstance(p.axis, int) else p.axis
    for axis in axes:
        if not 0 <= axis < x.dim():
            raise MXNetError('Operator reverse: axis=%d is none of 0 to %d'
                             % (axis, x.dim() - 1))
    return torch.flip(x, axes)


@op('transpose')
def transpose(p, x):
    return x.permute(p.axes or tuple(range(x.dim()))[::-1])


@op('squeeze')
def squeeze(p, x):
    if p.axis is None:
        return x.squeeze()
    for a in p.axis:
        if x.shape[a] != 1:
            raise MXNetError('cannot squeeze axis=%d with dimension %d'
                             % (a, x.shape[a]))
    return x.squeeze(tuple(p.axis))


@op('repeat')
def repeat(p, x):
    if p.axis is None:
        return x.reshape(-1).repeat_interleave(p.repeats)
    return x.repeat_interleave(p.repeats, p.axis)


@op('broadcast_to')
def broadcast_to(p, x):
    return x.expand([n or have for n, have in zip(p.shape, x.shape)])


@op('broadcast_axis')
def broadcast_axis(p, x):
    shape = list(x.shape)
    for axis, n in zip(p.axis, p.size):
        if shape[axis] != 1:
            raise MXNetError('broadcasting axis must have size 1')
        shape[axis] = n
    return x.expand(shape)


@op('broadcast_like', constants=(1,))
def broadcast_like(p, x, y):
    if p.lhs_axes is None:
        if x.dim() != y.dim():
            raise MXNetError(
                'operator broadcast_like: without axes both arrays must have '
                'as many axes, but have shapes %s and %s' % (
                    tuple(x.shape), tuple(y.shape)))
        return x.expand(y.shape)
    shape = list(x.shape)
    for a, b in zip(p.lhs_axes, p.rhs_axes):
        shape[a] = y.shape[b]
    return x.expand(shape)


@op('shape_array')
def shape_array(p, x):
    return torch.tensor(list(x.shape), dtype=torch.int64, device=x.device)


@op('size_array')
def size_array(p, x):
    return torch.tensor([x.numel()], dtype=torch.int64, device=x.device)


@op('SliceChannel')
def split(p, x):
    if x.shape[p.axis] % p.num_outputs:
        raise MXNetError(
            'Operator SliceChannel: axis %d of shape %s cannot be split into '
            '%d equal parts' % (p.axis, tuple(x.shape), p.num_outputs))
    parts = torch.split(x, x.shape[p.axis] // p.num_outputs, p.axis)
    if p.squeeze_axis:
        parts = [t.squeeze(p.axis) for t in parts]
    return tuple(parts)


@op('_split_v2')
def split_v2(p, x):
    n = x.shape[p.axis]
    if p.sections:
        size, longer = divmod(n, p.sections)    # the first ones by 1
        begins = [i * size + min(i, longer) for i in range(p.sections)]
    else:
        begins = [min(i, n) for i in p.indices]
    ends = begins[1:] + [n]
    parts = [x.narrow(p.axis, b, max(0, e - b))
             for b, e in zip(begins, ends)]
    if p.squeeze_axis:
        parts = [t.squeeze(p.axis) for t in parts]
    return tuple(parts)


@op('Concat')
def concat(p, *xs):
    require_one_dtype(p, *xs)
    return torch.cat(xs, int(getattr(p, 'dim', 1)))


@op('_rnn_param_concat')
def rnn_param_concat(p, *xs):
    return torch.cat(xs, int(p.dim))


@op('stack')
def stack(p, *xs):
    require_one_dtype(p, *xs)
    return torch.stack(xs, int(p.axis))


@op('Pad')
def pad(p, x):
    width = list(p.pad_width)
    pairs = [(width[i], width[i + 1]) for i in range(0, len(width), 2)]
    flat = [n for pair in reversed(pairs[2:]) for n in pair]
    if p.mode == 'constant':
        return F.pad(x, flat, value=p.constant_value)
    return F.pad(x, flat, mode={'edge': 'replicate'}.get(p.mode, p.mode))


@op('Crop', constants=(1,))
def crop(p, *xs):
    x = xs[0]
    h, w = xs[1].shape[2:] if len(xs) > 1 else p.h_w
    if p.center_crop:
        top, left = (x.shape[2] - h) // 2, (x.shape[3] - w) // 2
    else:
        top, left = p.offset
    return x[:, :, top:top + h, left:left + w]


@op('depth_to_space')
def depth_to_space(p, x):
    n, c, h, w = x.shape
    b = p.block_size
    return x.reshape(n, b, b, c // b ** 2, h, w).permute(
        0, 3, 4, 1, 5, 2).reshape(n, c // b ** 2, h * b, w * b)


@op('space_to_depth')
def space_to_depth(p, x):
    n, c, h, w = x.shape
    b = p.block_size
    return x.reshape(n, c, h // b, b, w // b, b).permute(
        0, 3, 5, 1, 2, 4).reshape(n, c * b ** 2, h // b, w // b)
