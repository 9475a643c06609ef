"""Hybridized nets: MXNet calls them cached operators."""
import ctypes

from mxnet.base import MXNetError, check_call

from ..arrays import VOID_P, add, any_ours, arrays, get, is_ours
from ..capture import CapturedNet, can_capture, find_data
from ..compute import NET, run
from ..graph import read
from ..library import answer, as_int, point
from ..state import state
from .autograd import DENSE

_hooked = set()     # handles of cached operators that call a hook
_graphs = {}    # handle of a cached operator: its Graph, or symbol and flags


@answer('MXCreateCachedOpEx')
def create(real, symbol, num_flags, keys, values, out):
    code = real.MXCreateCachedOpEx(symbol, num_flags, keys, values, out)
    if code == 0:
        copy = VOID_P()
        check_call(real.MXSymbolCopy(symbol, ctypes.byref(copy)))
        n = as_int(num_flags)
        _graphs[out._obj.value] = copy, dict(zip(keys[:n], values[:n]))
    return code


@answer('MXFreeCachedOp')
def free(real, handle):
    _hooked.discard(handle.value)
    found = _graphs.pop(handle.value, None)
    if isinstance(found, tuple):
        real.NNSymbolFree(found[0])
    return real.MXFreeCachedOp(handle)


@answer('MXCachedOpRegisterOpHook')
def register_hook(real, handle, callback, monitor_all):
    _hooked.add(handle.value)
    return real.MXCachedOpRegisterOpHook(handle, callback, monitor_all)


def _find_graph(real, number):
    found = _graphs.get(number)
    if found is None:
        raise MXNetError('this CachedOp was made before a GPU was first asked '
                         'for: make it again')
    if isinstance(found, tuple):
        symbol, flags = found
        graph = read(real, symbol)
        real.NNSymbolFree(symbol)
        # MXNet records the operators of so small a net one by one
        graph.is_inlined = (
            flags.get(b'static_alloc') not in (b'True', b'1')
            and len(graph.steps) <= int(flags.get(b'inline_limit', 2)))
        data = find_data(graph, flags) if can_capture() else None
        found = _graphs[number] = (graph if data is None
                                   else CapturedNet(graph, data))
    return found


@answer('MXInvokeCachedOpEx')
def invoke(real, handle, num_inputs, inputs, num_outputs, outputs, stypes):
    ids = inputs[:num_inputs.value]
    given = num_outputs._obj.value
    outs = outputs._obj[:given] if given else []
    if not any_ours(ids + outs):
        return real.MXInvokeCachedOpEx(handle, num_inputs, inputs,
                                       num_outputs, outputs, stypes)
    if not all(map(is_ours, ids + outs)):
        raise MXNetError('a hybridized net: its input and its parameters '
                         'must be on one device')
    if handle.value in _hooked:
        raise MXNetError('register_op_hook() does not work on a GPU that '
                         'PyTorch serves: use the net on mx.cpu()')
    outs = [get(i) for i in outs] if given else None
    inputs = [arrays[i] for i in ids]
    if any([x.device != inputs[0].device for x in inputs]):
        raise MXNetError('a hybridized net: its inputs and its parameters '
                         'must be on one device, but are on %s' % ', '.join(
                             sorted({'gpu(%d)' % x.device for x in inputs})))
    graph = _find_graph(real, handle.value)
    results = run(graph, NET, inputs, outs, inputs[0].device)
    if outs is None:
        for k, place in graph.passed:       # it shares memory with the input
            results[place] = inputs[k].twin()
            results[place].variable = None
        state.kept = handles = (VOID_P * len(results))(*map(add, results))
        num_outputs._obj.value = len(results)
        point(outputs, handles)
        point(stypes, DENSE)
    return 0
