"""Loops and branches in symbols: their bodies are graphs of their own."""
import torch
from mxnet.base import MXNetError

from ..history import connect, keep_cut
from ..registry import op


def _place(places, values, count):
    """The inputs of a body: `places[i]` is where `values[i]` goes."""
    inputs = [None] * count
    for place, value in zip(places, values):
        inputs[place] = value
    return inputs


@op('_foreach')
def foreach(p, *inputs):
    body, = p.graphs
    n, m = len(p.in_data_locs), len(p.in_state_locs)
    data, states, rest = inputs[:n], inputs[n:n + m], inputs[n + m:]
    places = p.in_data_locs + p.in_state_locs + p.remain_locs
    columns = []
    for i in range(len(data[0])):
        rows = [keep_cut(x[i] if x.dim() > 1 else x[i:i + 1], [x])
                for x in data]
        results = body(p, *_place(places, [*rows, *states, *rest],
                                  len(inputs)))
        columns.append(results[:p.num_out_data])
        states = results[p.num_out_data:]
    if not columns:
        raise MXNetError('foreach: the data have no elements')
    return (*[keep_cut(torch.stack(column), column)
              for column in zip(*columns)], *states)


@op('_while_loop')
def while_loop(p, *inputs):
    condition, body = p.graphs
    values, columns = list(inputs), []
    places = [p.func_input_locs[i] for i in p.func_var_locs]
    while len(columns) < p.max_iterations and bool(
            condition(p, *[values[i] for i in p.cond_input_locs])[0]):
        results = body(p, *[values[i] for i in p.func_input_locs])
        columns.append(results[:p.num_out_data])
        for place, result in zip(places, results[p.num_out_data:]):
            values[place] = result
    if not columns and p.num_out_data:
        raise MXNetError('while_loop: without a first step the shapes of its '
                         'outputs are unknown')
    # MXNet leaves the rows of steps that did not happen as they are
    outputs = [keep_cut(torch.cat((torch.stack(column), column[0].new_zeros(
        (p.max_iterations - len(columns), *column[0].shape)))), column)
        for column in zip(*columns)]
    return (*outputs, *[values[i] for i in places])


@op('_cond')
def cond(p, *inputs):
    condition, yes, no = p.graphs
    if bool(condition(p, *[inputs[i] for i in p.cond_input_locs])[0]):
        results = yes(p, *[inputs[i] for i in p.then_input_locs])
    else:
        results = no(p, *[inputs[i] for i in p.else_input_locs])
    return tuple(connect(results, inputs))      # also with the other branch
