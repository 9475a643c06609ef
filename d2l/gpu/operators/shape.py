"""Operators that move, cut, join and index elements, or create arrays."""
import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..compute import writable
from ..registry import OPS, op
from ..shapes import find_shape
from ..state import NAMES, devices, state


# -- creation
def _create(p, shape, value):
    shape = shape if shape or state.np_shape else (1,)
    dtype = p.dtype if isinstance(p.dtype, str) and p.dtype != 'None' \
        else 'float32'
    return torch.full(tuple(shape), value, dtype=NAMES[dtype],
                      device=devices[state.device])


OPS['_zeros'] = OPS['_zeros_without_dtype'] = \
    lambda p: _create(p, p.shape, 0)
OPS['_ones'] = lambda p: _create(p, p.shape, 1)
OPS['_full'] = lambda p: _create(p, p.shape, float(p.value))


@op('_arange')
def arange(p):
    start, stop = p.start, p.stop
    if stop is None:
        start, stop = 0., start
    if (stop - start) * p.step <= 0:
        raise MXNetError('Invalid range (start, stop, step) = (%s, %s, %s)'
                         % (start, stop, p.step))
    x = torch.arange(start, stop, p.step, dtype=torch.float64,
                     device=devices[state.device])
    if p.repeat > 1:
        x = x.repeat_interleave(p.repeat)
    return x.to(NAMES[p.dtype])


@op('_linspace')
def linspace(p):
    num = int(p.num)    # MXNet's registry does not know `endpoint`
    endpoint = str(getattr(p, 'endpoint', True)) not in ('False', '0')
    x = torch.linspace(p.start, p.stop, num + (not endpoint),
                       dtype=torch.float64, device=devices[state.device])
    return x[:num].to(NAMES[p.dtype])


@op('_eye')
def eye(p):
    n, m = int(p.N), int(p.M) or int(p.N)
    x = torch.zeros(n, m, dtype=NAMES[p.dtype],
                    device=devices[state.device])
    x.diagonal(int(p.k)).fill_(1)
    return x


@op('_contrib_arange_like')
def arange_like(p, x):
    n = x.numel() if p.axis is None else x.shape[p.axis]
    count = -(-n // p.repeat)
    y = (torch.arange(count, dtype=x.dtype, device=x.device) * p.step
         + p.start).repeat_interleave(p.repeat)[:n]
    return y.reshape(x.shape) if p.axis is None else y


# -- shapes
@op('Reshape')
def reshape(p, x):
    shape = p.shape or getattr(p, 'target_shape', None)
    return x.reshape(find_shape(tuple(x.shape), shape, p.reverse))


@op('reshape_like')
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


@op('broadcast_like')
def broadcast_like(p, x, y):
    if p.lhs_axes is None:
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


# -- slices
def _slices(shape, begin, end, step):
    """Index tensors are needed only for negative steps."""
    step = step or (None,) * len(begin)
    return [slice(b, e, s) for b, e, s in zip(begin, end, step)]


def _forward(shape, slices):
    """Slices with positive steps, and the axes to flip afterwards."""
    result, flips = [], []
    for axis, s in enumerate(slices):
        start, stop, step = s.indices(shape[axis])
        if step < 0:
            count = max(0, -(-(start - stop) // -step))
            low = start + (count - 1) * step
            result.append(slice(low, start + 1, -step) if count
                          else slice(0, 0))
            flips.append(axis)
        else:
            result.append(slice(start, max(start, stop), step))
    return tuple(result), flips


@op('slice')
def slice_(p, x):
    cut, flips = _forward(x.shape, _slices(x.shape, p.begin, p.end, p.step))
    x = x[cut]
    return torch.flip(x, flips) if flips else x


@op('slice_axis')
def slice_axis(p, x):
    axis = p.axis % x.dim()
    if p.end is not None and p.end > x.shape[axis]:
        raise MXNetError('Operator slice_axis: end=%d, but axis %d has size '
                         '%d' % (p.end, axis, x.shape[axis]))
    begin, end, _ = slice(p.begin, p.end).indices(x.shape[axis])
    return x.narrow(axis, begin, end - begin)


@op('slice_like')
def slice_like(p, x, y):
    for a in (p.axes or range(min(x.dim(), y.dim()))):
        x = x.narrow(a, 0, y.shape[a])
    return x


@op('_slice_assign')
def slice_assign(p, x, y):
    cut, flips = _forward(x.shape, _slices(x.shape, p.begin, p.end, p.step))
    x = writable(0, x) if not y.requires_grad else x.clone()
    x[cut] = torch.flip(y, flips) if flips else y
    return x


@op('_slice_assign_scalar')
def slice_assign_scalar(p, x):
    cut, _ = _forward(x.shape, _slices(x.shape, p.begin, p.end, p.step))
    x = writable(0, x)
    x[cut] = float(p.scalar)
    return x


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
        begins = [i * n // p.sections for i in range(p.sections)]
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
    return torch.cat(xs, int(getattr(p, 'dim', 1)))


@op('_rnn_param_concat')
def rnn_param_concat(p, *xs):
    return torch.cat(xs, int(p.dim))


@op('stack')
def stack(p, *xs):
    return torch.stack(xs, int(p.axis))


@op('Pad')
def pad(p, x):
    width = list(p.pad_width)
    pairs = [(width[i], width[i + 1]) for i in range(0, len(width), 2)]
    flat = [n for pair in reversed(pairs[2:]) for n in pair]
    if p.mode == 'constant':
        return F.pad(x, flat, value=p.constant_value)
    return F.pad(x, flat, mode={'edge': 'replicate'}.get(p.mode, p.mode))


@op('Crop')
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


# -- indices
def _indices(index, n, mode):
    index = index.to(torch.int64)
    if mode == 'wrap':
        return index % n
    if mode == 'raise':
        if index.numel() and (index.min() < -n or index.max() >= n):
            raise MXNetError('take: an index is out of bounds')
        return index % n
    return index.clamp(0, n - 1)


@op('take')
def take(p, x, index):
    axis = p.axis % x.dim()
    index = _indices(index, x.shape[axis], p.mode)
    result = x.index_select(axis, index.reshape(-1))
    return result.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1:])


@op('batch_take')
def batch_take(p, x, index):
    index = _indices(index, x.shape[1], 'clip')
    return x.gather(1, index.reshape(-1, 1)).reshape(index.shape)


@op('Embedding')
def embedding(p, index, weight):
    return F.embedding(_indices(index, weight.shape[0], 'clip'), weight)


@op('one_hot')
def one_hot(p, index):
    index = index.to(torch.int64)
    hot = index.unsqueeze(-1) == torch.arange(p.depth, device=index.device)
    return torch.where(hot, p.on_value, p.off_value).to(NAMES[p.dtype])


def _nd(indices, shape):
    index = indices.to(torch.int64)
    return tuple(i % n for i, n in zip(index, shape))


@op('gather_nd')
def gather_nd(p, x, indices):
    return x[_nd(indices, x.shape)]


@op('scatter_nd')
def scatter_nd(p, values, indices):
    out = torch.zeros(p.shape, dtype=values.dtype, device=values.device)
    return out.index_put(_nd(indices, p.shape), values)


@op('_scatter_set_nd')
def scatter_set_nd(p, x, values, indices):
    if not x.requires_grad and not values.requires_grad:
        return writable(0, x).index_put_(_nd(indices, x.shape), values)
    return x.index_put(_nd(indices, x.shape), values)


@op('_contrib_index_copy')
def index_copy(p, x, index, values):
    return x.index_copy(0, index.to(torch.int64), values)


@op('_ravel_multi_index')
def ravel(p, index):
    total = torch.zeros_like(index[0])
    for i, n in zip(index, p.shape):
        total = total * n + i
    return total


@op('_unravel_index')
def unravel(p, index):
    whole, parts = index.to(torch.int64), []
    for n in reversed(p.shape):
        parts.append(whole % n)
        whole = whole // n
    return torch.stack(parts[::-1]).to(index.dtype)


# -- sequences: (time, batch, ...) with axis 0, (batch, time, ...) with 1
def _steps(p, x, lengths):
    """Whether each step of each sequence lies within its length."""
    n = x.shape[p.axis]
    time = torch.arange(n, device=x.device)
    inside = time.unsqueeze(1) < lengths.to(torch.int64)    # (time, batch)
    if p.axis == 1:
        inside = inside.t()
    return inside.reshape(*inside.shape, *[1] * (x.dim() - 2))


@op('SequenceMask')
def sequence_mask(p, x, lengths=None):
    if lengths is None or not p.use_sequence_length:
        return x
    return torch.where(_steps(p, x, lengths), x,
                       torch.full_like(x, p.value))


@op('SequenceLast')
def sequence_last(p, x, lengths=None):
    if lengths is None or not p.use_sequence_length:
        return x.select(p.axis, -1)
    x = x.transpose(0, 1) if p.axis == 1 else x
    return x[lengths.to(torch.int64) - 1,
             torch.arange(x.shape[1], device=x.device)]


@op('SequenceReverse')
def sequence_reverse(p, x, lengths=None):
    if lengths is None or not p.use_sequence_length:
        return torch.flip(x, [p.axis])
    time = torch.arange(x.shape[0], device=x.device).unsqueeze(1)
    lengths = lengths.to(torch.int64)
    source = torch.where(time < lengths, lengths - 1 - time, time)
    return x[source, torch.arange(x.shape[1], device=x.device)]
