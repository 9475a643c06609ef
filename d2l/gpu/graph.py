"""Hybridized nets: a symbol of MXNet's as one function of tensors."""
import ctypes
import json

from mxnet.base import check_call

from .fallback import function_of
from .registry import definition_of
from .state import state


class Graph:
    """A symbol, read once from its JSON and run node by node.

    Parameters
    ----------
    real : ctypes.CDLL
        MXNet's own library.
    symbol : ctypes.c_void_p
    """

    def __init__(self, real, symbol):
        text = ctypes.c_char_p()
        check_call(real.MXSymbolSaveToJSON(symbol, ctypes.byref(text)))
        read = json.loads(text.value)
        self.inputs = read['arg_nodes']
        self.heads = [(i, j) for i, j, *_ in read['heads']]
        self.steps = []
        last_use = {}       # node: the last node that uses it
        for number, node in enumerate(read['nodes']):
            if node['op'] == 'null':
                continue
            inputs = [(i, j) for i, j, *_ in node['inputs']]
            last_use.update((i, number) for i, _ in inputs)
            definition = definition_of(real, node['op'])
            texts = {name: text for name, text in node.get(
                'attrs', {}).items() if not name.startswith('__')}
            self.steps.append((number, function_of(definition),
                               definition.parse(texts), inputs))
        self.free = {}      # node: the nodes whose results end there
        for i, user in last_use.items():
            if i not in {head for head, _ in self.heads}:
                self.free.setdefault(user, []).append(i)

    def __call__(self, p, *tensors):
        """The heads for these inputs.

        Between nodes, results may be views of each other: nobody can write
        to them.
        """
        state.outputs = None
        values = {i: (t,) for i, t in zip(self.inputs, tensors)}
        for number, function, p, inputs in self.steps:
            results = function(p, *[values[i][j] for i, j in inputs])
            if type(results) is not tuple:
                results = (results,)
            values[number] = [r.reshape(1) if r.dim() == 0
                              and not state.np_shape else r for r in results]
            for i in self.free.get(number, ()):
                del values[i]
        return tuple(values[i][j] for i, j in self.heads)
