"""Random numbers of mx.np.random and mx.npx.random.

Parameters are numbers, or arrays that are broadcast. As in MXNet, samples
have gradients with respect to most of them.
"""
import torch
from mxnet.base import MXNetError

from ..registry import OPS, op
from ..state import NAMES
from .random import (
    check_probabilities,
    draw,
    empty,
    find_dtype,
    gamma,
    normal,
    uniform,
    working,
)


class BadParameter(MXNetError, ValueError):
    """What MXNet's CPU code refuses with a ValueError."""


def require(p, name, values, good, demand):
    if not (good(values).all() if isinstance(values, torch.Tensor)
            else good(values)):
        raise BadParameter('Operator %s: expect %s %s' % (p.op, name, demand))


def require_count(p, arrays, expected):
    if len(arrays) != expected:
        raise MXNetError('Operator %s expects %d arrays with these '
                         'parameters, but got %d'
                         % (p.op, expected, len(arrays)))


def find_values(p, arrays, names):
    """The parameters: arrays stand for those that are not given as numbers."""
    values = [getattr(p, name) for name in names]
    require_count(p, arrays, values.count(None))
    rest = iter(arrays)
    return [next(rest) if value is None else value for value in values]


def _make_empty(p, values, dtype, prefix):
    """The array to fill; `prefix`: its size goes before the parameters'."""
    shape = torch.broadcast_shapes(*[x.shape for x in values
                                     if isinstance(x, torch.Tensor)])
    size = p.size if p.size is None else tuple(p.size)
    if prefix:
        shape = (size or ()) + shape
    elif size is not None:
        if torch.broadcast_shapes(shape, size) != size:
            raise MXNetError('Operator %s: parameters of shape %s do not fit '
                             'size=%s' % (p.op, tuple(shape), size))
        shape = size
    return empty(shape, working(dtype))


def _open_uniform(x):
    """Between 0 and 1, and neither of them."""
    tiny = torch.finfo(x.dtype).tiny
    return draw(x.uniform_).clamp_(min=tiny)


def _logistic(x, loc, scale):
    u = _open_uniform(x)
    return loc + scale * (torch.log(u) - torch.log1p(-u))


_STANDARD = {   # what is drawn of the parameters
    'uniform': uniform,
    'normal': normal,
    'logistic': _logistic,
    'gumbel': lambda x, loc, scale: loc - scale * torch.log(
        -torch.log(_open_uniform(x))),
    'exponential': lambda x, scale: scale * draw(x.exponential_),
    'rayleigh': lambda x, scale: scale * torch.sqrt(
        2 * draw(x.exponential_)),
    'weibull': lambda x, a: draw(x.exponential_) ** (1 / a),
    'pareto': lambda x, a: torch.expm1(draw(x.exponential_) / a),
    'powerd': lambda x, a: _open_uniform(x) ** (1 / a),
    'gamma': gamma}
_NAMES = dict(uniform=('low', 'high'), normal=('loc', 'scale'),
              logistic=('loc', 'scale'), gumbel=('loc', 'scale'),
              exponential=('scale',), rayleigh=('scale',), weibull=('a',),
              pareto=('a',), powerd=('a',), gamma=('shape', 'scale'))


def _check(p, name, value):
    if name == 'a' or 'gamma' in p.op:
        require(p, name, value, lambda n: n > 0, '> 0')
    elif name == 'scale':
        require(p, name, value, lambda n: n >= 0, '>= 0')


def _define(operator, distribution, prefix=False):
    function, names = _STANDARD[distribution], _NAMES[distribution]

    def compute(p, *arrays):
        dtype = find_dtype(p)
        values = find_values(p, arrays, names)
        for name, value in zip(names, values):
            _check(p, name, value)
        x = _make_empty(p, values, dtype, prefix)
        return function(x, *[
            v.to(x.dtype) if isinstance(v, torch.Tensor) else v
            for v in values]).to(dtype)
    OPS[operator] = compute


for _name in _STANDARD:
    _define('_npi_' + _name, _name)
_define('_npi_uniform_n', 'uniform', prefix=True)
_define('_npi_normal_n', 'normal', prefix=True)


@op('_npi_bernoulli')
def bernoulli(p, *arrays):
    value, = find_values(p, arrays, ['logit' if p.is_logit else 'prob'])
    if not p.is_logit:
        require(p, 'prob', value, lambda n: (n >= 0) & (n <= 1),
                '>= 0 and <= 1')
    x = _make_empty(p, [value], torch.float32, False)
    value = torch.as_tensor(value, device=x.device).detach().to(x.dtype)
    if p.is_logit:
        value = torch.sigmoid(value)
    return (draw(x.uniform_) < value).to(NAMES[p.dtype])


# -- of a set
@op('_npi_choice')
def choice(p, *arrays):
    arrays = list(arrays)
    require_count(p, arrays, (p.a is None) + p.weighted)
    # the registry calls the number `a` a tuple
    n = arrays.pop(0).numel() if p.a is None else tuple(p.a)[0]
    shape = torch.Size(p.size or ())
    if n < 1 or not p.replace and shape.numel() > n:
        raise MXNetError('Operator %s: %d of %d cannot be chosen without '
                         'replacement' % (p.op, shape.numel(), n))
    if p.weighted:
        weights = arrays[0].detach().reshape(-1)
        check_probabilities(p, weights)
        if weights.numel() != n or not p.replace and (
                (weights > 0).sum() < shape.numel()):
            raise MXNetError(
                'Operator %s: too few probabilities above 0 for %d of %d'
                % (p.op, shape.numel(), n))
        found = draw(torch.multinomial, weights, shape.numel(), p.replace)
    elif p.replace:
        found = draw(empty(shape, torch.int64).random_, 0, n)
    else:
        found = draw(empty((n,), torch.float64).uniform_).argsort()
        found = found[:shape.numel()]
    return found.reshape(shape)


@op('_npi_multinomial')
def multinomial(p, *arrays):
    """How often each of n draws is in a class."""
    values = arrays[0].detach().double() if arrays else torch.tensor(
        p.pvals, dtype=torch.float64)
    if values[:-1].sum() > 1 + 1e-6:
        raise MXNetError('Operator %s: sum(pvals[:-1]) > 1.0' % p.op)
    size = tuple(p.size or ())
    counts = torch.zeros((torch.Size(size).numel(), len(values)),
                         dtype=torch.int64, device=empty((), torch.int64)
                         .device)
    if p.n and counts.numel():
        check_probabilities(p, values)
        drawn = draw(torch.multinomial, values.to(counts.device).expand(
            len(counts), -1), p.n, True)
        counts.scatter_add_(1, drawn, torch.ones_like(drawn))
    return counts.reshape(size + (len(values),))
