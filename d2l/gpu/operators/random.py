"""Random numbers, by a generator for each device.

A distribution is a function of the array to fill and of its parameters, which
are numbers or arrays of the same shape.
"""
import threading

import torch
from mxnet.base import MXNetError

from ..registry import OPS, op
from ..state import NAMES, devices, state

_generators = {}
# held by who draws, seeds, launches a captured net, or begins a backward:
# while a net is captured, torch lets nobody else draw
drawing = threading.RLock()


def seed(number, dev):
    """mx.random.seed: `dev` None means all devices."""
    if dev is not None:
        devices.require(dev)
    with drawing:
        for index in range(devices.count) if dev is None else [dev]:
            here = number + (index if dev is None else 0)
            _generator(index).manual_seed(here)
            if devices.kind == 'cpu':   # recurrent layers draw from this one
                torch.default_generator.manual_seed(here)


def _generator(index):
    """The generator of gpu(index): torch's own for this device.

    Where the CPU plays several GPUs, each has one. As in MXNet, what nobody
    has seeded draws the same numbers in each process.
    """
    if index not in _generators:
        if devices.kind == 'cpu':
            _generators[index] = torch.Generator()
        else:
            torch.cuda.init()
            # not devices[index], which would count as used from then on
            _generators[index] = torch.cuda.default_generators[
                index % devices.real]
        _generators[index].manual_seed(index)
    return _generators[index]


def generator():
    """The generator of the device that computes."""
    return _generator(state.device)


def draw(function, *parameters, **options):
    """Call a function of torch's, or a tensor's method, that draws."""
    with drawing:
        return function(*parameters, generator=generator(), **options)


# -- distributions
def uniform(x, low, high):
    return low + (high - low) * draw(x.uniform_)


def normal(x, loc, scale):
    return loc + scale * draw(x.normal_)


def check_probabilities(p, values):
    """On a GPU a kernel of torch would fail, and all that come after it."""
    if not ((values >= 0).all() & torch.isfinite(values).all()
            & (values.sum(-1) > 0).all()):
        raise MXNetError('Operator %s: probabilities must not be negative, '
                         'and one of them must be above 0' % p.op)


def exponential(x, lam):
    return draw(x.exponential_) / lam


def gamma(x, alpha, beta):
    """Of an alpha of 0 all are 0, of a smaller one nan."""
    alpha = torch.as_tensor(alpha, dtype=x.dtype, device=x.device)
    drawn = draw(torch._standard_gamma, torch.where(
        alpha > 0, alpha, 1).expand_as(x).contiguous())
    none = torch.where(alpha == 0, 0., torch.nan).to(x.dtype)
    return torch.where(alpha > 0, drawn, none) * beta


def poisson(x, lam):
    """Of a negative lam all are 0, as on the CPU; torch would fail."""
    lam = torch.as_tensor(lam, dtype=x.dtype, device=x.device).expand_as(x)
    finite = torch.isfinite(lam)
    drawn = draw(torch.poisson, torch.where(finite & (lam > 0), lam, 0))
    return torch.where(finite, drawn, lam)


def negative_binomial(x, k, p):
    return poisson(x, gamma(x, k, (1 - p) / p))


def generalized_negative_binomial(x, mu, alpha):
    """An alpha of 0 is the limit: Poisson's distribution."""
    alpha = torch.as_tensor(alpha, dtype=x.dtype, device=x.device)
    spread = gamma(x, 1 / torch.where(alpha == 0, 1, alpha), alpha)
    return poisson(x, torch.where(alpha == 0, 1, spread) * mu)


_POSITIVE = (lambda n: n > 0), 'has to be positive'
_NOT_NEGATIVE = (lambda n: n >= 0), 'has to be non-negative'
_DISTRIBUTIONS = {      # functions, parameters, and what these have to be
    'uniform': (uniform, dict(low=None, high=None)),
    'normal': (normal, dict(loc=None, scale=_POSITIVE)),
    'exponential': (exponential, dict(lam=_POSITIVE)),
    'gamma': (gamma, dict(alpha=_POSITIVE, beta=_POSITIVE)),
    'poisson': (poisson, dict(lam=_NOT_NEGATIVE)),
    'negative_binomial': (negative_binomial, dict(
        k=_NOT_NEGATIVE, p=((lambda p: 0 < p <= 1), 'has to be above 0, and '
                            'at most 1'))),
    'generalized_negative_binomial': (generalized_negative_binomial, dict(
        mu=_NOT_NEGATIVE, alpha=_NOT_NEGATIVE))}


def _check(p, demands):
    for name, demand in demands.items():
        if demand and not demand[0](getattr(p, name)):
            raise MXNetError('Operator %s: %s=%s %s' % (
                p.op, name, getattr(p, name), demand[1]))
    if 'low' in demands and not p.low <= p.high:
        raise MXNetError('Operator %s: low=%s must be less than or equal to '
                         'high=%s' % (p.op, p.low, p.high))


# -- arrays to fill
def find_dtype(p, default='float32'):
    """The dtype that is asked for; else that of the array given by out=.

    An operator that has no parameter dtype draws the default.
    """
    given = state.outputs[0].data.dtype if state.outputs else None
    name = getattr(p, 'dtype', default)
    named = None if name in (None, 'None') else NAMES[name]
    if given is not None and (
            named not in (None, given)
            or given.is_floating_point != NAMES[default].is_floating_point):
        raise MXNetError('Operator %s draws %s: the array that is given for '
                         'it (out=) has dtype %s' % (
                             p.op, named or NAMES[default], given))
    return named or given or NAMES[default]


def _find_shape(p):
    if p.shape is None and state.outputs:
        return state.outputs[0].data.shape
    if p.shape is None and not state.np_shape:
        return (1,)
    shape = p.shape or ()
    if not state.np_shape and (0 in shape or not shape):
        raise MXNetError('Operator %s: shape=%s has no elements'
                         % (p.op, shape))
    return shape


def working(dtype):
    """The dtype to draw in: not all of torch's methods know float16."""
    return dtype if dtype == torch.float64 else torch.float32


def empty(shape, dtype):
    return torch.empty(tuple(shape), dtype=dtype,
                       device=devices[state.device])


def _define(name, function, demands):
    def random(p):
        """Parameters are numbers."""
        _check(p, demands)
        dtype = find_dtype(p)
        x = empty(_find_shape(p), working(dtype))
        return function(x, *[getattr(p, n) for n in demands]).to(dtype)

    def random_like(p, x):
        """Of the shape and dtype of another array."""
        _check(p, demands)
        if not x.is_floating_point():
            raise MXNetError('Operator %s: the array has dtype %s, but has '
                             'to have a floating one' % (p.op, x.dtype))
        like = torch.empty_like(x, dtype=working(x.dtype))
        return function(like, *[getattr(p, n) for n in demands]).to(x.dtype)

    def sample(p, *parameters):
        """Of each element of the parameters a number of samples is drawn."""
        first = parameters[0]
        if any([(x.shape, x.dtype) != (first.shape, first.dtype)
                for x in parameters]):
            raise MXNetError(
                'Operator %s: its arrays must have one shape and dtype, but '
                'have %s' % (p.op, ', '.join('%s %s' % (
                    x.dtype, tuple(x.shape)) for x in parameters)))
        dtype, shape = find_dtype(p), tuple(p.shape or ())
        x = empty(first.shape + shape, working(dtype))
        return function(x, *[
            y.detach().to(x.dtype).reshape(y.shape + (1,) * len(shape))
            for y in parameters]).to(dtype)

    OPS['_random_' + name] = random
    OPS['_random_%s_like' % name] = random_like
    OPS['_sample_' + name] = sample


for _name, (_function, _demands) in _DISTRIBUTIONS.items():
    _define(_name, _function, _demands)


# -- whole numbers
@op('_random_randint')
def randint(p):
    if p.low >= p.high:
        raise MXNetError('Operator %s: low=%s must be less than high=%s'
                         % (p.op, p.low, p.high))
    x = empty(_find_shape(p), find_dtype(p, 'int32'))
    return draw(x.random_, p.low, p.high)


@op('_sample_multinomial')
def sample_multinomial(p, prob):
    if not prob.is_floating_point() or not prob.dim():
        raise MXNetError(
            'Operator %s: the probabilities have dtype %s and shape %s, but '
            'have to be floats, of at least one axis' % (
                p.op, prob.dtype, tuple(prob.shape)))
    shape = tuple(p.shape or ())
    flat = prob.reshape(-1, prob.shape[-1])
    check_probabilities(p, flat)
    drawn = draw(torch.multinomial, flat.detach(),
                 torch.Size(shape).numel(), True)
    shape = prob.shape[:-1] + shape or (1,)
    index = drawn.reshape(shape).to(NAMES[p.dtype])
    if p.get_prob:
        return index, torch.log(flat.gather(1, drawn)).reshape(shape)
    return index


@op('_shuffle')
def shuffle(p, x):
    return x[draw(torch.randperm, x.shape[0], device=x.device)]
