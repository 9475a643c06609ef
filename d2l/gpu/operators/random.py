"""Random numbers, by a generator for each device."""
import torch

from ..registry import op
from ..state import NAMES, devices, state

_generators = {}


def seed(number, dev):
    """mx.random.seed: `dev` None means all devices."""
    for index in range(devices.count) if dev is None else [dev]:
        here = number + (index if dev is None else 0)
        _generator(index).manual_seed(here)
        if devices.kind == 'cpu':   # recurrent layers draw from this one
            torch.default_generator.manual_seed(here)


def _generator(index):
    """The generator of gpu(index): torch's own for this device.

    Where the CPU plays several GPUs, each has one.
    """
    if index not in _generators:
        if devices.kind == 'cpu':
            _generators[index] = torch.Generator()
        else:
            torch.cuda.init()
            _generators[index] = torch.cuda.default_generators[index]
        _generators[index].seed()
    return _generators[index]


def generator():
    """The generator of the device that computes."""
    return _generator(state.device)


def draw(method, *parameters):
    """Call a method that fills a tensor with random numbers."""
    return method(*parameters, generator=generator())


def _empty(p, default='float32'):
    """The array to fill; one that is given (out=) says what p leaves open."""
    given = state.outputs[0].data if state.outputs else None
    if p.shape:
        shape = p.shape if isinstance(p.shape, tuple) else (p.shape,)
    else:
        shape = (1,) if given is None else given.shape
    if p.dtype not in (None, 'None'):
        dtype = NAMES[p.dtype]
    else:
        dtype = NAMES[default] if given is None else given.dtype
    return torch.empty(shape, dtype=dtype, device=devices[state.device])


@op('_random_uniform')
def uniform(p):
    return _empty(p).uniform_(p.low, p.high, generator=generator())


@op('_random_normal')
def normal(p):
    return _empty(p).normal_(p.loc, p.scale, generator=generator())


@op('_random_uniform_like')
def uniform_like(p, x):
    return torch.empty_like(x).uniform_(p.low, p.high, generator=generator())


@op('_random_normal_like')
def normal_like(p, x):
    return torch.empty_like(x).normal_(p.loc, p.scale, generator=generator())


@op('_random_exponential')
def exponential(p):
    return _empty(p).exponential_(p.lam, generator=generator())


@op('_random_poisson')
def poisson(p):
    x = _empty(p)
    return torch.poisson(torch.full_like(x, p.lam), generator=generator())


def _gamma(alpha):
    return torch._standard_gamma(alpha, generator=generator())


@op('_random_gamma')
def gamma(p):
    return _gamma(torch.full_like(_empty(p), p.alpha)) * p.beta


@op('_random_negative_binomial')
def negative_binomial(p):
    x = torch.full_like(_empty(p), float(p.k))
    return torch.poisson(_gamma(x) * ((1 - p.p) / p.p),
                         generator=generator())


@op('_random_generalized_negative_binomial')
def generalized_negative_binomial(p):
    x = torch.full_like(_empty(p), 1 / p.alpha)
    return torch.poisson(_gamma(x) * p.mu * p.alpha, generator=generator())


@op('_random_randint')
def randint(p):
    return _empty(p, 'int32').random_(p.low, p.high, generator=generator())


def _samples(p, x):
    """A parameter for each of the samples that are drawn of it."""
    shape = tuple(p.shape or ())
    return x.reshape(x.shape + (1,) * len(shape)).expand(x.shape + shape)


def _typed(p, y):
    return y.to(NAMES.get(p.dtype, torch.float32))


@op('_sample_uniform')
def sample_uniform(p, low, high):
    low, high = _samples(p, low), _samples(p, high)
    u = torch.rand(low.shape, generator=generator(), device=low.device)
    return _typed(p, low + (high - low) * u)


@op('_sample_normal')
def sample_normal(p, mu, sigma):
    mu, sigma = _samples(p, mu), _samples(p, sigma)
    z = torch.randn(mu.shape, generator=generator(), device=mu.device)
    return _typed(p, mu + sigma * z)


@op('_sample_gamma')
def sample_gamma(p, alpha, beta):
    return _typed(p, _gamma(_samples(p, alpha).contiguous())
                  * _samples(p, beta))


@op('_sample_exponential')
def sample_exponential(p, lam):
    lam = _samples(p, lam)
    return _typed(p, torch.empty_like(lam).exponential_(
        1, generator=generator()) / lam)


@op('_sample_poisson')
def sample_poisson(p, lam):
    return _typed(p, torch.poisson(_samples(p, lam).contiguous(),
                                   generator=generator()))


@op('_sample_multinomial')
def sample_multinomial(p, prob):
    count = 1
    for n in p.shape or ():
        count *= n
    flat = prob.reshape(-1, prob.shape[-1])
    drawn = torch.multinomial(flat, count, True, generator=generator())
    shape = prob.shape[:-1] + tuple(p.shape or ())
    index = drawn.reshape(shape or (1,)).to(NAMES[p.dtype])
    if p.get_prob:
        return index, torch.log(flat.gather(1, drawn)).reshape(shape or (1,))
    return index


@op('_shuffle')
def shuffle(p, x):
    return x[torch.randperm(x.shape[0], generator=generator(),
                            device=x.device)]
