"""Operators without a function of tensors: MXNet's own, on the CPU.

Right, but slow: the arrays are copied to the CPU and back, in forward and in
backward. One warning for each operator says so.
"""
import contextlib
import ctypes
import warnings

import mxnet._ctypes.ndarray
import mxnet.base
import torch
from mxnet import autograd
from mxnet.base import MXNetError
from mxnet.ndarray import NDArray

from .constants import find_constants
from .copies import host, to_host
from .errors import describe
from .history import has_gradient
from .registry import OPS, definition_of
from .state import devices, keep_np_scopes, state

_theirs = mxnet._ctypes.ndarray._imperative_invoke
_CHANGING = 'BatchNorm_v1', 'IdentityAttachKLSparseReg'     # their states
# They go through boxes one by one, and do not warn: readers cannot avoid them.
# The first has code for a GPU, but leaves odd input to the CPU.
_LOOPS = ('_contrib_MultiBoxTarget', '_contrib_MultiBoxDetection',
          '_contrib_box_nms', '_contrib_bipartite_matching')
_made = {}      # name of an operator: its function


def function_of(definition):
    """The function of tensors that computes an operator."""
    name = definition.name
    if name in OPS:
        return OPS[name]
    if '_update' in name or name.startswith('_backward') \
            or name in _CHANGING:
        raise MXNetError(
            'operator %s changes its inputs, and has no code for a GPU that '
            'PyTorch serves: use it on mx.cpu()' % name)
    return _find(name, definition)


def _find(name, definition):
    if name not in _made:
        _made[name] = _make(definition)
    return _made[name]


def compute_on_cpu(p, *tensors):
    """What MXNet's CPU code makes of tensors.

    For functions of tensors that know the usual dtypes only.
    """
    return _find(p.op, definition_of(_real(), p.op))(p, *tensors)


def _real():
    return mxnet.base._LIB.real


def _to_cpu(tensor):
    return NDArray(ctypes.c_void_p(to_host(_real(), tensor).value))


def _to_gpu(arrays, device, tensors):
    """Tensors of the results; the CPU has computed bfloat16 in float32."""
    floats = {t.dtype for t in tensors if t.is_floating_point()}
    results = [host(_real(), x.handle).to(devices[device], copy=True)
               for x in arrays]
    if floats == {torch.bfloat16}:
        results = [r.to(torch.bfloat16) if r.dtype == torch.float32 else r
                   for r in results]
    return tuple(results)


@contextlib.contextmanager
def _names_operator(p, tensors):
    """MXNet's errors do not always say which operator failed."""
    try:
        yield
    except MXNetError as error:
        raise MXNetError('%s, computed on the CPU: %s' % (
            describe('operator %s' % p.op, p, tensors), error)) from error


def _invoke(definition, p, inputs):
    texts = {name: text for name, text in p.texts.items() if name != 'ctx'}
    return _theirs(definition.creator, inputs, list(texts),
                   list(texts.values()), None, False, True)


def _write_back(inputs, tensors):
    """What the operator changed, such as the states of a custom one."""
    for x, tensor in zip(inputs, tensors):
        data = host(_real(), x.handle)
        if not torch.equal(data, tensor.detach().cpu()):
            tensor.data.copy_(data)


class _Call(torch.autograd.Function):
    @staticmethod
    def forward(ctx, definition, p, *tensors):
        inputs = [_to_cpu(t) for t in tensors]
        for x, t in zip(inputs, tensors):
            if t.requires_grad:
                x.attach_grad()
        with autograd.record(state.training), _names_operator(p, tensors):
            outs = _invoke(definition, p, inputs)
            _write_back(inputs, tensors)
            results = _to_gpu(outs, state.device, tensors)
        ctx.inputs, ctx.outs, ctx.device = inputs, outs, state.device
        ctx.p, ctx.enter_scopes, ctx.train_mode = p, keep_np_scopes(), True
        return results

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *grads):
        with ctx.enter_scopes(ctx.train_mode), \
                _names_operator(ctx.p, ctx.inputs):
            autograd.backward(ctx.outs, [_to_cpu(g) for g in grads],
                              retain_graph=True, train_mode=ctx.train_mode)
            return (None, None, *[
                None if x.grad is None else _to_gpu([x.grad], ctx.device,
                                                    grads)[0]
                for x in ctx.inputs])


def _mark_integers(results, tensors, constants):
    """Let integers know if they cut a gradient that MXNet has."""
    integers = [r for r in results if not r.is_floating_point()]
    if integers and any([has_gradient(t) for i, t in enumerate(tensors)
                         if i not in constants]):
        for r in integers:
            r.is_cut = True


def _make(definition):
    def compute(p, *tensors):
        if not compute.warned:
            compute.warned = True
            warnings.warn(
                'operator %s has no code for this GPU: MXNet computes it on '
                'the CPU, which takes longer' % definition.name,
                stacklevel=2)
        if state.recording and any(t.requires_grad for t in tensors):
            results = _Call.apply(definition, p, *tensors)
            _mark_integers(results, tensors, find_constants(
                compute, p, range(len(tensors))))
            return results
        inputs = [_to_cpu(t) for t in tensors]
        with autograd.pause(state.training), _names_operator(p, tensors):
            outs = _invoke(definition, p, inputs)
            _write_back(inputs, tensors)
            return _to_gpu(outs, state.device, tensors)

    compute.warned = definition.name in _LOOPS
    return compute
