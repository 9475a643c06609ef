"""Run a function of tensors on arrays, and record it with torch's autograd."""
import types

import torch
from mxnet.base import MXNetError

from .arrays import Array, Tape
from .errors import translate
from .state import state

NET = types.SimpleNamespace(op='of a hybridized net')   # one operator to MXNet

# MXNet's words
IN_GRAPH = ('Assigning to NDArrays that are already in a computational graph '
            'will cause undefined behavior when evaluating gradients. Please '
            'call backward first to clear the graph or do this out side of a '
            'record section.')


def run(function, p, inputs, outputs, device):
    """What a function makes of arrays: new ones, or written to `outputs`.

    Parameters
    ----------
    function : callable
        Takes `p` and a tensor for each input; returns one tensor or several.
    p : object
        Its parameters; `p.op` names it in errors. NET is that of a graph.
    inputs : list of Array
    outputs : list of Array or None
    device : int
        The i of gpu(i).

    Returns
    -------
    list of Array
    """
    for x in inputs:
        if x.device != device:
            raise MXNetError(
                'operator %s: all arrays must be on one device, but one is '
                'on gpu(%d) and another one on gpu(%d). x.as_in_context(ctx) '
                'copies an array to a device' % (p.op, device, x.device))
    state.device, state.outputs = device, outputs
    recording = state.recording
    if recording:
        tensors = [x.recorded() for x in inputs]
        tracked = any([t.requires_grad for t in tensors])
    else:
        tensors = [x.data for x in inputs]
        tracked = False
    if tracked and not torch.is_grad_enabled():     # the reader's no_grad()
        with torch.enable_grad():
            results = _call(function, p, tensors)
    else:
        results = _call(function, p, tensors)
    tape = None
    if tracked:
        tape = join_tapes(inputs)
        connect_results = (function.connect_heads if p is NET
                           else connect_apart)
        results = connect_results(results, tensors)
    if recording and results and not results[0].is_floating_point():
        mark_cut(results, tensors)
    if outputs is None:
        return [make_array(r, device, tape) for r in results]
    for out, result in zip(outputs, results):
        if out.device != device and p is not None:  # None: of a copy
            raise MXNetError(
                'operator %s: its arrays are on gpu(%d), but the array that '
                'was given for the result (out=) is on gpu(%d)'
                % (p.op, device, out.device))
        # without inputs, the array that is given says the dtype
        if inputs and result.dtype != out.data.dtype:
            raise MXNetError(
                'operator %s: the result has dtype %s, but the array that '
                'was given for it (out=) has dtype %s' % (
                    p.op, result.dtype, out.data.dtype))
        _write(out, result, tape, recording)
    return outputs


def _call(function, p, tensors):
    """The results, each with memory of its own."""
    try:
        results = function(p, *tensors)
        if type(results) is not tuple:
            results = results if type(results) is list else [results]
        outputs = state.outputs     # changed in place: see writable()
        return [r if outputs and r is outputs[i].data else _own(r, tensors)
                for i, r in enumerate(results)]
    except (RuntimeError, ValueError, LookupError, TypeError,
            AttributeError) as error:
        if isinstance(error, MXNetError):
            raise
        raise translate(error, 'operator %s on arrays of shapes %s' % (
            p.op if p else 'copyto',
            ', '.join(str(tuple(t.shape)) for t in tensors) or '()')
        ) from error


class _Connect(torch.autograd.Function):
    """Results that reach all inputs, whatever they were computed from.

    In MXNet each output of an operator does: where torch has no gradient,
    backward writes zeros.
    """

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
    """The results, connected with all tensors that have a gradient."""
    floats = [i for i, r in enumerate(results) if r.is_floating_point()]
    tracked = [t for t in tensors if t.requires_grad]
    if not floats or not tracked:
        return results
    results = list(results)
    with torch.enable_grad():
        for i, r in zip(floats, function.apply(
                len(floats), *[results[i] for i in floats], *tracked)):
            results[i] = r
    return results


def connect_apart(results, tensors):
    """The results of one operator, connected where they need it."""
    if len(results) > 1 and len(tensors) > 1:
        return connect(results, tensors)
    return [r if r.requires_grad or not r.is_floating_point()
            else connect([r], tensors, _Constant)[0] for r in results]


def find_reached(tensors):
    """The nodes of torch's graph that backward through tensors reaches.

    Leaves have none: for them, and the tensors, it holds the id.
    """
    reached = set(map(id, tensors))
    left = [tensor.grad_fn for tensor in tensors]
    while left:
        node = left.pop()
        if node is not None and node not in reached:
            reached.add(node)
            reached.add(id(getattr(node, 'variable', None)))
            left += [following for following, _ in node.next_functions]
    return reached


def is_reached(tensor, reached):
    """Whether `find_reached` has found the tensor."""
    return id(tensor) in reached or (
        tensor.grad_fn is not None and tensor.grad_fn in reached)


# -- integers, through which torch has no gradients and MXNet has
def has_gradient(tensor):
    """Whether backward through a tensor reaches a variable."""
    return tensor.requires_grad and not (
        tensor.grad_fn is not None and '_Constant' in tensor.grad_fn.name())


def is_cut(tensor):
    """Whether MXNet would have a gradient here and torch has none."""
    return getattr(tensor, 'is_cut', False)


def no_gradient_through(tensor):
    return MXNetError(
        'gradients do not flow through arrays of %s: compute with floats, or '
        'copy a constant, x.detach()' % tensor.dtype)


def mark_cut(results, tensors):
    """Integers that are computed from such integers are such, too."""
    if any(map(is_cut, tensors)):
        for r in results:
            r.is_cut = True


def convert(tensor, dtype, device=None, copy=False):
    """The tensor with another dtype; refused where a gradient would end."""
    if dtype in (torch.uint8, torch.int8) and tensor.is_floating_point():
        result = tensor.to(torch.int64)     # negative numbers wrap
    else:
        result = tensor
    result = result.to(device or tensor.device, dtype, copy=copy)
    if dtype.is_floating_point:
        if state.recording and is_cut(tensor):
            raise no_gradient_through(tensor)
    elif has_gradient(tensor):
        result.is_cut = True
    return result


def _own(result, tensors):
    """The result with memory of its own: contiguous, and no view."""
    if result.dim() == 0 and not state.np_shape:
        result = result.reshape(1)
    if result._is_view() or any([result is t for t in tensors]):
        base = result._base
        alone = (base is not None and base.dim() == 0 and result.dim() == 1
                 and not any([base is t for t in tensors]))
        if not alone:
            return result.clone(memory_format=torch.contiguous_format)
    return result if result.is_contiguous() else result.contiguous()


def make_array(result, device, tape):
    """The array for a tensor that was computed, recorded if it was."""
    if tape is not None and result.requires_grad:
        return Array(result.data, device, result, tape)
    return Array(result, device)


def _write(out, result, tape, recording):
    if recording and out.recorded().requires_grad:
        raise MXNetError(IN_GRAPH)
    data = result.data
    if data.data_ptr() != out.data.data_ptr() or data.shape != out.data.shape:
        if data.shape != out.data.shape:
            raise MXNetError(
                'the result has shape %s, but the array that was given for '
                'it (out=) has shape %s' % (tuple(data.shape),
                                            tuple(out.data.shape)))
        out.data.copy_(data)
    if tape is not None and result.requires_grad:
        out.node, out.tape = result, tape
    elif recording and not data.is_floating_point():
        out.data.is_cut = is_cut(result)


def join_tapes(inputs):
    """One tape for all that the inputs were computed in."""
    joined = None
    for x in inputs:
        if x.tape is not None:
            root = x.tape.root()
            if joined is None:
                joined = root
            elif root is not joined:
                joined.join(root)
    return Tape() if joined is None else joined


def view(array, function):
    """An array that shares memory with another: a slice or a reshape."""
    data = function(array.data)
    if state.recording:
        node = array.recorded()
        if node.requires_grad:
            with torch.enable_grad():
                return Array(data, array.device, function(node),
                             join_tapes([array]))
        elif is_cut(array.data):
            data.is_cut = True
    return Array(data, array.device)


def writable(index, tensor):
    """What an operator that changes its input may write to.

    The tensor itself if output `index` is the same memory (`out=w`), else a
    copy: MXNet leaves an input that is no output as it is.
    """
    outputs = state.outputs
    if (outputs and outputs[index].data.data_ptr() == tensor.data_ptr()
            and not tensor.requires_grad):
        return tensor
    return tensor.clone()
