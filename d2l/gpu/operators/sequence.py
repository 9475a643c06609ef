"""Operators on sequences of different lengths.

The layout is (time, batch, ...) with axis 0, (batch, time, ...) with axis 1.
"""
import torch
from mxnet.base import MXNetError

from ..registry import op
from .convolutions import check_shape


def _has_lengths(p, x, lengths):
    """Whether there are lengths to heed; refused are those that do not fit."""
    if x.dim() < 2:
        raise MXNetError('operator %s: data must have a batch of sequences, '
                         'but have shape %s' % (p.op, tuple(x.shape)))
    if lengths is None or not p.use_sequence_length:
        return False
    check_shape(p, 'sequence_length', lengths, (x.shape[1 - p.axis],))
    return True


def _require_inside(p, x, lengths):
    """Beyond the data CUDA would fail, and all that comes after it."""
    n = x.shape[p.axis]
    if not ((lengths >= 0) & (lengths <= n)).all():
        raise MXNetError(
            'operator %s: sequence_length must lie in 0 to %d, the number of '
            'steps, but goes from %g to %g' % (p.op, n, lengths.min(),
                                               lengths.max()))


def _steps(p, x, lengths):
    """Whether each step of each sequence lies within its length."""
    n = x.shape[p.axis]
    time = torch.arange(n, device=x.device)
    inside = time.unsqueeze(1) < lengths.to(torch.int64)    # (time, batch)
    if p.axis == 1:
        inside = inside.t()
    return inside.reshape(*inside.shape, *[1] * (x.dim() - 2))


@op('SequenceMask', constants=(1,))
def sequence_mask(p, x, lengths=None):
    if not _has_lengths(p, x, lengths):
        return x
    return torch.where(_steps(p, x, lengths), x,
                       torch.full_like(x, p.value))


@op('SequenceLast', constants=(1,))
def sequence_last(p, x, lengths=None):
    if not _has_lengths(p, x, lengths):
        return x.select(p.axis, -1)
    _require_inside(p, x, lengths)
    x = x.transpose(0, 1) if p.axis == 1 else x
    return x[lengths.to(torch.int64) - 1,
             torch.arange(x.shape[1], device=x.device)]


@op('SequenceReverse', constants=(1,))
def sequence_reverse(p, x, lengths=None):
    if not _has_lengths(p, x, lengths):
        return torch.flip(x, [p.axis])
    _require_inside(p, x, lengths)
    time = torch.arange(x.shape[0], device=x.device).unsqueeze(1)
    lengths = lengths.to(torch.int64)
    source = torch.where(time < lengths, lengths - 1 - time, time)
    return x[source, torch.arange(x.shape[1], device=x.device)]
