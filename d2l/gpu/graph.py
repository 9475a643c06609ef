"""Symbols of MXNet's as functions of tensors: hybridized nets use them."""
import ctypes
import json

import mxnet.symbol
from mxnet.base import MXNetError, check_call

from .constants import find_constants
from .errors import describe, translate
from .fallback import function_of
from .history import (
    connect,
    connect_apart,
    find_histories,
    find_reached,
    is_cut,
    is_reached,
    is_recorded,
    record_integers,
)
from .registry import definition_of
from .state import state


def read(real, symbol):
    """The graph of a symbol, given by MXNet's handle of it."""
    text = ctypes.c_char_p()
    check_call(real.MXSymbolSaveToJSON(symbol, ctypes.byref(text)))
    return Graph(real, json.loads(text.value))


class Graph:
    """A symbol, read once from its JSON and run node by node.

    Parameters
    ----------
    real : ctypes.CDLL
        MXNet's own library.
    parsed : dict
        The JSON of the symbol.
    """

    def __init__(self, real, parsed):
        nodes = parsed['nodes']
        self.parsed = parsed
        self.inputs = parsed['arg_nodes']
        self.heads = [(i, j) for i, j, *_ in parsed['heads']]
        # inputs that are heads, too: the place of input and of (first) head
        places = [i for i, _ in self.heads]
        self.passed = [(k, places.index(i))
                       for k, i in enumerate(self.inputs) if i in places]
        self.names = {i: node['name'] for i, node in enumerate(nodes)}
        self.steps = []
        self.is_inlined = False     # recorded node by node?
        self.has_branches = False
        self.unknown = []   # nodes whose shapes only their users tell
        self._known = {}    # shapes of the inputs: those of these nodes
        self._reaches = {}  # which inputs have a gradient: do all get one?
        last_use = {}       # node: the last node that uses it
        for number, node in enumerate(nodes):
            if node['op'] == 'null':
                continue
            inputs = [(i, j) for i, j, *_ in node['inputs']]
            last_use.update((i, number) for i, _ in inputs)
            definition = definition_of(real, node['op'])
            p = definition.parse({
                name: text for name, text in node.get('attrs', {}).items()
                if not name.startswith('__')})
            if 'subgraphs' in node:
                p.graphs = [Graph(real, part) for part in node['subgraphs']]
                self.has_branches = True
            if not inputs and _is_unknown(getattr(p, 'shape', None)):
                self.unknown.append(number)
            self.steps.append((number, function_of(definition), p, inputs))
        self.free = {}      # node: the nodes whose results end there
        for i, user in last_use.items():
            if i not in {head for head, _ in self.heads}:
                self.free.setdefault(user, []).append(i)

    def __call__(self, _, *tensors):
        """The heads for these inputs.

        Between nodes, results may be views of each other: nobody can write
        to them.
        """
        state.outputs = None
        values = {i: (t,) for i, t in zip(self.inputs, tensors)}
        tracked = any(map(is_recorded, tensors))
        follows = state.recording and (tracked or any(map(is_cut, tensors)))
        shapes = self._find_shapes(tensors) if self.unknown else {}
        for number, function, p, inputs in self.steps:
            if number in shapes:
                p.shape = shapes[number]
            arguments = [values[i][j] for i, j in inputs]
            try:
                results = function(p, *arguments)
                if type(results) is not tuple:
                    results = (results,)
                results = [r.reshape(1) if r.dim() == 0 and not state.np_shape
                           else r for r in results]
                if tracked and self.is_inlined:
                    results = connect_apart(results, arguments)
                if follows and not all([t.is_floating_point()
                                        for t in (*results, *arguments)]):
                    results = record_integers(
                        results, arguments, find_constants(
                            function, p, range(len(arguments))))
            except (RuntimeError, ValueError, IndexError,
                    TypeError) as error:
                raise translate(error, describe(
                    'node %s (operator %s)' % (self.names[number], p.op), p,
                    arguments)) from error
            values[number] = results
            for i in self.free.get(number, ()):
                del values[i]
        return _separate([values[i][j] for i, j in self.heads])

    def has_only(self, names):
        """Whether all nodes are of these operators."""
        return not self.has_branches and all(
            p.op in names for _, _, p, _ in self.steps)

    def connect_heads(self, heads, tensors):
        """The heads, connected with the inputs: a net is one operator.

        Most nets have one head that reaches them all.
        """
        if self.is_inlined:
            return heads
        for head in heads:      # integers will get that of all inputs
            vars(head).pop('history', None)
        key = (state.training, *map(is_recorded, tensors))
        if key not in self._reaches:
            reached = find_reached(heads[:1])
            self._reaches[key] = (
                len(heads) == 1 and not self.has_branches and all(
                    is_reached(t, reached) for t in find_histories(tensors)))
        return heads if self._reaches[key] else connect(heads, tensors)

    def _find_shapes(self, tensors):
        """The shapes of the nodes in `unknown`, as MXNet infers them."""
        key = tuple([tuple(t.shape) for t in tensors])
        found = self._known.get(key)
        if found is None:
            parsed = dict(self.parsed, attrs={'mxnet_version': ['int', 10901]})
            parsed['heads'] = [[i, 0, 0] for i in self.unknown]
            parsed['heads'] += self.parsed['heads']
            symbol = mxnet.symbol.load_json(json.dumps(parsed))
            names = set(symbol.list_arguments())
            _, shapes, _ = symbol.infer_shape(**{
                self.names[i]: shape for i, shape in zip(self.inputs, key)
                if self.names[i] in names})
            if shapes is None:
                raise MXNetError('the shapes of %s cannot be found from '
                                 'those of the inputs' % ', '.join(
                                     self.names[i] for i in self.unknown))
            found = self._known[key] = dict(zip(self.unknown, shapes))
        return found


def _is_unknown(shape):
    """Whether MXNet lets the users of an array tell its shape."""
    return shape is not None and any(
        n < 0 or n == 0 and not state.np_shape for n in shape)


def _separate(heads):
    """The heads, none of them twice."""
    if len(heads) > 1:
        seen = set()
        for i, head in enumerate(heads):
            if id(head) in seen:
                heads[i] = head.clone()
            seen.add(id(head))
    return tuple(heads)
