"""Operators on each element: one array, two arrays, an array and a number."""
import math

import torch
from mxnet.base import MXNetError

from ..history import convert
from ..registry import OPS, op
from ..state import NAMES

# -- one array
_ROUND = dict(  # MXNet rounds halves away from 0; rint takes the lower one
    round=lambda x: torch.trunc(x + torch.copysign(
        torch.full_like(x, 0.5), x)),
    rint=lambda x: torch.where(x - torch.floor(x) <= torch.ceil(x) - x,
                               torch.floor(x), torch.ceil(x)))


class _CubeRoot(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        root = torch.copysign(x.abs().pow(1 / 3), x)
        ctx.save_for_backward(root)
        return root

    @staticmethod
    def backward(ctx, grad):
        root, = ctx.saved_tensors
        return grad / (3 * root * root)     # infinite at 0, as in MXNet


UNARY = dict(
    _ROUND, abs=torch.abs, sign=torch.sign, ceil=torch.ceil,
    floor=torch.floor, trunc=torch.trunc, fix=torch.trunc,
    square=torch.square, sqrt=torch.sqrt, rsqrt=torch.rsqrt,
    cbrt=_CubeRoot.apply,
    rcbrt=lambda x: torch.sign(x) * torch.abs(x).pow(-1 / 3),
    exp=torch.exp, expm1=torch.expm1, log=torch.log, log10=torch.log10,
    log2=torch.log2, log1p=torch.log1p, sin=torch.sin, cos=torch.cos,
    tan=torch.tan, arcsin=torch.asin, arccos=torch.acos, arctan=torch.atan,
    sinh=torch.sinh, cosh=torch.cosh, tanh=torch.tanh, arcsinh=torch.asinh,
    arccosh=torch.acosh, arctanh=torch.atanh, degrees=torch.rad2deg,
    radians=torch.deg2rad, erf=torch.erf, erfinv=torch.erfinv,
    gamma=lambda x: torch.exp(torch.lgamma(x)) * torch.where(
        (x < 0) & (torch.floor(x) % 2 != 0), -1., 1.),
    gammaln=torch.lgamma, relu=torch.relu, sigmoid=torch.sigmoid,
    softsign=torch.nn.functional.softsign, reciprocal=torch.reciprocal,
    negative=torch.neg, logical_not=lambda x: (x == 0),
    # a view of it is copied where it would share memory; detach() is none
    BlockGrad=lambda x: x.detach().view_as(x), _copy=lambda x: x,
    digamma=torch.digamma)


_EXACT = ('abs sign ceil floor trunc fix round rint square negative relu '
          'logical_not BlockGrad _copy').split()      # with integers


def _unary(function, exact):
    def compute(p, x):
        if exact or x.is_floating_point():
            return function(x).to(x.dtype)
        return convert(function(x.double()), x.dtype)
    return compute


for _name, _function in UNARY.items():
    OPS[_name] = _unary(_function, _name in _EXACT)


@op('hard_sigmoid')
def hard_sigmoid(p, x):
    y = p.alpha * x + p.beta
    return torch.where(y <= 0, 0, torch.where(y >= 1, 1, y)).to(x.dtype)


@op('zeros_like')
def zeros_like(p, x):
    return torch.zeros_like(x)


@op('ones_like')
def ones_like(p, x):
    return torch.ones_like(x)


@op('clip')
def clip(p, x):
    return torch.clamp(x, p.a_min, p.a_max).to(x.dtype)


@op('Cast')
def cast(p, x):
    return convert(x, NAMES[p.dtype])


@op('amp_cast')
def amp_cast(p, x):
    return convert(x, NAMES[p.dtype]) if x.is_floating_point() else x


@op('amp_multicast')
def amp_multicast(p, *xs):
    order = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    pick = min if p.cast_narrow else max
    widest = pick((x.dtype for x in xs), key=order.index)
    return tuple(x.to(widest) for x in xs)


@op('smooth_l1')
def smooth_l1(p, x):
    s = float(getattr(p, 'scalar', 1)) ** 2     # unknown to the registry
    return torch.where(torch.abs(x) < 1 / s, 0.5 * s * x * x,
                       torch.abs(x) - 0.5 / s).to(x.dtype)


# -- two arrays; the results of comparisons have the type of the arrays
def _divide(a, b):
    if a.is_floating_point():
        return a / b
    return torch.div(a, torch.where(b == 0, 1, b), rounding_mode='trunc')


class _Modulo(torch.autograd.Function):
    """The sign is that of b; a modulo 0 is 0, its gradient 1 all the same."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        zero = b == 0
        result = torch.remainder(a, torch.where(zero, 1, b))
        return result.masked_fill_(zero, 0)

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved_tensors
        return grad, -grad * torch.floor(a / b)


_modulo = _Modulo.apply


def _maximum(a, b):
    if not (a.requires_grad or b.requires_grad):
        return torch.maximum(a, b)
    # of equal ones, the left has all of the gradient
    return torch.where((a >= b) | torch.isnan(a), a, b)


def _minimum(a, b):
    if not (a.requires_grad or b.requires_grad):
        return torch.minimum(a, b)
    return torch.where((a <= b) | torch.isnan(a), a, b)


def _hypot(a, b):
    if a.is_floating_point():
        return torch.hypot(a, b)
    return torch.hypot(a.double(), b.double())


BINARY = dict(
    add=torch.add, sub=torch.sub, mul=torch.mul, div=_divide, mod=_modulo,
    power=torch.pow, maximum=_maximum, minimum=_minimum, hypot=_hypot,
    equal=torch.eq, not_equal=torch.ne, greater=torch.gt,
    greater_equal=torch.ge, lesser=torch.lt, lesser_equal=torch.le,
    logical_and=lambda a, b: (a != 0) & (b != 0),
    logical_or=lambda a, b: (a != 0) | (b != 0),
    logical_xor=lambda a, b: (a != 0) ^ (b != 0))


def require_one_dtype(p, *xs):
    """Refuse to mix dtypes, as MXNet does where torch would convert."""
    dtype = xs[0].dtype
    if any([x.dtype != dtype for x in xs]):
        raise MXNetError(
            'Operator %s: all arrays must have the same dtype, but have %s'
            % (p.op, ', '.join(str(x.dtype) for x in xs)))


def _broadcast(function):
    def compute(p, a, b):
        if a.dtype != b.dtype:
            require_one_dtype(p, a, b)
        result = function(a, b)
        return result if result.dtype == a.dtype else result.to(a.dtype)
    return compute


def _elementwise(function):
    def compute(p, a, b):
        if a.shape != b.shape:
            raise MXNetError('Operator %s: shapes %s and %s differ' % (
                p.op, tuple(a.shape), tuple(b.shape)))
        if a.dtype != b.dtype:
            require_one_dtype(p, a, b)
        result = function(a, b)
        return result if result.dtype == a.dtype else result.to(a.dtype)
    return compute


for _name, _function in BINARY.items():
    OPS['broadcast_' + _name] = _broadcast(_function)
    OPS[('elemwise_' if _name in ('add', 'sub', 'mul', 'div') else '_')
        + _name] = _elementwise(_function)
OPS['_grad_add'] = OPS['elemwise_add']


@op('add_n', 'ElementWiseSum')
def add_n(p, *xs):
    require_one_dtype(p, *xs)
    if any([x.shape != xs[0].shape for x in xs]):
        raise MXNetError('Operator add_n: the shapes differ: %s'
                         % ', '.join(str(tuple(x.shape)) for x in xs))
    total = xs[0] + xs[1] if len(xs) > 1 else xs[0]
    for x in xs[2:]:
        total = total + x
    return total


# -- an array and a number
def _number(x, p):
    scalar = float(p.scalar)
    if x.is_floating_point():
        return scalar
    return int(scalar) if math.isfinite(scalar) else 0


def _scalar(function):
    def compute(p, x):
        if not x.is_floating_point():
            if not p.is_int:    # mx.np says that the number is no integer
                x = x.double()
            elif x.dtype == torch.bool:
                x = x.to(torch.int64)
        result = function(x, _number(x, p))
        return result if result.dtype == x.dtype else result.to(x.dtype)
    return compute


def _like(x, s):
    return torch.full_like(x, s)


def _power_of_number(x, s):
    if s < 0 and not x.is_floating_point():
        return convert(torch.pow(x.double(), s), x.dtype)
    return torch.pow(x, s)


SCALAR = dict(
    _plus=torch.add, _minus=torch.sub, _rminus=lambda x, s: s - x,
    _mul=torch.mul, _div=lambda x, s: _divide(x, _like(x, s))
    if not x.is_floating_point() else x / s,
    _rdiv=lambda x, s: _divide(_like(x, s), x)
    if not x.is_floating_point() else s / x,
    _mod=lambda x, s: _modulo(x, _like(x, s)),
    _rmod=lambda x, s: _modulo(_like(x, s), x),
    _power=_power_of_number, _rpower=lambda x, s: torch.pow(s, x),
    _maximum=lambda x, s: torch.clamp(x, min=s),
    _minimum=lambda x, s: torch.clamp(x, max=s),
    _hypot=lambda x, s: _hypot(x, _like(x, s)),
    _equal=torch.eq, _not_equal=torch.ne, _greater=torch.gt,
    _greater_equal=torch.ge, _lesser=torch.lt, _lesser_equal=torch.le,
    _logical_and=lambda x, s: (x != 0) & bool(s),
    _logical_or=lambda x, s: (x != 0) | bool(s),
    _logical_xor=lambda x, s: (x != 0) ^ bool(s))
for _name, _function in SCALAR.items():
    OPS[_name + '_scalar'] = _scalar(_function)


@op('where', constants=(0,))
def where(p, condition, a, b):
    require_one_dtype(p, a, b)
    rows = condition.dim() == 1 and condition.shape == a.shape[:1]
    if a.shape != b.shape or not (rows or condition.shape == a.shape):
        raise MXNetError(
            'Operator where: x and y must have one shape, and condition '
            'this shape or a number for each row, but the shapes are %s, %s '
            'and %s' % tuple(map(tuple, (a.shape, b.shape, condition.shape))))
    if rows and a.dim() > 1:
        condition = condition.view(-1, *[1] * (a.dim() - 1))
    return torch.where(condition != 0, a, b)


@op('_identity_with_attr_like_rhs', constants=(1,))
def identity_like(p, a, b):
    return a
