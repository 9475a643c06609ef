"""Operators: their names and parameters, as MXNet itself tells them.

Names, types and defaults of parameters come from MXNet's own registry, so
that none is written down here.
"""
import ast
import ctypes
import functools
import re
import types

from mxnet.base import (
    MXNetError,
    SymbolHandle,
    c_str_array,
    check_call,
    mx_uint,
    py_str,
)

from .history import connect

OPS = {}        # name of an operator: function(p, *tensors)
_ANY_NUMBER = ('lr', 'lrs', 'scalar')   # take any number, and often a new one


def op(*names, constants=()):
    """Decorator: the function computes these operators.

    It is called with the parameters `p` (see `Definition.parse`) and a tensor
    for each array, and returns a tensor or a tuple of tensors.

    Parameters
    ----------
    *names : str
    constants : tuple of int
        The arrays that it has no gradient for, such as indices.
    """
    def register(function):
        call = _connected(function, constants) if constants else function
        call.constants = constants
        for name in names:
            OPS[name] = call
        return call
    return register


def _connected(function, constants):
    """The function, its results connected with the arrays it ignores."""
    @functools.wraps(function)
    def call(p, *tensors):
        results = function(p, *tensors)
        ignored = [tensors[i] for i in constants if i < len(tensors)]
        if not any([t.requires_grad for t in ignored]):
            return results
        if type(results) is tuple:
            return tuple(connect(results, ignored))
        return connect([results], ignored)[0]
    return call


def _tuple(text):
    if text in ('None', ''):
        return None
    if text.isalpha():      # a character: the registry names no type for it
        return text
    parsed = ast.literal_eval(text.replace('L', ''))
    return tuple(parsed) if isinstance(parsed, (tuple, list)) else (parsed,)


def _boolean(text):
    return text in ('True', 'true', '1')


def _int(text):
    try:
        return int(text)
    except ValueError:
        return int(_float(text))


def _float(text):
    return float({'True': 1, 'False': 0}.get(text, text))


def _float32(text):
    """The number that MXNet has: 0.999 is 0.99900001287 there."""
    return ctypes.c_float(_float(text)).value


def _optional(parse):
    return lambda text: None if text == 'None' else parse(text)


def _parser(kind):
    """The function that reads a parameter of this kind from its text."""
    if kind.startswith(('Shape', 'tuple', ',')):
        return _tuple
    if kind.startswith('boolean'):
        return _optional(_boolean)
    if kind.startswith(('int', 'long')):
        return _optional(_int)
    if kind.startswith(('float', 'real_t')):
        return _optional(_float32)
    if kind.startswith('double'):
        return _optional(_float)
    return _optional(str)


class Definition:
    """An operator of MXNet's registry.

    Attributes
    ----------
    name : str
    creator : int
        MXNet's handle of it.
    inputs : list of str
        The names of its arrays.
    defaults : dict of str to object
        The parameters that need not be given.
    """

    def __init__(self, real, creator):
        name, description, key, returned = (
            ctypes.c_char_p() for _ in range(4))
        names, kinds, descriptions = (
            ctypes.POINTER(ctypes.c_char_p)() for _ in range(3))
        count = mx_uint()
        check_call(real.MXSymbolGetAtomicSymbolInfo(
            ctypes.c_void_p(creator), ctypes.byref(name),
            ctypes.byref(description), ctypes.byref(count),
            ctypes.byref(names), ctypes.byref(kinds),
            ctypes.byref(descriptions), ctypes.byref(key),
            ctypes.byref(returned)))
        self.name, self.creator = py_str(name.value), creator
        # the parameter that MXNet fills in itself, such as num_args
        self._counted = py_str(key.value) if key.value else None
        self.defaults, self.inputs, self._parsers = {}, [], {}
        self._real, self._accepted = real, set()
        for i in range(count.value):
            parameter, kind = py_str(names[i]), py_str(kinds[i])
            if 'NDArray' in kind or 'Symbol' in kind:
                self.inputs.append(parameter)
                continue
            parse = self._parsers[parameter] = _parser(kind)
            default = re.search(r"default='?(.*?)'?$", kind)
            if default:
                self.defaults[parameter] = parse(default.group(1))

    def check(self, texts):
        """Let MXNet refuse parameters, and values, that it does not take.

        This takes longer than many an operator, so that parameters which it
        took before are not shown to it again.

        Parameters
        ----------
        texts : dict of str to str
        """
        key = tuple([(name, None if name in _ANY_NUMBER else text)
                     for name, text in texts.items()])
        if key in self._accepted:
            return
        if self._counted and self._counted not in texts:
            texts = dict(texts, **{self._counted: '1'})
        symbol = SymbolHandle()
        check_call(self._real.MXSymbolCreateAtomicSymbol(
            ctypes.c_void_p(self.creator), mx_uint(len(texts)),
            c_str_array(texts), c_str_array(texts.values()),
            ctypes.byref(symbol)))
        check_call(self._real.MXSymbolFree(symbol))
        if len(self._accepted) > 10000:
            self._accepted.clear()
        self._accepted.add(key)

    def parse(self, texts):
        """The parameters as attributes, with defaults.

        Parameters
        ----------
        texts : dict of str to str

        Returns
        -------
        types.SimpleNamespace
            An attribute for each parameter; `op` is the name of the operator,
            `texts` the argument.
        """
        p = types.SimpleNamespace(**self.defaults)
        for name, text in texts.items():
            parse = self._parsers.get(name, str)
            try:
                setattr(p, name, parse(text))
            except (SyntaxError, ValueError) as error:
                raise MXNetError(
                    'operator %s: %s=%r is no value for this parameter (%s)'
                    % (self.name, name, text, error)) from None
        p.op, p.texts = self.name, texts
        return p


_definitions = {}


def definition(real, creator):
    """The operator with this handle."""
    found = _definitions.get(creator)
    if found is None:
        found = _definitions[creator] = Definition(real, creator)
    return found


def definition_of(real, name):
    """The operator with this name."""
    handle = ctypes.c_void_p()
    check_call(real.NNGetOpHandle(name.encode(), ctypes.byref(handle)))
    return definition(real, handle.value)
