"""Variables and backward: MXNet's autograd by torch's."""
import collections
import contextlib
import threading

import torch
from mxnet.base import MXNetError

from .arrays import Array, Variable
from .compute import join_tapes, make_array
from .errors import NOT_IN_GRAPH, translated
from .history import (
    connect,
    find_histories,
    find_reached,
    is_cut,
    is_reached,
    is_recorded,
    no_gradient_through,
)
from .operators.random import drawing
from .state import state

WRITE, ADD = 1, 3       # as in mxnet.ndarray._GRAD_REQ_MAP


def _takes_none():
    """Whether torch calls the hook of a leaf that only constants reach.

    PyTorch 2.4 does not.
    """
    leaf, calls = torch.ones(1, requires_grad=True), []
    leaf.register_post_accumulate_grad_hook(calls.append)
    connect([torch.ones(1)], [leaf])[0].backward()
    return bool(calls)


_TAKES_NONE = _takes_none()


# Small gradients are copied together: a launch takes longer than its copy.
_SMALL = 2 ** 18
_taken = collections.deque()    # buffers, and the gradients to copy there
_putting = threading.Lock()


def mark(array, req, grad):
    """attach_grad(): the array becomes a leaf, its history is cut off."""
    array.node, array.tape = None, None
    array.variable = variable = Variable(grad, req)
    if req == 0 or not array.data.is_floating_point():
        array.data.is_cut, variable.req = req != 0, 0
        return
    leaf = array.data.data.requires_grad_(True)
    buffer = grad.data

    def take(leaf):
        """torch has the whole gradient of one backward: put it in place."""
        if leaf.grad is None:
            write_zeros(None)
        elif variable.req == ADD:
            buffer.add_(leaf.grad)
        elif leaf.grad.numel() < _SMALL:
            _taken.append((buffer, leaf.grad))
        else:
            buffer.copy_(leaf.grad)
        leaf.grad = None
        variable.fresh = True

    def write_zeros(grad):
        """torch has None for the gradient: only constants were reached."""
        if grad is None:
            if variable.req == WRITE:
                buffer.zero_()
            variable.fresh = True

    leaf.register_post_accumulate_grad_hook(take)
    if not _TAKES_NONE:
        leaf.register_hook(write_zeros)
    array.node = leaf


def _put_in_place():
    """Copy the small gradients that were taken: a launch for each GPU."""
    with _putting:      # also those of other threads
        by_device = {}
        while _taken:
            buffer, grad = _taken.popleft()
            buffers, grads = by_device.setdefault(buffer.device, ([], []))
            buffers.append(buffer)
            grads.append(grad)
        for buffers, grads in by_device.values():
            torch._foreach_copy_(buffers, grads)


def _find_heads(heads, head_grads):
    """The tensors to differentiate, their gradients, and their tapes."""
    nodes, grads, tapes = [], [], []
    for i, head in enumerate(heads):
        has_graph = head.tape is not None
        node = head.recorded()  # which forgets the graph if it has been used
        is_used = has_graph and head.tape is None
        if is_cut(node):
            raise no_gradient_through(node)
        if is_used or not (is_recorded(node) or head.variable):
            raise MXNetError(NOT_IN_GRAPH)
        if not is_recorded(node):
            continue
        grad = head_grads[i] if head_grads else None
        if not node.is_floating_point():
            node, = find_histories([node])
            grad = torch.ones_like(node)
        elif grad is None:
            grad = torch.ones_like(node)
        else:
            grad = grad.recorded() if state.recording else grad.data
        if grad.numel() != node.numel():
            raise MXNetError('backward: the gradient of shape %s does not fit '
                             'a head of shape %s' % (tuple(grad.shape),
                                                     tuple(node.shape)))
        nodes.append(node)
        grads.append(grad.reshape(node.shape))
        if head.tape is not None:
            tapes.append(head.tape.root())
    if not nodes:
        raise MXNetError(
            'Check failed: Cannot differentiate node because it is not in a '
            'computational graph, or there are no inputs in computation '
            'graph that require gradients.')
    for tape in set(tapes):     # torch would notice it at some nodes only
        if tape.would_use_again([node.grad_fn for node in nodes]):
            raise MXNetError(NOT_IN_GRAPH)
    return nodes, grads, tapes


def _end(tapes, nodes):
    for tape in tapes:
        tape.root().end([node.grad_fn for node in nodes])


@contextlib.contextmanager
def in_mode(nodes, train):
    """Tell gradients that are written in Python the mode of backward.

    It is on unless the reader writes train_mode=False, which is rare: only
    then they are looked for.
    """
    told = [] if train else [node for node in find_reached(nodes)
                             if hasattr(node, 'train_mode')]
    for node in told:
        node.train_mode = False
    try:
        yield
    finally:
        for node in told:   # the graph may be retained
            node.train_mode = True


_underway = set()       # a token for each backward that is being computed


@contextlib.contextmanager
def outside_captures():
    """Begin a backward when nobody captures, and let nobody capture in it.

    On CUDA one thread computes all backwards of a GPU. A gradient written in
    Python that waited there for a capture to end, as drawing does, would wait
    for ever: the capture has a backward of its own.
    """
    token = object()
    try:
        with drawing:
            _underway.add(token)
        yield
    finally:
        _underway.discard(token)


def is_underway():
    """Whether a backward is being computed, by whatever thread."""
    return bool(_underway)


def backward(heads, head_grads, retain_graph, train):
    """Put the gradients of all variables into their buffers."""
    nodes, grads, tapes = _find_heads(heads, head_grads)
    with translated('backward'), outside_captures(), in_mode(nodes, train):
        try:
            torch.autograd.backward(nodes, grads, retain_graph=retain_graph)
        finally:
            _put_in_place()
    if not retain_graph:
        _end(tapes, nodes)


def _no_gradient(index, reason):
    return MXNetError(
        'Check failed: Cannot differentiate with respect to the %d-th '
        'variable because %s.' % (index + 1, reason))


def _require_reachable(heads, variables):
    """MXNet has a gradient of zeros where a variable is in the graph only."""
    reached = find_reached(heads)
    for i, variable in enumerate(variables):
        if not is_reached(variable, reached):
            raise _no_gradient(i, 'it is unreachable from the outputs')


def compute_gradients(heads, head_grads, variables, retain_graph,
                      create_graph, train):
    """autograd.grad(): new arrays, the buffers stay as they are."""
    nodes, grads, tapes = _find_heads(heads, head_grads)
    wanted = [v.recorded() for v in variables]
    for i, v in enumerate(variables):
        if v.variable is None:
            raise _no_gradient(i, 'it does not require gradient')
    _require_reachable(nodes, wanted)
    with translated('autograd.grad'), outside_captures(), \
            in_mode(nodes, train):
        found = torch.autograd.grad(
            nodes, wanted, grads, retain_graph=retain_graph,
            create_graph=create_graph, materialize_grads=True)
    if not retain_graph:
        _end(tapes, nodes)
    tape = join_tapes(heads) if create_graph else None
    return [make_array(g, v.device, tape)
            if g.requires_grad and tape is not None
            # a captured net will write to its gradients again
            else Array(g.detach().clone(), v.device)
            for g, v in zip(found, variables)]
