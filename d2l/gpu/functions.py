"""autograd.Function: a gradient that the reader wrote in Python."""
import ctypes
import weakref

import torch
from mxnet.base import MXNetError

from .arrays import VOID_P, Array, add
from .compute import IN_GRAPH, join_tapes
from .history import (
    find_histories,
    has_gradient,
    is_cut,
    is_recorded,
    no_gradient_through,
    record_integers,
)
from .state import keep_np_scopes

_BACKWARD = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.POINTER(VOID_P),
    ctypes.POINTER(ctypes.c_int), ctypes.c_int, VOID_P)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, VOID_P)


class _Call(torch.autograd.Function):
    @staticmethod
    def forward(ctx, callbacks, inputs, outputs, *tensors):
        ctx.callbacks, ctx.inputs, ctx.outputs = callbacks, inputs, outputs
        ctx.rest = len(tensors) - len(inputs)
        ctx.enter_scopes, ctx.train_mode = keep_np_scopes(), True
        return tuple(o.data.view_as(o.data) for o in outputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *grads):
        heads = [Array(g.contiguous(), o.device)
                 for g, o in zip(grads, ctx.outputs)]
        found = [Array(torch.zeros_like(x.data), x.device)
                 for x in ctx.inputs]
        # MXNet's side makes NDArrays of these handles, which free them
        handles = (VOID_P * (len(heads) + len(found)))(
            *map(add, heads + found))
        reqs = (ctypes.c_int * len(found))(*[1] * len(found))
        call = ctypes.cast(ctx.callbacks.callbacks[0], _BACKWARD)
        with ctx.enter_scopes(ctx.train_mode):
            done = call(len(heads), len(found), handles, reqs, 1, None)
        if not done:
            raise MXNetError('backward() of an autograd.Function failed: '
                             'what it raised is printed above')
        return (None, None, None, *[x.data for x in found],
                *[None] * ctx.rest)


def record(inputs, outputs, callbacks):
    """Let backward through the outputs call the reader's function.

    Parameters
    ----------
    inputs, outputs : list of Array
    callbacks : MXCallbackList
        MXNet's two functions for backward and for the end of the graph.
    """
    tensors = [x.recorded() for x in inputs]
    if any(is_recorded(o.recorded()) for o in outputs):
        raise MXNetError(IN_GRAPH)
    for t in tensors:
        if is_cut(t) and any(o.data.is_floating_point() for o in outputs):
            raise no_gradient_through(t)
    # MXNet would keep the function and all that it saved until the end of the
    # graph; here the graph has them, and they end with it
    ctypes.cast(callbacks.callbacks[1], _DELETE)(None)
    with torch.enable_grad():
        nodes = _Call.apply(
            callbacks, [Array(x.data, x.device) for x in inputs],
            [Array(x.data, x.device) for x in outputs], *tensors,
            *find_histories([t for t in tensors
                             if not t.is_floating_point()]))
    nodes = record_integers(nodes, tensors)
    tape = join_tapes(inputs)
    for output, node in zip(outputs, nodes):
        if not node.is_floating_point() and any(map(has_gradient, tensors)):
            node.is_cut = True
        if is_recorded(node):
            output.node, output.tape = node, tape
            tape.outputs += (weakref.ref(output),)
        elif is_cut(node):
            output.data.is_cut = True
