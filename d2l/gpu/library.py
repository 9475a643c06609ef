"""The stand-in for MXNet's C library.

The modules of `answers` say, by the decorators below, which functions of
MXNet's C API are answered here. All others are MXNet's own: those that never
see an array as they are, the rest closed to arrays of ours.
"""
import ctypes
import functools

from mxnet.base import MXNetError

from .arrays import FIRST, VOID_P, arrays
from .errors import translate

_ANSWERS = {}       # name of a C function: function(real library) -> answer
# What errors call functions that MXNet's front end calls by themselves
_WORDS = {'MXNDArraySyncCopyFromCPU': 'copying an array to the GPU',
          'MXNDArraySyncCopyToCPU': 'copying an array from the GPU'}


def answer(*names):
    """Decorator: the function answers these C functions.

    It is called with MXNet's library and the arguments, and returns 0, or
    what MXNet's own function returns.
    """
    def register(function):
        for name in names:
            _ANSWERS[name] = functools.partial(functools.partial, function)
        return function
    return register


def answer_for_array(*names):
    """Decorator: the function answers these C functions for arrays of ours.

    The first argument of these is an array. MXNet's own function answers for
    its own arrays; the function is called with the `Array` and the other
    arguments, and returns nothing.
    """
    def register(function):
        for name in names:
            _ANSWERS[name] = functools.partial(_bind, name, function)
        return function
    return register


def _bind(name, function, real):
    theirs = getattr(real, name)

    def call(handle, *args):
        number = handle if type(handle) is int else handle.value
        if number is None or number < FIRST:
            return theirs(handle, *args)
        try:
            function(arrays[number], *args)
        except RuntimeError as error:
            if isinstance(error, MXNetError):
                raise
            raise translate(error, _WORDS.get(name, name)) from error
        return 0
    return call


# These take symbols, names and numbers, but no arrays.
_WITHOUT_ARRAYS = ('MXGetLastError', 'MXLib', 'MXList', 'MXSymbol', 'NN')


class Library:
    """Stands for `mxnet.base._LIB`.

    Attributes
    ----------
    real : ctypes.CDLL
        MXNet's own library.
    """

    def __init__(self, real):
        self.real = real

    def __getattr__(self, name):
        if name in _ANSWERS:
            function = _ANSWERS[name](self.real)
        else:
            function = getattr(self.real, name)
            if not name.startswith(_WITHOUT_ARRAYS):
                function = _refuse_ours(name, function)
        setattr(self, name, function)       # found without this from now on
        return function


def _refuse_ours(name, function):
    """MXNet's function, closed to arrays of ours: they are no pointers."""
    def call(*args):
        if any(map(_holds_ours, args)):
            raise MXNetError(
                '%s does not work for arrays on a GPU that PyTorch serves: '
                'copy them to the CPU, x.as_in_context(mx.cpu())' % name)
        return function(*args)
    return call


def _holds_ours(argument):
    """Whether an argument of a C function holds a handle of ours."""
    if type(argument) is VOID_P:
        return (argument.value or 0) >= FIRST
    if isinstance(argument, ctypes.Array) and argument._type_ is VOID_P:
        return any((handle or 0) >= FIRST for handle in argument)
    if isinstance(argument, ctypes._Pointer) and argument._type_ is VOID_P:
        return bool(argument) and (argument[0] or 0) >= FIRST
    return False


# -- results that a caller reads through pointers
def point(reference, array):
    """Let the pointer that a caller passed by reference point to an array."""
    VOID_P.from_buffer(reference._obj).value = ctypes.addressof(array)


def as_int(argument):
    return argument if type(argument) is int else argument.value
