"""Operators: what takes the place of MXNet's `_imperative_invoke`.

All functions that MXNet generates (`nd.dot`, `x + 1`, `mx.np.exp`) call it.
Taken there, an operator needs no C arrays.
"""
import mxnet._ctypes.ndarray
import mxnet.ndarray._internal
import mxnet.ndarray.register
from mxnet import _global_var
from mxnet.base import MXNetError
from mxnet.ndarray import NDArray

from . import arrays, copies
from .arrays import FIRST, VOID_P, add
from .compute import run
from .fallback import function_of
from .registry import definition

_COPIES = ('_copyto', '_npi_copyto')
_calls = {}     # handle of an operator, names and texts: function and p


def _find_call(real, key, handle, names, values):
    """The function and parameters of a call; kept, since calls recur."""
    if len(_calls) > 10000:     # such as learning rates that change
        _calls.clear()
    found = definition(real, handle)
    texts = dict(zip(names, values))
    if found.name in _COPIES:
        call = None, None
    else:
        found.check(texts)
        call = function_of(found), found.parse(texts)
    _calls[key] = call
    return call


def install(library):
    """Let MXNet's generated functions compute on arrays of ours."""
    theirs = mxnet._ctypes.ndarray._imperative_invoke
    # d2l.compat lets MXNet write NumPy's numbers as plain text
    write = getattr(mxnet._ctypes.ndarray, 'str', str)
    table, calls, real = arrays.arrays, _calls, library.real

    def invoke(handle, ndargs, keys, vals, out, is_np_op, output_is_list):
        inputs = []
        for x in ndargs:
            number = x.handle.value
            if number is not None and number >= FIRST:
                inputs.append(table[number])
        # without inputs, the device of an output goes before a parameter's
        if not inputs and not (_names_gpu(keys, vals)
                               if out is None and not ndargs
                               else _writes_ours(out)):
            return theirs(handle, ndargs, keys, vals, out, is_np_op,
                          output_is_list)
        texts = [write(value) for value in vals]
        key = (handle, *keys, *texts) if keys else handle
        call = calls.get(key)
        if call is None:
            call = _find_call(real, key, handle, keys, texts)
        function, p = call
        if function is None:
            copies.copy(library, ndargs[0], out)
            return out
        if len(inputs) < len(ndargs):
            raise _mixed_devices(p.op)
        outs = None if out is None else _own_outputs(out, p)
        if inputs:
            device = inputs[0].device
        elif outs is not None:
            device = outs[0].device
        else:
            device = int(p.ctx[4:-1])
        results = run(function, p, inputs, outs, device)
        if outs is not None:
            return out
        make = (_global_var._np_ndarray_cls if is_np_op
                else _global_var._ndarray_cls)
        if len(results) == 1 and not output_is_list:
            return make(VOID_P(add(results[0])), stype=0)
        return [make(VOID_P(add(r)), stype=0) for r in results]

    mxnet.ndarray.register._imperative_invoke = invoke
    mxnet.ndarray._internal._imperative_invoke = invoke


def _as_list(out):
    return [out] if isinstance(out, NDArray) else list(out)


def _writes_ours(out):
    return out is not None and any(arrays.is_ours(o.handle)
                                   for o in _as_list(out))


def _names_gpu(keys, vals):
    """Whether the parameter ctx is a GPU."""
    for name, value in zip(keys, vals):
        if name == 'ctx':
            return str(value).startswith('gpu')
    return False


def _own_outputs(out, p):
    found = []
    for x in _as_list(out):
        if not arrays.is_ours(x.handle):
            raise _mixed_devices(p.op)
        found.append(arrays.get(x.handle))
    return found


def _mixed_devices(name):
    return MXNetError(
        'operator %s: all arrays must be on one device, but one is on the '
        'CPU and another one on a GPU. x.as_in_context(ctx) copies an array '
        'to a device' % name)
