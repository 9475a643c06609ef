"""Operators: their names and parameters, as MXNet itself tells them.

Names, types and defaults of parameters come from MXNet's own registry, so
that none is written down here.
"""
import ast
import ctypes
import re
import types

from mxnet.base import MXNetError, check_call, mx_uint, py_str

OPS = {}        # name of an operator: function(p, *tensors)


def op(*names):
    """Decorator: the function computes these operators.

    It is called with the parameters `p` (see `Definition.parse`) and a tensor
    for each array, and returns a tensor or a tuple of tensors.
    """
    def register(function):
        for name in names:
            OPS[name] = function
        return function
    return register


def _tuple(text):
    if text in ('None', ''):
        return None
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


def _optional(parse):
    return lambda text: None if text == 'None' else parse(text)


def _choice_of(kind):
    choices = re.findall("'([^']*)'", kind[:kind.index('}')])

    def parse(text):
        if text not in choices:
            raise ValueError('one of %s' % ', '.join(choices))
        return text
    return parse


def _parser(kind):
    """The function that reads a parameter of this kind from its text."""
    if kind.startswith(('Shape', 'tuple', ',')):
        return _tuple
    if kind.startswith('boolean'):
        return _optional(_boolean)
    if kind.startswith(('int', 'long')):
        return _optional(_int)
    if kind.startswith(('float', 'double')):
        return _optional(_float)
    if kind.startswith('{'):
        return _optional(_choice_of(kind))
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
    required : list of str
        Those that must be.
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
        counted = py_str(key.value) if key.value else None
        self.defaults, self.inputs, self._parsers = {}, [], {}
        self.required = []
        for i in range(count.value):
            parameter, kind = py_str(names[i]), py_str(kinds[i])
            if 'NDArray' in kind or 'Symbol' in kind:
                self.inputs.append(parameter)
                continue
            parse = self._parsers[parameter] = _parser(kind)
            # MXNet itself counts the arrays where their number varies
            if 'required' in kind and parameter != counted:
                self.required.append(parameter)
            default = re.search(r"default='?(.*?)'?$", kind)
            if default:
                self.defaults[parameter] = parse(default.group(1))

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
        missing = [name for name in self.required if name not in texts]
        if missing:
            raise MXNetError('operator %s: Required parameter %s is missing'
                             % (self.name, ', '.join(missing)))
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
