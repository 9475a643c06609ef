"""The fused recurrent layers: parameters in one array, as cuDNN has them."""
import torch
from mxnet.base import MXNetError

from ..registry import op
from ..state import state

_RUN = {'lstm': torch._VF.lstm, 'gru': torch._VF.gru,
        'rnn_tanh': torch._VF.rnn_tanh, 'rnn_relu': torch._VF.rnn_relu}
_GATES = {'lstm': 4, 'gru': 3, 'rnn_tanh': 1, 'rnn_relu': 1}


def unpack(flat, inputs, hidden, layers, directions, gates):
    """torch's list of weights: views of MXNet's one array.

    All weights come first, then all biases, layer by layer and direction by
    direction; both have the same order of gates.
    """
    weights, biases, place = [], [], 0

    def take(*shape):
        nonlocal place
        n = 1
        for s in shape:
            n *= s
        part = flat[place:place + n].view(shape)
        place += n
        return part
    for layer in range(layers):
        size = inputs if layer == 0 else hidden * directions
        for _ in range(directions):
            weights.append((take(gates * hidden, size),
                            take(gates * hidden, hidden)))
    for _ in range(layers * directions):
        biases.append((take(gates * hidden), take(gates * hidden)))
    return [t for w, b in zip(weights, biases) for t in w + b]


@op('RNN')
def rnn(p, x, parameters, h, *more):
    if p.projection_size or p.use_sequence_length:
        raise MXNetError('RNN: projections and sequence lengths are not '
                         'supported on this GPU')
    if p.lstm_state_clip_min is not None:
        raise MXNetError('RNN: clipping of states is not supported on this '
                         'GPU')
    directions = 2 if p.bidirectional else 1
    weights = unpack(parameters, x.shape[2], p.state_size, p.num_layers,
                     directions, _GATES[p.mode])
    shape = (h.shape[0], x.shape[1], h.shape[2])
    states = [s.expand(shape).contiguous() for s in (h,) + more[:1]]
    y, *last = _RUN[p.mode](
        x, states if p.mode == 'lstm' else states[0], weights, True,
        p.num_layers, p.p, state.training, p.bidirectional, False)
    return (y, *last) if p.state_outputs else y
