"""Hybridized nets as CUDA graphs: their kernels are launched by one call.

Issued one by one, the kernels of a small net take longer to launch than to
run. CUDA records them once, with the memory that they use, and repeats them.
"""
import ast
import threading
import warnings
import weakref

import torch
from mxnet.base import MXNetError

from .compute import NET
from .history import is_cut
from .operators.random import drawing, generator
from .state import devices, state

_AFTER = 2          # calls of a kind that are computed eagerly
_MOST = 8           # graphs of a net: each keeps memory
_SHARE = 1 / 4      # of a GPU's memory that all of them together may keep

_used = weakref.WeakSet()       # all captures

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


class Recorder:
    """Captures on one GPU: with a stream and a pool of memory of its own."""

    def __init__(self, index):
        self.device, self.num_bytes = devices[index], 0     # that are kept
        self.stream = torch.cuda.Stream(self.device)
        self.pool = torch.cuda.graph_pool_handle()

    def run(self, function):
        """What the function returns: run eagerly, where it is captured.

        What torch makes for a stream at first must not be made in a capture.
        """
        self.stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self.stream):
            results = function()
        torch.cuda.current_stream(self.device).wait_stream(self.stream)
        return results

    def record(self, function):
        """What launches again all that the function does, and its results.

        They are tensors that each launch fills anew.
        """
        graph = torch.cuda.CUDAGraph()
        spare = generator().clone_state()
        torch.cuda.empty_cache()    # as capturing does
        num_bytes = torch.cuda.memory_reserved(self.device)
        try:
            # a capture that fails would leave its stream in place
            with torch.cuda.stream(torch.cuda.current_stream(self.device)), \
                    warnings.catch_warnings(), \
                    torch.cuda.graph(graph, pool=self.pool,
                                     stream=self.stream,
                                     capture_error_mode='thread_local'):
                # that nothing is launched, such as by Flatten alone
                warnings.simplefilter('ignore')
                results = function()
        except Exception:
            generator().graphsafe_set_state(spare)
            raise
        self.num_bytes += torch.cuda.memory_reserved(self.device) - num_bytes
        return graph.replay, results

    def has_room(self):
        """Whether all captures together keep a small part of the memory."""
        total = torch.cuda.get_device_properties(self.device).total_memory
        return _SHARE * total > self.num_bytes + sum(
            c.num_bytes for c in _used if c.device == self.device)


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
        if isinstance(heads[0].grad_fn, _Launch._backward_cls):
            return heads        # they reach all inputs
        return self.graph.connect_heads(heads, tensors)

    def _find(self, tensors):
        """The Capture for these inputs, made if they come often, or None."""
        if any([is_cut(tensors[i]) or hasattr(tensors[i], 'history')
                for i in self.data]):
            return None     # integers: `history` refuses what would be lost
        kind = (state.device, state.training, state.np_shape,
                torch.is_grad_enabled(),
                torch.backends.cuda.matmul.allow_tf32,
                torch.backends.cudnn.allow_tf32, *[
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
        if len(self.captures) >= _MOST:
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
    with drawing:
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
            t.copy_(kept)
        generator().set_state(before[1])

    def outcome(compute):
        go_back()
        heads, grads = compute()
        return [*heads, *[g for g in grads if g is not None],
                *[t.clone() for t in states], generator().get_state()]

    def eager():
        inputs = _inputs_like(tensors, data)
        heads = graph(NET, *inputs)
        return heads, differentiate(
            heads, [h for h in heads if h.requires_grad], inputs)

    def captured():
        heads = found.forward(tensors)
        return heads, found.backward(heads)

    try:
        expected = outcome(lambda: recorder.run(eager))
        go_back()
        found = Capture(graph, data, tensors, recorder)
        if (all(map(torch.equal, expected, outcome(captured)))
                and recorder.has_room()):
            _used.add(found)
            return found
        return None
    finally:
        go_back()


class Capture:
    """A net, captured with its parameters and one kind of data.

    Attributes
    ----------
    inputs : list of torch.Tensor
        The data are copied here; the parameters are those of the net.
    heads, grads : list of torch.Tensor
        What forward and backward leave behind, until they run again.
    """

    def __init__(self, graph, data, tensors, recorder):
        # the parameters are kept: another one could get the id of one of them
        self.parameters = [t for i, t in enumerate(tensors) if i not in data]
        self.data, self.device = sorted(data), recorder.device
        self.inputs = _inputs_like(tensors, data)
        self.waiting = None     # a weak reference to what _Launch has saved
        self.launch_forward, self.heads = recorder.record(
            lambda: graph(NET, *self.inputs))
        self.head_grads = [torch.empty_like(h) for h in self.heads
                           if h.requires_grad]
        self.grads = [None] * len(tensors)
        if self.head_grads:
            self.launch_backward, self.grads = recorder.record(
                lambda: differentiate(self.heads, self.head_grads,
                                      self.inputs))
        self.num_bytes = recorder.num_bytes

    def is_waiting(self):
        """Whether a backward will need what the last forward computed."""
        return self.waiting is not None and self.waiting() is not None

    def __call__(self, tensors):
        if self.head_grads:
            return _Launch.apply(self, *tensors)
        return self.forward(tensors)

    def forward(self, tensors):
        for i in self.data:
            self.inputs[i].detach().copy_(tensors[i])
        self.launch_forward()
        return tuple([h.detach().clone() for h in self.heads])

    def backward(self, grads):
        if not self.head_grads:
            return self.grads
        grads = [g for g, h in zip(grads, self.heads) if h.requires_grad]
        for kept, grad in zip(self.head_grads, grads):
            kept.zero_() if grad is None else kept.copy_(grad)
        self.launch_backward()
        kept = [g.detach() for g in self.grads if g is not None]
        copies = list(map(torch.empty_like, kept))
        if kept:
            torch._foreach_copy_(copies, kept)      # by one launch
        copies = iter(copies)
        return [None if g is None else next(copies) for g in self.grads]


class _Launch(torch.autograd.Function):
    """A captured net, as one operator for torch's autograd."""

    @staticmethod
    def forward(ctx, capture, *tensors):
        ctx.set_materialize_grads(False)
        token = torch.empty(0)      # torch drops it when backward is over
        ctx.save_for_backward(token)
        ctx.capture, capture.waiting = capture, weakref.ref(token)
        return capture.forward(tensors)

    @staticmethod
    def backward(ctx, *grads):
        if torch.is_grad_enabled():
            raise MXNetError(
                'a hybridized net has no gradients of gradients '
                '(create_graph=True): call net.hybridize(False) before')
        _token, = ctx.saved_tensors     # an error, if backward is over
        return (None, *ctx.capture.backward(grads))


def _inputs_like(tensors, data):
    """Leaves for autograd: with memory of their own only for the data."""
    return [(t.detach().clone() if i in data else t.detach()).requires_grad_(
        t.requires_grad) for i, t in enumerate(tensors)]


def differentiate(heads, head_grads, inputs):
    """The gradients of the inputs, None for those that have none.

    What torch has kept for backward stays: backward may run again, and the
    memory must not become that of something else.
    """
    heads = [h for h in heads if h.requires_grad]
    grads = [None] * len(inputs)
    if heads:
        wanted = [i for i, x in enumerate(inputs) if x.requires_grad]
        found = torch.autograd.grad(
            heads, [inputs[i] for i in wanted],
            [g.detach() for g in head_grads], retain_graph=True,
            allow_unused=True)
        for i, g in zip(wanted, found):
            grads[i] = g
    return grads
