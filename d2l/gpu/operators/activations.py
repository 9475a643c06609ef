"""Activations, dropout, softmax."""
import torch
import torch.nn.functional as F

from ..registry import OPS, op
from ..state import NAMES, state
from .random import draw

_ACTIVATIONS = {
    'relu': torch.relu, 'sigmoid': torch.sigmoid, 'tanh': torch.tanh,
    'softrelu': F.softplus, 'softsign': F.softsign}


@op('Activation')
def activation(p, x):
    return _ACTIVATIONS[p.act_type](x)


def _prelu(p, x, gamma):
    shape = [1] * x.dim()
    if x.dim() > 1:
        shape[1] = -1
    return torch.where(x > 0, x, x * gamma.reshape(shape))


def _rrelu(p, x, gamma):
    """Slopes are drawn in training; the second output has them."""
    if state.training:
        slopes = draw(torch.empty_like(x).uniform_, p.lower_bound,
                      p.upper_bound)
    else:
        slopes = torch.full_like(x, (p.lower_bound + p.upper_bound) / 2)
    slopes = torch.where(x > 0, 1, slopes)
    return x * slopes, slopes


_LEAKY = {
    'leaky': lambda p, x, gamma: F.leaky_relu(x, p.slope),
    'prelu': _prelu, 'rrelu': _rrelu,
    'elu': lambda p, x, gamma: F.elu(x, p.slope),
    'selu': lambda p, x, gamma: F.selu(x),
    'gelu': lambda p, x, gamma: F.gelu(x)}


@op('LeakyReLU', constants=(1,))
def leaky_relu(p, x, gamma=None):
    return _LEAKY[p.act_type](p, x, gamma)


@op('Dropout')
def dropout(p, x):
    if p.p == 0 or not (state.training or p.mode == 'always'):
        return x
    shape = list(x.shape)
    for axis in p.axes or ():
        shape[axis] = 1
    mask = torch.empty(shape, dtype=x.dtype, device=x.device)
    draw(mask.bernoulli_, 1 - p.p).div_(1 - p.p)
    return x * mask


def _softmax(function, sign=1):
    def compute(p, x, length=None):
        dtype = NAMES.get(p.dtype, x.dtype)
        if dtype != x.dtype:
            x = x.to(dtype)
        if p.temperature not in (None, 1.0):
            x = x / (sign * p.temperature)
        elif sign < 0:
            x = -x
        if length is None or not p.use_length:
            return function(x, p.axis)
        axis = p.axis % x.dim()
        place = torch.arange(x.shape[axis], device=x.device).reshape(
            [-1 if i == axis else 1 for i in range(x.dim())])
        inside = place < length.unsqueeze(axis)
        # not -inf: a row of length 0 would have gradients of NaN
        y = function(x.masked_fill(~inside, torch.finfo(x.dtype).min), axis)
        return torch.where(inside, y, 0)
    return compute


OPS.update({'softmax': _softmax(torch.softmax),
            'log_softmax': _softmax(torch.log_softmax),
            'softmin': _softmax(torch.softmax, -1)})


@op('SoftmaxActivation')
def softmax_activation(p, x):
    if p.mode == 'channel':
        return torch.softmax(x, 1)
    return torch.softmax(x.flatten(1), 1).reshape(x.shape)
