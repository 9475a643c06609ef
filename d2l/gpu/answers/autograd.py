"""Autograd: recording, variables and their gradients, backward."""
import ctypes

from mxnet.base import MXNetError, check_call

from .. import functions, gradients
from ..arrays import VOID_P, add, any_ours, get, is_ours, number, numbers
from ..library import answer, answer_for_array, as_int, point
from ..state import state

DENSE = (ctypes.c_int * 256)()      # the storage types of results: all 0


@answer('MXAutogradSetIsRecording')
def set_recording(real, value, previous):
    state.recording = bool(as_int(value))
    return real.MXAutogradSetIsRecording(value, previous)


@answer('MXAutogradSetIsTraining')
def set_training(real, value, previous):
    state.training = bool(as_int(value))
    return real.MXAutogradSetIsTraining(value, previous)


@answer('MXSetIsNumpyShape')
def set_np_shape(real, value, previous):
    state.np_shape = bool(as_int(value))
    return real.MXSetIsNumpyShape(value, previous)


@answer('MXAutogradMarkVariables')
def mark_variables(real, count, handles, reqs, grads):
    for i in range(as_int(count)):
        variable, grad = handles[i], grads[i]
        if is_ours(variable) != is_ours(grad):
            raise MXNetError('a gradient must be on the device of its '
                             'variable, and be dense there: attach_grad() '
                             'without stype makes such a one')
        if is_ours(variable):
            gradients.mark(get(variable), reqs[i], get(grad))
        else:
            check_call(real.MXAutogradMarkVariables(
                1, (VOID_P * 1)(number(variable)),
                (ctypes.c_uint * 1)(reqs[i]), (VOID_P * 1)(number(grad))))
    return 0


@answer_for_array('MXNDArrayGetGrad')
def write_grad(array, out):
    variable = array.variable
    out._obj.value = (None if variable is None or not variable.req
                      else add(variable.grad.twin()))


@answer_for_array('MXNDArrayGetGradState')
def write_grad_state(array, out):
    out._obj.value = int(array.variable is not None and array.variable.fresh)


@answer_for_array('MXNDArraySetGradState')
def set_grad_state(array, value):
    if array.variable is not None:
        array.variable.fresh = bool(as_int(value))


@answer('MXAutogradBackwardEx')
def backward(real, count, heads, head_grads, num_variables, variables,
             retain_graph, create_graph, train, grads, stypes):
    n, m = as_int(count), as_int(num_variables)
    ids = numbers(heads, n)
    given = None if type(head_grads) is VOID_P else numbers(head_grads, n)
    for head, grad in zip(ids, given or ()):
        if grad and is_ours(grad) != is_ours(head):
            raise MXNetError('backward: the gradient of a head must be on '
                             "the head's device")
    wanted = numbers(variables, m)
    if m and len(set(map(is_ours, ids + wanted))) > 1:
        raise MXNetError('autograd.grad: all heads and variables must be on '
                         'one device')
    if not any_ours(ids):
        return real.MXAutogradBackwardEx(
            count, heads, head_grads, num_variables, variables, retain_graph,
            create_graph, train, grads, stypes)
    ours = []
    for i, head in enumerate(ids):
        if is_ours(head):
            ours.append(i)
        else:       # a list of losses, some of them on the CPU
            check_call(real.MXAutogradBackwardEx(
                1, (VOID_P * 1)(head), head_grads if given is None
                else (VOID_P * 1)(given[i]), 0, variables, retain_graph,
                create_graph, train, grads, stypes))
    arrays = [get(ids[i]) for i in ours]
    given = given and [get(given[i]) if given[i] else None for i in ours]
    if not m:
        gradients.backward(arrays, given, bool(as_int(retain_graph)),
                           bool(as_int(train)))
        return 0
    found = gradients.compute_gradients(
        arrays, given, [get(v) for v in wanted],
        bool(as_int(retain_graph)), bool(as_int(create_graph)),
        bool(as_int(train)))
    state.kept = handles = (VOID_P * m)(*map(add, found))
    point(grads, handles)
    point(stypes, DENSE)
    return 0


@answer('MXAutogradBackward')
def backward_to_variables(real, count, heads, head_grads, retain_graph):
    """What mxnet.contrib.autograd calls."""
    return backward(real, count, heads, head_grads, 0, None, retain_graph, 0,
                    1, None, None)


@answer('MXCustomFunctionRecord')
def record_function(real, num_inputs, inputs, num_outputs, outputs,
                    callbacks):
    ids = numbers(inputs, as_int(num_inputs))
    outs = numbers(outputs, as_int(num_outputs))
    if not any_ours(ids + outs):
        return real.MXCustomFunctionRecord(num_inputs, inputs, num_outputs,
                                           outputs, callbacks)
    functions.record([get(i) for i in ids], [get(i) for i in outs],
                     callbacks._obj)
    return 0
