"""What MXNet's graph has and torch's has not.

In MXNet each output of an operator reaches all of its inputs: where torch has
no gradient, backward writes zeros. MXNet also records integers, of which torch
keeps no history: `history` of such a tensor is an empty one that has it.
"""
import torch
from mxnet.base import MXNetError

_EMPTY = torch.empty(0)
_USED = 'used by backward'    # a key in the metadata of torch's nodes
_STEPS = {'%sBackward0' % name
          for name in ('Ceil', 'Floor', 'Round', 'Sign', 'Trunc')}


class _Connect(torch.autograd.Function):
    """Results that reach all inputs, whatever they were computed from."""

    @staticmethod
    def forward(ctx, count, *tensors):
        ctx.set_materialize_grads(False)
        ctx.rest = len(tensors) - count
        return tuple([t.view_as(t) for t in tensors[:count]])

    @staticmethod
    def backward(ctx, *grads):
        return (None, *grads, *[None] * ctx.rest)


class _Constant(_Connect):
    """The same for a result without a gradient, such as a comparison's."""


def connect(results, tensors, function=_Connect):
    """The results, connected with all tensors that are recorded."""
    floats = [i for i, r in enumerate(results) if r.is_floating_point()]
    recorded = find_histories(tensors)
    if not floats or not recorded:
        return results
    results = list(results)
    with torch.enable_grad():
        for i, r in zip(floats, function.apply(
                len(floats), *[results[i] for i in floats], *recorded)):
            results[i] = r
    return results


def connect_apart(results, tensors):
    """The results of one operator, connected where they need it.

    Several get one node of torch's: what backward uses, it uses as a whole.
    """
    if len(results) > 1:
        return connect(results, tensors)
    results = [r if r.requires_grad or not r.is_floating_point()
               else connect([r], tensors, _Constant)[0] for r in results]
    integers = [t for t in tensors if hasattr(t, 'history')]
    return connect(results, integers) if integers else results


def is_recorded(tensor):
    """Whether backward through a tensor reaches a variable."""
    return tensor.requires_grad or hasattr(tensor, 'history')


def find_histories(tensors):
    """Of the tensors that are recorded, what torch can go back through."""
    return [t if t.requires_grad else t.history
            for t in tensors if is_recorded(t)]


def find_reached(tensors):
    """The nodes of torch's graph that backward through tensors reaches.

    Leaves have none: for them, and the tensors, it holds the id.
    """
    reached = set(map(id, tensors))
    add_reached(reached, [tensor.grad_fn for tensor in tensors])
    return reached


def add_reached(reached, nodes):
    """Add these nodes to a set, and those that backward goes on to."""
    left = list(nodes)
    while left:
        node = left.pop()
        if node is not None and node not in reached:
            reached.add(node)
            reached.add(id(getattr(node, 'variable', None)))
            left += [following for following, _ in node.next_functions]


def mark_used(nodes):
    """Mark these nodes, and those that backward goes on to, but no leaves."""
    left = list(nodes)
    while left:
        node = left.pop()
        if node is not None and not is_used(node):
            following = node.next_functions
            if following:
                node.metadata[_USED] = True
            left += [n for n, _ in following]


def is_used(node):
    """Whether `mark_used` has marked a node of torch's graph."""
    return _USED in getattr(node, 'metadata', ())


def is_reached(tensor, reached):
    """Whether `find_reached` has found the tensor."""
    return id(tensor) in reached or (
        tensor.grad_fn is not None and tensor.grad_fn in reached)


# -- integers
def is_constant(tensor):
    """Whether the operator that made a recorded tensor has no gradient."""
    return isinstance(tensor.grad_fn, _Constant._backward_cls)


def has_gradient(tensor):
    """Whether backward through a tensor gives a variable a gradient.

    Through constants and step functions it gives zeros.
    """
    if tensor.requires_grad and tensor.grad_fn is None:
        return True
    seen, left = set(), [tensor.grad_fn]
    while left:
        node = left.pop()
        if (node is None or node in seen or node.name() in _STEPS
                or isinstance(node, _Constant._backward_cls)):
            continue
        if hasattr(node, 'variable'):
            return True
        seen.add(node)
        following = [n for n, _ in node.next_functions]
        # those that are connected only come last
        left += following[:len(following) - getattr(node, 'rest', 0)]
    return False


def is_cut(tensor):
    """Whether MXNet would have a gradient here and torch has none."""
    return getattr(tensor, 'is_cut', False)


def keep_cut(result, tensors):
    """The result of moving or adding integers: cut if one of them is."""
    if any(map(is_cut, tensors)):
        result.is_cut = True
    return result


def no_gradient_through(tensor):
    return MXNetError(
        'gradients do not flow through arrays of %s: compute with floats, or '
        'copy a constant, x.detach()' % tensor.dtype)


def record_integers(results, tensors, constants=()):
    """The results; integers among them know what they are computed from.

    Floats computed from integers are refused where a gradient would end.

    Parameters
    ----------
    results, tensors : sequence of torch.Tensor
    constants : container of int
        The places of the tensors that have no gradient, in MXNet either.
    """
    cut = [t for i, t in enumerate(tensors)
           if is_cut(t) and i not in constants]
    floats = [r.is_floating_point() for r in results]
    if cut and any(floats):
        raise no_gradient_through(cut[0])
    if all(floats):
        return results
    history, = connect([_EMPTY], tensors, _Constant)
    found = []
    for r in results:
        if not r.is_floating_point():
            if any([r is t for t in tensors]):
                r = r.view_as(r)
            if history.requires_grad and not hasattr(r, 'history'):
                r.history = history
            if cut:
                r.is_cut = True
        found.append(r)
    return found


def convert(tensor, dtype, device=None, copy=False):
    """The tensor with another dtype; integers know if they cut a gradient."""
    if dtype in (torch.uint8, torch.int8) and tensor.is_floating_point():
        result = tensor.to(torch.int64)     # negative numbers wrap
    else:
        result = tensor
    result = result.to(device or tensor.device, dtype, copy=copy,
                       memory_format=torch.contiguous_format)
    if not dtype.is_floating_point and has_gradient(tensor):
        result.is_cut = True
    return result
