"""Reductions, and what sorts."""
import torch
from mxnet.base import MXNetError

from ..history import convert, keep_cut
from ..registry import OPS, op
from ..state import NAMES, state


def axes(p, ndim):
    """The axes that a reduction of MXNet runs over."""
    axis = p.axis
    if axis is None or axis == ():
        return list(range(ndim))
    if isinstance(axis, int):
        axis = (axis,)
    for a in axis:
        if not -ndim <= a < ndim:
            raise MXNetError('axis %d is out of bounds for %d axes'
                             % (a, ndim))
    chosen = {a % ndim for a in axis}
    if len(chosen) < len(axis):
        raise MXNetError('axis=%s names an axis twice' % (tuple(axis),))
    if getattr(p, 'exclude', False):
        chosen = set(range(ndim)) - chosen
    return sorted(chosen)


def _not_zero_dim(result):
    """mx.nd's reductions have shape (1,) even where () exists.

    Where it does not, all results get it.
    """
    if not result.dim() and state.np_shape:
        return result.reshape(1)
    return result


def _reduction(function):
    def compute(p, x):
        over = axes(p, x.dim())
        if not over:
            return x
        result = _not_zero_dim(function(x, over, p.keepdims))
        return result if result.dtype == x.dtype else result.to(x.dtype)
    return compute


def _sum(x, over, keep):
    if len(over) == x.dim() and not keep:
        return torch.sum(x)     # issued faster
    return torch.sum(x, over, keepdim=keep)


def _prod(x, over, keep):
    for axis in reversed(over):
        x = torch.prod(x, axis, keepdim=keep)
    return x


def _mean(x, over, keep):
    if x.is_floating_point():
        return torch.mean(x, over, keepdim=keep)
    total = torch.sum(x, over, keepdim=keep)
    if x.dtype == torch.bool:
        return total
    return torch.div(total, _count(x, over), rounding_mode='trunc')


def _count(x, over):
    n = 1
    for axis in over:
        n *= x.shape[axis]
    return n


def _extreme(function):
    """Every element that equals the extreme has the whole gradient."""
    class Extreme(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, over, keep):
            if not x.numel():
                raise MXNetError('the extreme of no elements: the array has '
                                 'shape %s' % (tuple(x.shape),))
            result = function(x, over, keepdim=True)
            ctx.save_for_backward(x, result)
            return result if keep else result.squeeze(over)

        @staticmethod
        def backward(ctx, grad):
            x, result = ctx.saved_tensors
            return (x == result) * grad.reshape(result.shape), None, None
    return Extreme.apply


REDUCE = dict(
    sum=_sum, mean=_mean, prod=_prod,
    nansum=lambda x, a, k: torch.nansum(x, a, keepdim=k),
    nanprod=lambda x, a, k: _prod(torch.where(torch.isnan(x), 1, x), a, k),
    max=_extreme(torch.amax), min=_extreme(torch.amin))
for _name, _function in REDUCE.items():
    OPS[_name] = _reduction(_function)
OPS['sum_axis'], OPS['max_axis'], OPS['min_axis'] = (
    OPS['sum'], OPS['max'], OPS['min'])


@op('moments')
def moments(p, x):
    over = sorted({a % x.dim() for a in p.axes or range(x.dim())})
    mean = _mean(x, over, True).to(x.dtype)
    variance = _mean((x - mean) ** 2, over, p.keepdims).to(x.dtype)
    return mean if p.keepdims else mean.reshape(variance.shape), variance


@op('norm')
def norm(p, x):
    if p.ord not in (1, 2):
        raise MXNetError('Operator norm: ord is 1 or 2, not %s' % p.ord)
    if p.out_dtype is not None and NAMES[p.out_dtype] != x.dtype:
        raise MXNetError('Operator norm: out_dtype=%s, but the array has '
                         'dtype %s: cast it first' % (p.out_dtype, x.dtype))
    over = axes(p, x.dim())
    y = x if x.is_floating_point() else x.double()
    if p.ord == 1:
        result = torch.sum(torch.abs(y), over, keepdim=p.keepdims)
    else:
        result = torch.linalg.vector_norm(y, 2, over, keepdim=p.keepdims)
    return convert(_not_zero_dim(result), x.dtype)


def _arg(function):
    def compute(p, x):
        if p.axis is None:
            found = function(x.reshape(-1), 0)
            return found.reshape([1] * x.dim() if p.keepdims else 1)
        return _not_zero_dim(function(x, p.axis, keepdim=p.keepdims))
    return compute


OPS['argmax'] = lambda p, x: _arg(torch.argmax)(p, x).to(x.dtype)
OPS['argmin'] = lambda p, x: _arg(torch.argmin)(p, x).to(x.dtype)
OPS['argmax_channel'] = lambda p, x: torch.argmax(x, 1).to(x.dtype)


@op('topk')
def topk(p, x):
    axis = p.axis
    shape = x.shape
    if axis is None:
        x, axis = x.reshape(-1), 0
    k = p.k if p.k >= 1 else x.shape[axis]
    # a stable sort: of equal ones, which comes first is defined
    values, indices = torch.sort(x, dim=axis, descending=not p.is_ascend,
                                 stable=True)
    values, indices = (values.narrow(axis, 0, k), indices.narrow(axis, 0, k))
    dtype = NAMES[p.dtype]
    if p.ret_typ == 'value':
        return values
    if p.ret_typ == 'indices':
        return indices.to(dtype)
    if p.ret_typ == 'both':
        return values, indices.to(dtype)
    if p.ret_typ == 'mask':
        mask = torch.zeros_like(x).scatter_(axis, indices, 1)
        return mask.reshape(shape)
    raise MXNetError('topk: ret_typ=%r' % p.ret_typ)


def _sort(p, x):
    """The sorted elements, and where they come from."""
    axis = p.axis
    if axis is None:
        x, axis = x.reshape(-1), 0
    return torch.sort(x, dim=axis, descending=not p.is_ascend, stable=True)


@op('sort')
def sort(p, x):
    return _sort(p, x)[0]


@op('argsort')
def argsort(p, x):
    return _sort(p, x)[1].to(NAMES[p.dtype])


@op('pick', constants=(1,))
def pick(p, x, index):
    axis = x.dim() - 1 if p.axis is None else p.axis % x.dim()
    n = x.shape[axis]
    index = index.to(torch.int64)
    index = index.clamp(0, n - 1) if p.mode == 'clip' else index % n
    shape = list(x.shape)
    shape[axis] = 1
    result = torch.gather(x, axis, index.reshape(shape))
    return result if p.keepdims else result.squeeze(axis)


@op('cumsum', '_np_cumsum')
def cumsum(p, x):
    if p.axis is None:
        x = x.reshape(-1)
    dtype = x.dtype if p.dtype in (None, 'None') else NAMES[p.dtype]
    dtype = torch.int64 if dtype == torch.bool else dtype
    whole = convert(x, dtype)
    return keep_cut(torch.cumsum(whole, p.axis or 0, dtype=dtype), [whole])


@op('_contrib_boolean_mask', constants=(1,))
def boolean_mask(p, x, index):
    return x[index != 0]


@op('_histogram')
def histogram(p, x, bins=None):
    edges = torch.linspace(p.range[0], p.range[1], p.bin_cnt + 1,
                           device=x.device, dtype=x.dtype) \
        if bins is None else bins
    inside = x[(x >= edges[0]) & (x <= edges[-1])].reshape(-1)
    place = torch.bucketize(inside, edges, right=True) - 1
    place = place.clamp(max=len(edges) - 2)
    return torch.bincount(place, minlength=len(edges) - 1), edges
