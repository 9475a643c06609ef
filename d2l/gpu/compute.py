"""Run a function of tensors on arrays, and record it with torch's autograd."""
import types

import torch
from mxnet.base import MXNetError

from .arrays import Array, Tape
from .constants import find_constants
from .errors import describe, translate
from .history import connect_apart, is_cut, is_recorded, record_integers
from .state import state

# the parameters of what is no operator of the registry
NET = types.SimpleNamespace(op='of a hybridized net')
COPY = types.SimpleNamespace(op='copyto')

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
        tracked = any([x.node is not None for x in inputs])
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
    if recording and not all([t.is_floating_point()
                              for t in (*results, *tensors)]):
        places = range(len(tensors))
        results = record_integers(
            results, tensors,   # a net has looked at each of its operators
            places if p is NET else find_constants(function, p, places))
    if outputs is None:
        return [make_array(r, device, tape) for r in results]
    for out, result in zip(outputs, results):
        if out.device != device and p is not COPY:
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
        raise translate(error, describe('operator %s' % p.op, p,
                                        tensors)) from error


def _own(result, tensors):
    """The result with memory of its own: contiguous, and no view."""
    own = result
    if own._is_view() or any([own is t for t in tensors]):
        own = own.clone(memory_format=torch.contiguous_format)
    elif not own.is_contiguous():
        own = own.contiguous()
    if own.dim() == 0 and not state.np_shape:
        own = own.view(1)   # of what nobody else has
    if own is not result and not own.is_floating_point():
        vars(own).update(vars(result))      # what `history` knows of it
    return own


def make_array(result, device, tape):
    """The array for a tensor that was computed, recorded if it was."""
    if tape is not None and is_recorded(result):
        return Array(result.data, device, result, tape)
    return Array(result, device)


class _Fill(torch.autograd.Function):
    """Writes a result into memory, and is the history of what lies there."""

    @staticmethod
    def forward(ctx, memory, result):
        return memory.copy_(result).view_as(memory)

    @staticmethod
    def backward(ctx, grad):
        return None, grad


def _write(out, result, tape, recording):
    if recording and is_recorded(out.recorded()):
        raise MXNetError(IN_GRAPH)
    data = result.data
    if data.data_ptr() != out.data.data_ptr() or data.shape != out.data.shape:
        if data.shape != out.data.shape:
            raise MXNetError(
                'the result has shape %s, but the array that was given for '
                'it (out=) has shape %s' % (tuple(data.shape),
                                            tuple(out.data.shape)))
        if tape is not None and result.requires_grad:
            with torch.enable_grad():   # later writes must reach the node
                result = _Fill.apply(out.data.data, result)
        else:
            out.data.copy_(data)
    if tape is not None and is_recorded(result):
        out.node, out.tape = result, tape
    elif not data.is_floating_point():
        out.data.is_cut = recording and is_cut(result)


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
        if is_recorded(node):
            with torch.enable_grad():
                viewed = function(node)
            if not viewed.is_floating_point():
                viewed, = record_integers([viewed], [node])
            return Array(data, array.device, viewed, join_tapes([array]))
        elif is_cut(node):
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
