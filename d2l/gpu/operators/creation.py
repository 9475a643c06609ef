"""Operators that create arrays, of a shape alone or like another array."""
import torch
from mxnet.base import MXNetError

from ..registry import OPS, op
from ..state import NAMES, devices, state


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
    start, step = p.start, p.step
    if not x.is_floating_point():
        start, step = int(start), int(step)
    y = (torch.arange(count, dtype=torch.float64, device=x.device) * step
         + start).to(x.dtype).repeat_interleave(p.repeat)[:n]
    return y.reshape(x.shape) if p.axis is None else y
