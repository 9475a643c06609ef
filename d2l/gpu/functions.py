"""autograd.Function: a gradient that the reader wrote in Python."""
import ctypes

import torch
from mxnet.base import MXNetError

from .arrays import VOID_P, Array, add
from .compute import join_tapes

_BACKWARD = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.POINTER(VOID_P),
    ctypes.POINTER(ctypes.c_int), ctypes.c_int, VOID_P)


class _Call(torch.autograd.Function):
    @staticmethod
    def forward(ctx, backward, inputs, outputs, *tensors):
        ctx.function, ctx.inputs, ctx.outputs = backward, inputs, outputs
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
        if not ctx.function(len(heads), len(found), handles, reqs, 1, None):
            raise MXNetError('backward() of an autograd.Function failed')
        return (None, None, None, *[x.data for x in found])


def record(inputs, outputs, callbacks):
    """Let backward through the outputs call the reader's function."""
    backward = ctypes.cast(callbacks.callbacks[0], _BACKWARD)
    with torch.enable_grad():
        nodes = _Call.apply(
            backward, [Array(x.data, x.device) for x in inputs],
            [Array(x.data, x.device) for x in outputs],
            *[x.recorded() for x in inputs])
    tape = join_tapes(inputs)
    for output, node in zip(outputs, nodes):
        if node.requires_grad:
            output.node, output.tape = node, tape
