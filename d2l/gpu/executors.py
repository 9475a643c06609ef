"""Executors: symbols that are bound to arrays, run forward and backward.

`symbol.bind`, `mx.mod.Module` and MXNet's own `test_utils` use them. Unlike
autograd, an executor keeps its graph after backward, and its outputs keep
their memory from one forward to the next.
"""
import itertools

import mxnet.symbol
import torch
from mxnet import autograd
from mxnet.base import MXNetError

from .arrays import Array, add, empty
from .binding import infer, is_known
from .constants import find_constants
from .errors import translated
from .gradients import ADD, WRITE, in_mode, outside_captures
from .graph import read
from .history import is_constant, is_cut, no_gradient_through
from .registry import definition_of
from .state import state

# Operators whose gradient needs none of their output
_ENDS = {'SoftmaxOutput', 'LinearRegressionOutput', 'MAERegressionOutput',
         'LogisticRegressionOutput', 'SVMOutput', 'MakeLoss', 'make_loss',
         'BlockGrad'}
# Operators written in Python: some need it (need_top_grad)
_CUSTOM = {'Custom', '_Native', '_NDArray'}


class Executor:
    """A symbol and the arrays on one GPU that it computes with.

    Parameters
    ----------
    real : ctypes.CDLL
        MXNet's own library.
    symbol : mxnet.symbol.Symbol
    device : int
        The i of gpu(i).
    args : list of Array
        In the order of `symbol.list_arguments()`.
    grads : list of Array or None
        What backward writes to.
    requests : list of int
        What it does there: 0 nothing, 1 write, 3 add.
    states : list of Array
        In the order of `symbol.list_auxiliary_states()`.

    Attributes
    ----------
    outputs : list of Array
    """

    def __init__(self, real, symbol, device, args, grads, requests, states):
        self.symbol, self.device = symbol, device
        self.real = real
        self.args, self.grads, self.states = args, grads, states
        self.requests = [0 if grad is None else request
                         for grad, request in zip(grads, requests)]
        self._graph = read(real, symbol.handle)
        # a loss has a gradient behind BlockGrad, too
        self._graph.is_inlined = True
        names = set(symbol.list_auxiliary_states())
        self._state_nodes = {i for i in self._graph.inputs
                             if self._graph.names[i] in names}
        self._open = self._find_open_heads()
        self._monitor = self._heads = self._leaves = None
        self._check_arrays()
        self.outputs = self._make_outputs()

    def _find_open_heads(self):
        """For each head, whether its gradient reaches an argument.

        It ends at a loss, which has a gradient of its own. None: at an
        operator written in Python, of which MXNet alone knows.
        """
        requests = self._sort(self.requests, [0] * len(self.states))
        found = {i: bool(request)
                 for i, request in zip(self._graph.inputs, requests)}
        for number, _, p, inputs in self._graph.steps:
            ends = p.op in _ENDS and not getattr(p, 'out_grad', False)
            found[number] = not ends and any([found[i] for i, _ in inputs])
            if found[number] and p.op in _CUSTOM:
                found[number] = None
        return [found[i] for i, _ in self._graph.heads]

    def _check_arrays(self):
        names = self.symbol.list_arguments()
        for name, array in zip(names + self.symbol.list_auxiliary_states(),
                               self.args + self.states):
            if array.device != self.device:
                raise MXNetError(
                    'bind: %s is on gpu(%d), but the executor on gpu(%d)'
                    % (name, array.device, self.device))
        for name, array, grad in zip(names, self.args, self.grads):
            if grad is not None and grad.data.shape != array.data.shape:
                raise MXNetError(
                    'bind: %s has shape %s, but its gradient shape %s' % (
                        name, tuple(array.data.shape),
                        tuple(grad.data.shape)))

    def _make_outputs(self):
        names = self.symbol.list_arguments()
        shapes, dtypes = infer(
            self.symbol,
            {n: tuple(x.data.shape) for n, x in zip(names, self.args)},
            {n: x.data.dtype for n, x in zip(names, self.args)})
        for name, array, shape in zip(self.symbol.list_auxiliary_states(),
                                      self.states, shapes[2]):
            if tuple(array.data.shape) != shape:
                raise MXNetError(
                    'bind: the auxiliary state %s has shape %s, but must '
                    'have shape %s' % (name, tuple(array.data.shape), shape))
        inputs = dict(zip(self._graph.inputs, self._sort(self.args,
                                                         self.states)))
        return [inputs[i] if i in inputs else
                empty(shape if is_known(shape) else (0,), dtype, self.device)
                for (i, _), shape, dtype in zip(self._graph.heads, shapes[1],
                                                dtypes[1])]

    def _sort(self, args, states):
        """Arguments and states in the order in which the graph has them."""
        args, states = iter(args), iter(states)
        return [next(states if i in self._state_nodes else args)
                for i in self._graph.inputs]

    def forward(self, train):
        """Compute the outputs from what the arrays hold."""
        self._heads = self._leaves = None   # the memory of the last graph
        leaves = [x.data.data.requires_grad_() if request
                  and x.data.is_floating_point() else None
                  for x, request in zip(self.args, self.requests)]
        inputs = self._sort([x.data if leaf is None else leaf
                             for x, leaf in zip(self.args, leaves)],
                            [x.data for x in self.states])
        recording = any(leaf is not None for leaf in leaves)
        monitor = self._monitor
        state.device = self.device
        with autograd._RecordingStateScope(recording, bool(train)), \
                torch.set_grad_enabled(recording):
            heads = (monitor or self._graph)(None, *inputs)
        self._heads, self._leaves = heads[:len(self.outputs)], leaves
        for output, head in zip(self.outputs, self._heads):
            data = output.data
            if (data.shape, data.dtype) != (head.shape, head.dtype):
                # which MXNet could not tell before
                output.data, output.c_shape = head.detach().clone(), None
            elif data.data_ptr() != head.data_ptr():
                data.copy_(head.detach())
        if monitor:
            monitor.show(heads, self.device)

    def backward(self, head_grads, train):
        """Put gradients into `grads`, as often as asked for.

        Parameters
        ----------
        head_grads : list of torch.Tensor
            Those of the outputs; those of losses need not be given.
        train : bool
            What gradients written in Python are told of the mode.
        """
        if self._heads is None:
            raise MXNetError('backward: call forward before it')
        self._require_floats()
        nodes, grads = [], []
        for is_open, head, grad in itertools.zip_longest(
                self._open, self._heads, head_grads[:len(self._open)]):
            if is_cut(head) and is_open is not False:
                raise no_gradient_through(head)
            if not head.requires_grad:
                continue
            nodes.append(head)
            if is_constant(head) or is_open is False or (
                    is_open is None and grad is None):
                grads.append(torch.ones_like(head))
            elif grad is not None:
                grads.append(_fit(grad, head))
            else:
                raise MXNetError(
                    'Because the last operator is not Loss function, '
                    'head_gradient is required when calling backward. If '
                    'you are attempting to minimize the output as an '
                    'objective, please modify your network and pass it '
                    'through the make_loss symbol.')
        wanted = [i for i, leaf in enumerate(self._leaves)
                  if leaf is not None]
        with translated('backward'), outside_captures(), \
                in_mode(nodes, train):
            found = dict(zip(wanted, torch.autograd.grad(
                nodes, [self._leaves[i] for i in wanted], grads,
                retain_graph=True, allow_unused=True))) if nodes else {}
        for i, (buffer, request) in enumerate(zip(self.grads, self.requests)):
            grad = found.get(i)
            if request == ADD and grad is not None:
                buffer.data.add_(grad)
            elif request == WRITE and grad is None:
                buffer.data.zero_()
            elif request == WRITE:
                buffer.data.copy_(grad)

    def _require_floats(self):
        """Refuse gradients that only MXNet has: those of integers."""
        inputs = self._sort(zip(self.args, self.requests),
                            [(x, 0) for x in self.states])
        integers = {i for i, (x, request) in zip(self._graph.inputs, inputs)
                    if request and not x.data.is_floating_point()}
        if not integers:
            return
        for _, function, p, used in self._graph.steps:
            constants = find_constants(function, p, range(len(used)))
            for place, (i, _) in enumerate(used):
                if i in integers and place not in constants:
                    raise MXNetError(
                        'backward: %s holds integers, which have no gradient '
                        "on a GPU that PyTorch serves: bind it with grad_req "
                        "'null', or make it float32" % self._graph.names[i])

    def find(self, name):
        """An argument and its gradient, which may be None."""
        i = self.symbol.list_arguments().index(name)
        return self.args[i], self.grads[i]

    def find_state(self, name):
        return self.states[self.symbol.list_auxiliary_states().index(name)]

    def describe(self):
        """The operators and the size of the arrays, as MXNet writes them.

        Module reads the size in it.
        """
        size = sum(x.data.numel() * x.data.element_size()
                   for x in self.args + self.grads + self.states
                   + self.outputs if x is not None)
        return ('%sTotal %d MB allocated\nTotal 0 TempSpace resource '
                'requested\n' % (self.symbol.debug_str(), size >> 20))

    def set_monitor(self, callback, with_inputs):
        """Let a function see the results of all operators in forward.

        Parameters
        ----------
        callback : callable
            Called with the name of a result, as bytes, and a handle of it.
        with_inputs : bool
            Whether it shall see the inputs of the operators as well.
        """
        self._monitor = _Monitor(self.real, self.symbol, callback,
                                 with_inputs)


class _Monitor:
    """The graph with the results of all its operators as further heads."""

    def __init__(self, real, symbol, callback, with_inputs):
        inner = symbol.get_internals()
        both = mxnet.symbol.Group([symbol, inner])
        self._graph = read(real, both.handle)
        self._graph.is_inlined = True
        self._callback = callback
        count = len(symbol.list_outputs())
        nodes = self._graph.parsed['nodes']
        places = {head: count + i
                  for i, head in enumerate(self._graph.heads[count:])}
        results = {head: name for name, head in zip(
            inner.list_outputs(), places) if nodes[head[0]]['op'] != 'null'}
        self._shown = []        # the name of a result, its place
        for number, _, p, inputs in self._graph.steps:
            if with_inputs:
                names = definition_of(real, p.op).inputs
                self._shown += [
                    ('%s_%s' % (nodes[number]['name'], name), places[i, j])
                    for name, (i, j) in zip(names, inputs)
                    if (i, j) in places]
            self._shown += [(name, places[head])
                            for head, name in results.items()
                            if head[0] == number]

    def __call__(self, _, *inputs):
        return self._graph(None, *inputs)

    def show(self, heads, device):
        for name, place in self._shown:
            data = heads[place].detach().clone()
            self._callback(name.encode(), add(Array(data, device)), None)


def _fit(grad, head):
    """A given gradient, with the device and dtype of its head."""
    if grad.shape != head.shape:
        raise MXNetError('backward: the gradient of shape %s does not fit an '
                         'output of shape %s' % (tuple(grad.shape),
                                                 tuple(head.shape)))
    return grad.to(head.device, head.dtype)
