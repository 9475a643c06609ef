"""The fused recurrent layers: parameters in one array, as cuDNN has them."""
import math

import torch
from mxnet.base import MXNetError
from torch.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pad_packed_sequence,
)

from ..registry import op
from ..state import state
from . import clipped_lstm
from .convolutions import check_shape
from .random import drawing

_GATES = {'lstm': 4, 'gru': 3, 'rnn_tanh': 1, 'rnn_relu': 1}


def _shapes(p, inputs):
    """For each layer and direction the shapes of its weights and biases."""
    directions = 2 if p.bidirectional else 1
    rows, size = _GATES[p.mode] * p.state_size, p.projection_size
    for layer in range(p.num_layers):
        columns = (size or p.state_size) * directions if layer else inputs
        for _ in range(directions):
            weights = [(rows, columns), (rows, size or p.state_size)]
            if size:
                weights.append((size, p.state_size))
            yield weights, [(rows,), (rows,)]


def _unpack(p, flat, inputs):
    """torch's list of parameters: views of MXNet's one array.

    All weights come first there, then all biases, layer by layer and
    direction by direction. The gates have the same order in both.
    """
    layers = list(_shapes(p, inputs))
    shapes = [shape for part in zip(*layers) for layer in part
              for shape in layer]
    sizes = [math.prod(shape) for shape in shapes]
    check_shape(p, 'the array of parameters', flat, (sum(sizes),))
    views = [view.view(shape)
             for view, shape in zip(flat.split(sizes), shapes)]
    here = 0
    biases = iter(views[-2 * len(layers):])
    unpacked = []
    for weights, _ in layers:
        first, second, *projection = views[here:here + len(weights)]
        here += len(weights)
        unpacked += [first, second, next(biases), next(biases), *projection]
    return unpacked


@op('RNN')
def rnn(p, x, parameters, *more):
    if p.projection_size and p.mode != 'lstm':
        raise MXNetError("operator RNN: projection_size needs mode='lstm', "
                         'but mode is %r' % p.mode)
    count = 2 if p.mode == 'lstm' else 1
    states, lengths = more[:count], more[count:]
    depth = p.num_layers * (2 if p.bidirectional else 1)
    for name, s, size in zip(('state', 'state_cell'), states, (
            p.projection_size or p.state_size, p.state_size)):
        check_shape(p, name, s, (depth, x.shape[1], size))
    weights = _unpack(p, parameters, x.shape[2])
    if clipped_lstm.is_clipped(p):
        y, *last = clipped_lstm.run(
            p, x, states, lengths[0] if p.use_sequence_length else None,
            weights)
    elif p.use_sequence_length:
        y, *last = _run_packed(p, x, states, lengths[0], weights)
    else:
        y, *last = _run(p, states, weights, x)
    return (y, *last) if p.state_outputs else y


def _run(p, states, weights, *data):
    """`data`: an array (time, batch, ...), or packed sequences."""
    layout = () if len(data) > 1 else (False,)      # the batch is no first
    x, *sizes = data
    dropout, training = (p.p, True) if state.training else (0., False)
    # cuDNN has gradients in training only: without dropout it is the same
    training = training or any([t.requires_grad
                                for t in (x, *states, *weights)])
    with drawing:
        return getattr(torch, p.mode)(
            x, *sizes, states if p.mode == 'lstm' else states[0], weights,
            True, p.num_layers, dropout, training, p.bidirectional, *layout)


def _run_packed(p, x, states, lengths, weights):
    """Each sequence ends at its length: there its last states are taken.

    What comes after is 0; from the right a sequence begins at its length.
    """
    packed = pack_padded_sequence(x, lengths.to('cpu', torch.int64),
                                  enforce_sorted=False)
    order, back = packed.sorted_indices, packed.unsorted_indices
    y, *last = _run(p, [s.index_select(1, order) for s in states], weights,
                    packed.data, packed.batch_sizes)
    y, _ = pad_packed_sequence(
        PackedSequence(y, packed.batch_sizes, order, back),
        total_length=len(x))
    return (y, *[s.index_select(1, back) for s in last])
