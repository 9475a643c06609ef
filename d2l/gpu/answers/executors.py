"""Executors: `symbol.bind`, Module and MXNet's own tests use them."""
import collections
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


# The arguments of C functions, by name
_Bind = collections.namedtuple(
    '_Bind', 'symbol dev_type dev_id num_groups groups kinds devices num_args '
    'args grads requests num_states states shared out')
_SimpleBind = collections.namedtuple(
    '_SimpleBind', 'symbol dev_type dev_id num_groups groups kinds devices '
    'num_requests request_names requests num_shapes shape_names shape_data '
    'shape_begins num_dtypes dtype_names dtypes num_stypes stype_names stypes '
    'num_shared shared_names buffer_size buffer_names buffer_handles '
    'new_names new_handles num_args args grads num_states states shared out')
_Reshape = collections.namedtuple(
    '_Reshape', 'partial up dev_type dev_id num_groups groups kinds devices '
    'num_shapes shape_names shape_data shape_begins num_args args grads '
    'num_states states shared out')


def _find_device(given):
    """The i of the gpu(i) that is given, for all groups as well."""
    device = as_int(given.dev_id)
    for i in range(as_int(given.num_groups)):
        if (given.kinds[i], given.devices[i]) != (GPU, device):
            raise MXNetError(
                'group2ctx: an executor on gpu(%d) that PyTorch serves has '
                'all its arrays there: give that device to all groups'
                % device)
    return device


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


def _write_arrays(executor, given):
    """Give a caller an executor's arrays; returns what must be kept."""
    kept = tuple(map(_handles_of, (executor.args, executor.grads,
                                   executor.states)))
    given.num_args._obj.value = len(executor.args)
    given.num_states._obj.value = len(executor.states)
    for reference, handles in zip((given.args, given.grads, given.states),
                                  kept):
        point(reference, handles)
    return kept


def _shapes(given):
    """The shapes that a caller gives: {name: shape}."""
    begins = given.shape_begins
    return {name: tuple(given.shape_data[begins[i]:begins[i + 1]])
            for i, name in enumerate(_names(given.shape_names,
                                            as_int(given.num_shapes)))}


@answer('MXExecutorBindEX')
def bind(real, *arguments):
    given = _Bind(*arguments)
    n, m = as_int(given.num_args), as_int(given.num_states)
    if as_int(given.dev_type) != GPU:
        if any_ours([*given.args[:n], *given.grads[:n], *given.states[:m],
                     number(given.shared)]):
            raise _of_the_cpu()
        return real.MXExecutorBindEX(*arguments)
    _register(Executor(
        real, _own_symbol(real, given.symbol), _find_device(given),
        _optional(given.args, n), _optional(given.grads, n),
        given.requests[:n], _optional(given.states, m)), given.out)
    return 0


def _answer_simple_bind(name):
    @answer(name)
    def bind_simply(real, *arguments):
        given = _SimpleBind(*arguments)
        if as_int(given.dev_type) != GPU:
            if is_ours(given.shared):
                raise _of_the_cpu()
            return getattr(real, name)(*arguments)
        device = _find_device(given)
        if any(given.stypes[i] for i in range(as_int(given.num_stypes))):
            raise MXNetError(SPARSE)
        symbol = _own_symbol(real, given.symbol)
        requests, buffer = _find_requests(symbol, given), _find_buffer(given)
        args, grads, states = allocate(
            symbol, device, _shapes(given),
            {key: DTYPES[given.dtypes[i]] for i, key in enumerate(
                _names(given.dtype_names, as_int(given.num_dtypes)))},
            requests, Shared(
                set(_names(given.shared_names, as_int(given.num_shared))),
                _find_shared(given.shared), buffer))
        executor = Executor(real, symbol, device, args, grads, requests,
                            states)
        state.kept = (_write_arrays(executor, given)
                      + _write_buffer(buffer, given))
        _register(executor, given.out)
        return 0


def _find_requests(symbol, given):
    count = as_int(given.num_requests)
    return find_requests(
        symbol, _names(given.requests, count or 1) if given.requests
        else ['null'],
        _names(given.request_names, count) if given.request_names else None)


def _find_buffer(given):
    """The arrays that executors share, by name; None if they do not."""
    size = given.buffer_size._obj.value
    return None if size < 0 else dict(zip(
        _names(given.buffer_names, size),
        _optional(given.buffer_handles, size)))


def _write_buffer(buffer, given):
    """Give them back, with new ones; returns what must be kept."""
    if buffer is None:
        return ()
    keys = (ctypes.c_char_p * len(buffer))(*[key.encode() for key in buffer])
    handles = _handles_of(list(buffer.values()))
    given.buffer_size._obj.value = len(buffer)
    point(given.new_names, keys)
    point(given.new_handles, handles)
    return keys, handles


_answer_simple_bind('MXExecutorSimpleBindEx')
_answer_simple_bind('MXExecutorSimpleBindEx64')


@answer('MXExecutorReshapeEx')
def bind_reshaped(real, *arguments):
    given = _Reshape(*arguments)
    old = _executors.get(number(given.shared))
    if old is None:
        return real.MXExecutorReshapeEx(*arguments)
    args, grads, states = reshape(
        old, _shapes(given), bool(as_int(given.partial)),
        bool(as_int(given.up)))
    executor = Executor(real, old.symbol, old.device, args, grads,
                        old.requests, states)
    state.kept = _write_arrays(executor, given)
    _register(executor, given.out)
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
                       for i in ids], bool(as_int(train)))
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
