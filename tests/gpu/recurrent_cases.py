"""Calls of the fused recurrent operator."""
import numpy as np
from case import Case

GATES = dict(lstm=4, gru=3, rnn_tanh=1, rnn_relu=1)
INPUTS, HIDDEN = 3, 4


def count_parameters(mode, layers, directions, projection=None):
    rows, size = GATES[mode] * HIDDEN, projection or HIDDEN
    return directions * sum(
        rows * ((size * directions if layer else INPUTS) + size + 2)
        + (projection or 0) * HIDDEN for layer in range(layers))


def make_case(mode='lstm', layers=1, directions=1, steps=4, batch=3,
              projection=None, lengths=None, seed=0, train=True,
              differentiate=None, dtype='float32', **params):
    random = np.random.RandomState(seed)
    depth = layers * directions
    shapes = [(steps, batch, INPUTS),
              (count_parameters(mode, layers, directions, projection),),
              (depth, batch, projection or HIDDEN)]
    if mode == 'lstm':
        shapes.append((depth, batch, HIDDEN))
    inputs = [random.normal(size=shape, scale=.5).astype(dtype)
              for shape in shapes]
    if lengths is not None:
        inputs.append(np.array(lengths, dtype))
        differentiate = len(shapes) if differentiate is None else 0
    params = dict(dict(state_outputs=True), **params)
    return Case('RNN', inputs, dict(
        params, mode=mode, state_size=HIDDEN, num_layers=layers,
        bidirectional=directions == 2, projection_size=projection,
        use_sequence_length=lengths is not None), train=train,
        differentiate=differentiate)
