"""Executors: `symbol.bind`, Module and MXNet's own tests use them."""
import ctypes
import itertools

from mxnet.base import MXNetError, check_call, py_str
from mxnet.symbol import Symbol

from ..arrays import (
    FIRST,
    VOID_P,
    add,
    any_ours,
    get,
    is_ours,
    number,
    numbers,
)
from ..binding import Shared, allocate, find_requests, reshape
from ..copies import SPARSE, host
from ..executors import Executor
from ..library import answer, as_int, point
from ..state import DTYPES, state
from .ndarrays import GPU

_executors = {}     # handle: Executor
_handles = itertools.count(FIRST)


def _register(executor, out):
    out._obj.value = handle = next(_handles)
    _executors[handle] = executor


def _own_symbol(real, symbol):
    """A symbol of our own for MXNet's handle of one."""
    copy = ctypes.c_void_p()
    check_call(real.MXSymbolCopy(symbol, ctypes.byref(copy)))
    return Symbol(copy)


def _names(array, count):
    return [py_str(array[i]) for i in range(count)]


def _check_groups(device, count, kinds, devices):
    for i in range(as_int(count)):
        if (kinds[i], devices[i]) != (GPU, device):
            raise MXNetError(
                'group2ctx: an executor on gpu(%d) that PyTorch serves has '
                'all its arrays there: give that device to all groups'
                % device)


def _of_the_cpu():
    return MXNetError('bind: an executor on the CPU cannot use arrays on a '
                      'GPU: x.as_in_context(mx.cpu())')


def _find_shared(handle):
    if number(handle) and not is_ours(handle):
        raise MXNetError('bind: an executor on a GPU cannot share arrays '
                         'with one on the CPU')
    return _executors.get(number(handle))


def _optional(handles, count):
    return [get(i) if i else None for i in handles[:count]]


def _handles_of(arrays):
    """A C array with a new handle for each array, null for None."""
    return (VOID_P * len(arrays))(*[None if x is None else add(x)
                                    for x in arrays])


def _write_arrays(executor, num_args, args, grads, num_states, states):
    """Give a caller an executor's arrays; returns what must be kept."""
    kept = tuple(map(_handles_of, (executor.args, executor.grads,
                                   executor.states)))
    num_args._obj.value = len(executor.args)
    num_states._obj.value = len(executor.states)
    for reference, handles in zip((args, grads, states), kept):
        point(reference, handles)
    return kept


def _shapes(count, names, data, begins):
    """The shapes that a caller gives: {name: shape}."""
    return {name: tuple(data[begins[i]:begins[i + 1]])
            for i, name in enumerate(_names(names, as_int(count)))}


@answer('MXExecutorBindEX')
def bind(real, symbol, dev_type, dev_id, num_groups, groups, kinds, devices,
         num_args, args, grads, requests, num_states, states, shared, out):
    n, m = as_int(num_args), as_int(num_states)
    if as_int(dev_type) != GPU:
        if any_ours([*args[:n], *grads[:n], *states[:m], number(shared)]):
            raise _of_the_cpu()
        return real.MXExecutorBindEX(
            symbol, dev_type, dev_id, num_groups, groups, kinds, devices,
            num_args, args, grads, requests, num_states, states, shared, out)
    device = as_int(dev_id)
    _check_groups(device, num_groups, kinds, devices)
    _register(Executor(
        real, _own_symbol(real, symbol), device, _optional(args, n),
        _optional(grads, n), requests[:n], _optional(states, m)), out)
    return 0


def _answer_simple_bind(name):
    @answer(name)
    def bind_simply(
            real, symbol, dev_type, dev_id, num_groups, groups, kinds,
            devices, num_requests, request_names, requests, num_shapes,
            shape_names, shape_data, shape_begins, num_dtypes, dtype_names,
            dtypes, num_stypes, stype_names, stypes, num_shared,
            shared_names, buffer_size, buffer_names, buffer_handles,
            new_names, new_handles, num_args, args, grads, num_states,
            states, shared, out):
        if as_int(dev_type) != GPU:
            if is_ours(shared):
                raise _of_the_cpu()
            return getattr(real, name)(
                symbol, dev_type, dev_id, num_groups, groups, kinds, devices,
                num_requests, request_names, requests, num_shapes,
                shape_names, shape_data, shape_begins, num_dtypes,
                dtype_names, dtypes, num_stypes, stype_names, stypes,
                num_shared, shared_names, buffer_size, buffer_names,
                buffer_handles, new_names, new_handles, num_args, args,
                grads, num_states, states, shared, out)
        device = as_int(dev_id)
        _check_groups(device, num_groups, kinds, devices)
        if any(stypes[i] for i in range(as_int(num_stypes))):
            raise MXNetError(SPARSE)
        symbol = _own_symbol(real, symbol)
        count = as_int(num_requests)
        reqs = find_requests(
            symbol, _names(requests, count or 1) if requests else ['null'],
            _names(request_names, count) if request_names else None)
        size = buffer_size._obj.value
        buffer = None if size < 0 else dict(zip(
            _names(buffer_names, size), _optional(buffer_handles, size)))
        arrays = allocate(
            symbol, device,
            _shapes(num_shapes, shape_names, shape_data, shape_begins),
            {key: DTYPES[dtypes[i]] for i, key in enumerate(
                _names(dtype_names, as_int(num_dtypes)))},
            reqs, Shared(set(_names(shared_names, as_int(num_shared))),
                         _find_shared(shared), buffer))
        executor = Executor(real, symbol, device, *arrays[:2], reqs,
                            arrays[2])
        kept = _write_arrays(executor, num_args, args, grads, num_states,
                             states)
        if buffer is not None:
            keys = (ctypes.c_char_p * len(buffer))(*[
                key.encode() for key in buffer])
            handles = _handles_of(list(buffer.values()))
            buffer_size._obj.value = len(buffer)
            point(new_names, keys)
            point(new_handles, handles)
            kept += keys, handles
        state.kept = kept
        _register(executor, out)
        return 0


_answer_simple_bind('MXExecutorSimpleBindEx')
_answer_simple_bind('MXExecutorSimpleBindEx64')


@answer('MXExecutorReshapeEx')
def bind_reshaped(real, partial, up, dev_type, dev_id, num_groups, groups,
                  kinds, devices, num_shapes, shape_names, shape_data,
                  shape_begins, num_args, args, grads, num_states, states,
                  shared, out):
    old = _executors.get(number(shared))
    if old is None:
        return real.MXExecutorReshapeEx(
            partial, up, dev_type, dev_id, num_groups, groups, kinds,
            devices, num_shapes, shape_names, shape_data, shape_begins,
            num_args, args, grads, num_states, states, shared, out)
    arrays = reshape(
        old, _shapes(num_shapes, shape_names, shape_data, shape_begins),
        bool(as_int(partial)), bool(as_int(up)))
    executor = Executor(real, old.symbol, old.device, *arrays[:2],
                        old.requests, arrays[2])
    state.kept = _write_arrays(executor, num_args, args, grads, num_states,
                               states)
    _register(executor, out)
    return 0


def answer_for_executor(name):
    """Decorator: the function answers a C function for executors of ours."""
    def register(function):
        @answer(name)
        def call(real, handle, *args):
            executor = _executors.get(number(handle))
            if executor is None:
                return getattr(real, name)(handle, *args)
            function(executor, *args)
            return 0
        return function
    return register


@answer('MXExecutorFree')
def free(real, handle):
    if _executors.pop(number(handle), None) is None:
        return real.MXExecutorFree(handle)
    return 0


@answer_for_executor('MXExecutorForward')
def forward(executor, train):
    executor.forward(bool(as_int(train)))


@answer('MXExecutorBackwardEx')
def backward(real, handle, count, head_grads, train):
    executor = _executors.get(number(handle))
    ids = numbers(head_grads, as_int(count))
    if executor is None:
        if any_ours(ids):
            raise _of_the_cpu()
        return real.MXExecutorBackwardEx(handle, count, head_grads, train)
    executor.backward([get(i).data if is_ours(i) else host(real, VOID_P(i))
                       for i in ids])
    return 0


@answer_for_executor('MXExecutorOutputs')
def write_outputs(executor, count, out):
    state.kept = handles = _handles_of(executor.outputs)
    count._obj.value = len(executor.outputs)
    point(out, handles)


@answer_for_executor('MXExecutorPrint')
def write_description(executor, out):
    out._obj.value = executor.describe().encode()


@answer_for_executor('MXExecutorSetMonitorCallbackEX')
def set_monitor(executor, callback, _, with_inputs):
    executor.set_monitor(callback, bool(as_int(with_inputs)))


@answer_for_executor('MXExecutorGetOptimizedSymbol')
def write_symbol(executor, out):
    check_call(executor.real.MXSymbolCopy(executor.symbol.handle, out))
