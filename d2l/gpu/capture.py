"""Which hybridized nets become CUDA graphs, and when.

Issued one by one, the kernels of a small net take longer to launch than to
run. CUDA records them once, with the memory that they use, and repeats them.
"""
import ast
import threading

import torch

from .cuda_graphs import (
    Capture,
    Launch,
    Recorder,
    compute_heads,
    differentiate,
    inputs_like,
)
from .gradients import is_underway
from .history import is_cut
from .operators.random import drawing, generator
from .precision import find_precisions
from .state import devices, state

_AFTER = 2          # calls of a kind that are computed eagerly
_MOST = 8           # kinds tried for a net on a GPU: each keeps memory


# Operators that only launch kernels: the CPU never waits for a result.
_OPERATORS = frozenset('''
    Activation BatchNorm BlockGrad Cast Concat Convolution Deconvolution
    Dropout Flatten FullyConnected GroupNorm InstanceNorm L2Normalization
    LRN LayerNorm LeakyReLU Pad Pooling Reshape SliceChannel SwapAxis
    UpSampling _contrib_AdaptiveAvgPooling2D _contrib_BilinearResize2D
    _copy _div_scalar _maximum_scalar _minimum_scalar _minus_scalar
    _mul_scalar _plus_scalar _power_scalar _rdiv_scalar _rminus_scalar
    _rpower_scalar abs amp_cast amp_multicast argmax batch_dot
    broadcast_add broadcast_div broadcast_equal broadcast_maximum
    broadcast_minimum broadcast_mul broadcast_sub clip dot elemwise_add
    elemwise_div elemwise_mul elemwise_sub exp expand_dims log log1p
    log_softmax max mean min negative pick relu reshape_like rsqrt sigmoid
    sign slice slice_axis smooth_l1 softmax softsign sqrt square squeeze
    stack sum tanh transpose
'''.split())


def can_capture():
    """Whether this GPU has CUDA graphs, and this torch undoes a failed one.

    A capture that fails leaves torch's generator unusable; from version 2.4
    on it can be given a new state. ROCm's graphs have not been tried.
    """
    return (devices.kind == 'cuda' and torch.version.hip is None
            and hasattr(torch.Generator, 'graphsafe_set_state'))


def find_data(graph, flags):
    """The places of a net's data among its inputs; None if it stays eager.

    Parameters
    ----------
    graph : Graph
    flags : dict of bytes
        What gluon has told MXNet of the net.
    """
    if (b'data_indices' not in flags or graph.is_inlined or graph.unknown
            or graph.passed or not graph.has_only(_OPERATORS)):
        return None
    return frozenset(ast.literal_eval(flags[b'data_indices'].decode()))


class CapturedNet:
    """A Graph for `run`, captured for the inputs that it gets often."""

    passed = ()     # see Graph

    def __init__(self, graph, data):
        self.graph, self.data = graph, data
        self.lock = threading.Lock()
        self.counts = {}        # of calls, by kind
        # by kind: where the parameters are, and a Capture, None where eager
        # is right
        self.captures = {}

    def __call__(self, p, *tensors):
        with self.lock:
            found = self._find(tensors)
            if found is not None and not found.is_waiting():
                return found(tensors)
        return self.graph(p, *tensors)

    def connect_heads(self, heads, tensors):
        if isinstance(heads[0].grad_fn, Launch._backward_cls):
            return heads        # they reach all inputs
        return self.graph.connect_heads(heads, tensors)

    def _find(self, tensors):
        """The Capture for these inputs, made if they come often, or None."""
        if any([is_cut(tensors[i]) or hasattr(tensors[i], 'history')
                for i in self.data]):
            return None     # integers: `history` refuses what would be lost
        kind = (state.device, state.training, state.np_shape,
                torch.is_grad_enabled(), *find_precisions(), *[
                    (t.shape, t.dtype, t.requires_grad) if i in self.data
                    else id(t) for i, t in enumerate(tensors)])
        if kind in self.captures:
            return self.captures[kind][1]
        if len(self.counts) > 1000:     # such as lengths that change
            self.counts.clear()
        count = self.counts[kind] = self.counts.get(kind, 0) + 1
        if count <= _AFTER:
            return None
        places = [t.data_ptr() for i, t in enumerate(tensors)
                  if i not in self.data]
        self.captures = {   # but those of parameters that were replaced
            k: kept for k, kept in self.captures.items()
            if k[0] != state.device or kept[0] == places}
        if sum([k[0] == state.device for k in self.captures]) >= _MOST:
            return None
        with drawing:   # nobody else draws, and no backward begins
            if is_underway():
                return None
            found = try_capture(self.graph, self.data, tensors)
        self.captures[kind] = places, found
        return found


def try_capture(graph, data, tensors):
    """A Capture of the net, or None where its numbers would be other ones.

    First both ways compute this batch: outputs, gradients, states such as the
    moving averages of BatchNorm, and random numbers must agree to the last
    bit.
    """
    try:
        return _try_capture(graph, data, tensors)
    except RuntimeError:    # such as out of memory: eager needs less
        return None


def _try_capture(graph, data, tensors):
    recorder = Recorder(state.device)
    # in prediction nothing is written to
    states = [t for i, t in enumerate(tensors)
              if i not in data and not t.requires_grad
              ] if any([t.requires_grad for t in tensors]) else []
    before = [t.clone() for t in states], generator().get_state()

    def go_back():
        for t, kept in zip(states, before[0]):
            t.data.copy_(kept)  # for torch's version counter it is no change
        # only if it has changed: by setting it, cuDNN's dropout in recurrent
        # layers begins anew
        if not torch.equal(generator().get_state(), before[1]):
            generator().set_state(before[1])

    def outcome(compute):
        go_back()
        heads, grads = compute()
        # heads without what eager has kept for backward, which takes memory
        return [*[h.detach() for h in heads],
                *[g for g in grads if g is not None],
                *[t.clone() for t in states], generator().get_state()]

    def eager():
        inputs = inputs_like(tensors, data)
        heads = compute_heads(graph, inputs)
        return heads, differentiate(
            heads, [h for h in heads if h.requires_grad], inputs)

    def captured():
        heads = found.forward(tensors)
        return heads, found.backward(heads)

    try:
        expected = outcome(lambda: recorder.run(eager))
        go_back()
        found = Capture(graph, data, tensors, recorder)
        agree = all(map(torch.equal, expected, outcome(captured)))
        return found if agree and recorder.has_room() else None
    finally:
        go_back()


