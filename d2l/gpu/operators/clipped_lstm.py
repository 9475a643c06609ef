"""LSTM layers whose cell states are clipped, as cuDNN does: step by step."""
import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..state import state
from .random import drawing


def is_clipped(p):
    return (p.lstm_state_clip_min is not None
            or p.lstm_state_clip_max is not None)


def run(p, x, states, lengths, weights):
    """What the operator RNN gives: the outputs and the last states.

    Parameters
    ----------
    p : types.SimpleNamespace
    x : torch.Tensor
        (time, batch, inputs)
    states : list of torch.Tensor
        The first of h and of c, for each layer and direction.
    lengths : torch.Tensor or None
        Of the sequences: what comes after is 0.
    weights : list of torch.Tensor
        As torch.lstm takes them.
    """
    if p.mode != 'lstm' or None in (p.lstm_state_clip_min,
                                    p.lstm_state_clip_max):
        raise MXNetError(
            "operator RNN: lstm_state_clip_min and lstm_state_clip_max need "
            "each other, and mode='lstm'; but are %s and %s, and mode is %r"
            % (p.lstm_state_clip_min, p.lstm_state_clip_max, p.mode))
    inside = None
    if lengths is not None:
        time = torch.arange(len(x), device=x.device)
        inside = (time.unsqueeze(1) < lengths).unsqueeze(2)
    directions = 2 if p.bidirectional else 1
    size = len(weights) // (p.num_layers * directions)
    last = []
    for layer in range(p.num_layers):
        if layer and p.p and state.training:
            with drawing:
                x = F.dropout(x, p.p)
        outputs = []
        for direction in range(directions):
            i = len(last)
            y, *ends = _run_direction(
                p, x, [s[i] for s in states], inside,
                weights[i * size:(i + 1) * size], direction)
            outputs.append(y)
            last.append(ends)
        x = torch.cat(outputs, 2)
    return (x, *map(torch.stack, zip(*last)))


def _run_direction(p, x, states, inside, weights, backwards):
    h, c = states
    first, second, bias, other_bias, *projection = weights
    inputs = F.linear(x, first, bias + other_bias)
    outputs = []
    for t in range(len(x))[::-1 if backwards else 1]:
        entry, forget, new, out = (
            inputs[t] + F.linear(h, second)).chunk(4, 1)
        states = h, c
        c = _clip(p, torch.sigmoid(forget) * c
                  + torch.sigmoid(entry) * torch.tanh(new))
        h = torch.sigmoid(out) * torch.tanh(c)
        if projection:
            h = F.linear(h, projection[0])
        y = h
        if inside is not None:
            y = torch.where(inside[t], h, 0)
            h, c = [torch.where(inside[t], now, before)
                    for now, before in zip((h, c), states)]
        outputs.append(y)
    return torch.stack(outputs[::-1 if backwards else 1]), h, c


def _clip(p, c):
    low = p.lstm_state_clip_min
    if p.lstm_state_clip_nan:
        c = torch.where(torch.isnan(c), low, c)
    return c.clamp(low, p.lstm_state_clip_max)
