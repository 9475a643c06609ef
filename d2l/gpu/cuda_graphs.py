"""What CUDA captured of one net: launched as one operator of autograd."""
import contextlib
import warnings
import weakref

import torch
from mxnet.base import MXNetError

from .compute import NET
from .operators.random import drawing, generator
from .state import devices

_SHARE = 1 / 4      # of a GPU's memory that all captures together may keep
_captures = weakref.WeakSet()   # those that exist


class Recorder:
    """Captures on one GPU: with a stream and a pool of memory of its own."""

    def __init__(self, index):
        self.device, self.num_bytes = devices[index], 0     # that are kept
        self.stream = torch.cuda.Stream(self.device)
        self.pool = torch.cuda.graph_pool_handle()

    def run(self, function):
        """Call the function on the stream, without capturing it.

        A library's first use of a stream, as by cuBLAS, cannot be captured.
        """
        self.stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self.stream):
            results = function()
        torch.cuda.current_stream(self.device).wait_stream(self.stream)
        return results

    def record(self, function):
        """A function that repeats all launches of this one, and its results.

        The results are tensors that each repetition fills anew.
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
        except BaseException:
            try:
                self._end_what_failed()
            except RuntimeError:    # older graphs will draw from the old one
                generator().graphsafe_set_state(spare)
            raise
        self.num_bytes += torch.cuda.memory_reserved(self.device) - num_bytes
        return graph.replay, results

    def _end_what_failed(self):
        """End what torch leaves begun if CUDA refuses to end a capture.

        Nobody could draw any more, nor launch an older graph that does, and
        the memory of this GPU would not be freed where it runs short.
        """
        # an error if torch has ended it; the functions are torch's own affair
        with contextlib.suppress(RuntimeError, AttributeError, TypeError):
            end = (getattr(torch._C, '_cuda_endAllocateToPool', None)
                   or torch._C._cuda_endAllocateCurrentStreamToPool)    # 2.4
            end(self.device.index, self.pool)
            torch._C._cuda_releasePool(self.device.index, self.pool)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')     # that nothing is launched
            self.run(_capture_nothing)

    def has_room(self):
        """Whether all captures together keep a small part of the memory."""
        total = torch.cuda.get_device_properties(self.device).total_memory
        return _SHARE * total > sum(
            c.num_bytes for c in _captures if c.device == self.device)


def _capture_nothing():
    """Let the generator end what it has begun: a capture that succeeds."""
    graph = torch.cuda.CUDAGraph()
    graph.capture_begin(capture_error_mode='thread_local')
    graph.capture_end()


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
        self.inputs = inputs_like(tensors, data)
        self.waiting = None     # a weak reference to what Launch has saved
        self.launch_forward, self.heads = recorder.record(
            lambda: compute_heads(graph, self.inputs))
        self.head_grads = [torch.empty_like(h) for h in self.heads
                           if h.requires_grad]
        self.grads = [None] * len(tensors)
        if self.head_grads:
            self.launch_backward, self.grads = recorder.record(
                lambda: differentiate(self.heads, self.head_grads,
                                      self.inputs))
        self.num_bytes = recorder.num_bytes
        _captures.add(self)

    def is_waiting(self):
        """Whether a backward will need what the last forward computed."""
        return self.waiting is not None and self.waiting() is not None

    def __call__(self, tensors):
        if self.head_grads:
            return Launch.apply(self, *tensors)
        return self.forward(tensors)

    def forward(self, tensors):
        for i in self.data:
            self.inputs[i].detach().copy_(tensors[i])
        with drawing:   # it is refused while another thread captures
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


class Launch(torch.autograd.Function):
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
                '(create_graph=True): call net.hybridize(False) before you '
                'record')
        _token, = ctx.saved_tensors     # an error, if backward is over
        return (None, *ctx.capture.backward(grads))


def inputs_like(tensors, data):
    """Leaves for autograd: with memory of their own only for the data."""
    return [(t.detach().clone() if i in data else t.detach()).requires_grad_(
        t.requires_grad) for i, t in enumerate(tensors)]


def compute_heads(graph, inputs):
    """The heads as arrays hold them: their gradients will be so, too."""
    return [h.contiguous() for h in graph(NET, *inputs)]


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
