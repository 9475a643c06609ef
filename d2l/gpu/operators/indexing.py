"""Operators that read and write at slices and at indices."""
import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..compute import writable
from ..registry import op
from ..state import NAMES


# -- slices
def _find_slices(p, shape):
    """Slices with positive steps, and the axes to flip afterwards."""
    steps = p.step or (None,) * len(p.begin)
    slices, flips = [], []
    for axis, numbers in enumerate(zip(p.begin, p.end, steps)):
        start, stop, step = slice(*numbers).indices(shape[axis])
        if step < 0:
            count = max(0, -(-(start - stop) // -step))
            low = start + (count - 1) * step
            slices.append(slice(low, start + 1, -step) if count
                          else slice(0, 0))
            flips.append(axis)
        else:
            slices.append(slice(start, max(start, stop), step))
    return tuple(slices), flips


@op('slice')
def slice_(p, x):
    cut, flips = _find_slices(p, x.shape)
    x = x[cut]
    return torch.flip(x, flips) if flips else x


def _require_axis(p, x):
    if not -x.dim() <= p.axis < x.dim():
        raise MXNetError('Operator %s: axis=%d is none of the %d axes'
                         % (p.op, p.axis, x.dim()))


@op('slice_axis')
def slice_axis(p, x):
    _require_axis(p, x)
    size = x.shape[p.axis]
    begin = p.begin + size if p.begin < 0 else p.begin
    end = size if p.end is None else p.end + size if p.end < 0 else p.end
    if size and not 0 <= begin < end <= size:
        raise MXNetError(
            'Operator slice_axis: begin=%s, end=%s are no part of axis %d of '
            'size %d' % (p.begin, p.end, p.axis, size))
    return x.narrow(p.axis, begin, end - begin) if size else x


@op('slice_like', constants=(1,))
def slice_like(p, x, y):
    if not p.axes and x.dim() != y.dim():
        raise MXNetError(
            'operator slice_like: without axes both arrays must have as many '
            'axes, but have shapes %s and %s' % (tuple(x.shape),
                                                 tuple(y.shape)))
    for a in p.axes or range(x.dim()):
        x = x.narrow(a, 0, y.shape[a])
    return x


@op('_slice_assign')
def slice_assign(p, x, y):
    cut, flips = _find_slices(p, x.shape)
    x = writable(0, x) if not y.requires_grad else x.clone()
    if x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr():
        y = y.clone()       # such as v[1:] = v[:-1]
    x[cut] = torch.flip(y, flips) if flips else y
    return x


@op('_slice_assign_scalar')
def slice_assign_scalar(p, x):
    cut, _ = _find_slices(p, x.shape)
    x = writable(0, x)
    x[cut] = float(p.scalar)
    return x


# -- indices
def _indices(index, n, mode):
    index = index.to(torch.int64)
    if mode == 'wrap':
        return index % n
    if mode == 'raise':
        if index.numel() and (index.min() < 0 or index.max() >= n):
            raise MXNetError('take: an index is out of bounds: expected 0 to '
                             '%d' % (n - 1))
        return index
    return index.clamp(0, n - 1)


@op('take', constants=(1,))
def take(p, x, index):
    _require_axis(p, x)
    axis = p.axis % x.dim()
    index = _indices(index, x.shape[axis], p.mode)
    # index_select is faster, but on CUDA its gradient adds in no fixed order
    if x.requires_grad:
        return x[(slice(None),) * axis + (index,)]
    result = x.index_select(axis, index.reshape(-1))
    return result.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1:])


@op('batch_take', constants=(1,))
def batch_take(p, x, index):
    index = _indices(index, x.shape[1], 'clip')
    return x.gather(1, index.reshape(-1, 1)).reshape(index.shape)


@op('Embedding', constants=(0,))
def embedding(p, index, weight):
    return F.embedding(_indices(index, weight.shape[0], 'clip'), weight)


@op('one_hot')
def one_hot(p, index):
    index = index.to(torch.int64)
    hot = index.unsqueeze(-1) == torch.arange(p.depth, device=index.device)
    return torch.where(hot, p.on_value, p.off_value).to(NAMES[p.dtype])


class OutOfBounds(MXNetError, IndexError):
    """What MXNet's CPU code refuses with an IndexError."""


def _nd(p, indices, shape):
    """An index for each axis; negative ones count from the end.

    Like MXNet's, the check waits for the GPU.
    """
    if len(indices) > len(shape):
        raise MXNetError(
            'operator %s: indices of shape %s are %d for each element, but '
            'the array has shape %s' % (p.op, tuple(indices.shape),
                                        len(indices), tuple(shape)))
    sizes = torch.tensor(shape[:len(indices)], device=indices.device).view(
        -1, *[1] * (indices.dim() - 1))
    outside = (indices < -sizes) | (indices > sizes - 1)
    if outside.any():
        axis = outside.flatten(1).any(1).nonzero()[0, 0]
        raise OutOfBounds(
            'operator %s: index %g is out of bounds for axis %d with size %d'
            % (p.op, indices[axis][outside[axis]][0], axis, shape[axis]))
    return tuple(indices.to(torch.int64) % sizes)


def _nd_to_write(p, indices, shape):
    """The same where MXNet writes: there it drops fractions first."""
    return _nd(p, indices.to(torch.int64), shape)


@op('gather_nd', constants=(1,))
def gather_nd(p, x, indices):
    return x[_nd(p, indices, x.shape)]


@op('scatter_nd', constants=(1,))
def scatter_nd(p, values, indices):
    out = torch.zeros(p.shape, dtype=values.dtype, device=values.device)
    return out.index_put(_nd_to_write(p, indices, p.shape), values)


@op('_scatter_set_nd', constants=(2,))
def scatter_set_nd(p, x, values, indices):
    if not x.requires_grad and not values.requires_grad:
        x = writable(0, x)
        return x.index_put_(_nd_to_write(p, indices, x.shape), values)
    return x.index_put(_nd_to_write(p, indices, x.shape), values)


@op('_contrib_index_copy', constants=(1,))
def index_copy(p, x, index, values):
    index = index.to(torch.int64)
    outside = (index < 0) | (index >= len(x))
    if outside.any():   # CUDA would fail, and all that comes after it
        raise OutOfBounds('operator %s: index %d is out of bounds for axis 0 '
                          'with size %d' % (p.op, index[outside][0], len(x)))
    return x.index_copy(0, index, values)


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
