"""Pooling by MXNet's own code where oneDNN has no fast code for it.

On a processor without AVX-512, oneDNN pools fast only where it has stored
the channels in blocks of 8, as its convolutions do whose number of channels
is a multiple of 8. For others, such as the 6 of LeNet, MXNet's own code is
faster. MXNet uses it for arrays with the channels last.
"""
import functools
import os
import platform

from mxnet import gluon
from mxnet.gluon import nn

from .. import gluon_internals

_KEEP_CHANNELS = (nn.Activation, nn.BatchNorm, nn.Dropout)


def use_fast_pooling(blocks):
    """Replace the poolings that this processor has no fast code for.

    The results stay the same to the last bit.

    Parameters
    ----------
    blocks : list of HybridBlock
        Applied in turn.

    Returns
    -------
    list of HybridBlock
        For use in a compiled graph only: by itself, MXNet's pooling of a
        transposed array has wrong gradients.
    """
    if _has_avx512():
        return blocks
    channels, chosen = 8, []
    for block in blocks:
        if isinstance(block, nn.Conv2D):
            channels = gluon_internals.num_channels(block)
        elif isinstance(block, (nn.MaxPool2D, nn.AvgPool2D)):
            if channels % 8 and _is_same(block):
                block = _ChannelsLast(block)
        elif not isinstance(block, _KEEP_CHANNELS):
            channels = 8    # unknown
        chosen.append(block)
    return chosen


class _ChannelsLast(gluon.HybridBlock):
    """The same pooling, with the channels last in between."""

    def __init__(self, pooling):
        super().__init__()
        self.arguments = dict(gluon_internals.pooling_arguments(pooling),
                              layout='NHWC')

    def hybrid_forward(self, F, X):
        X = F.transpose(X, axes=(0, 2, 3, 1))
        return F.transpose(F.Pooling(X, **self.arguments), axes=(0, 3, 1, 2))


def _is_same(block):
    """Whether MXNet's own code computes the same numbers as oneDNN's.

    It divides before it adds up an average, which makes no difference where
    the divisor is a power of 2.
    """
    arguments = gluon_internals.pooling_arguments(block)
    if arguments['layout'] != 'NCHW':
        return False
    if isinstance(block, nn.MaxPool2D):
        return True
    height, width = arguments['kernel']
    return (height * width in (1, 2, 4, 8, 16)
            and not any(arguments['pad'])
            and arguments['pooling_convention'] == 'valid')


@functools.lru_cache()
def _has_avx512():
    """Whether oneDNN may use AVX-512, or is no x86 code at all."""
    if platform.machine() not in ('x86_64', 'AMD64'):
        return True
    limit = os.environ.get('DNNL_MAX_CPU_ISA', 'AVX512').upper()
    if 'AVX512' not in limit and limit not in ('ALL', 'DEFAULT'):
        return False
    try:
        with open('/proc/cpuinfo') as file:
            return ' avx512f ' in file.read()
    except OSError:     # not on Linux: leave all as it is
        return True
