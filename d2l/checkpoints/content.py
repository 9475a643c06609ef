"""Whether a checkpoint's content is one that this training could have saved.

The file may be from somebody else, with a correct SHA-256. MXNet writes past
the end of arrays of shape (), and NumPy reads outside a random state whose
position is out of range, so everything is checked before anything is put
back. All functions raise a ValueError that says what was found.
"""
import math
import random

import numpy as np
from mxnet import nd

_LARGEST = 2 ** 31 - 1
_DTYPES = {np.dtype(name) for name in (
    'bool', 'float16', 'float32', 'float64', 'int8', 'uint8', 'int32',
    'int64')}


def require(is_so, what, found):
    if not is_so:
        text = repr(found)
        raise ValueError('%s, but found %s' % (
            what, text if len(text) < 80 else text[:76] + ' ...'))


def require_form(state):
    """Require the entries of a checkpoint, each of its kind."""
    require_count(state['epoch'], 'its epoch', 1)
    require_count(state['seed'], 'its seed')
    if state.get('threads') is not None:
        require_count(state['threads'], 'its number of threads', 1)
    require(_are_texts(state['layers'], list), 'its layers must be texts',
            state['layers'])
    require(isinstance(state['began'], dict) and _are_texts(
        list(state['began']), list) and _is_without_arrays(state['began']),
        'its settings must be numbers and texts by name', state['began'])
    require(_are_texts(state['changed'], list)
            and set(state['changed']) <= set(state['began'])
            and 'optimizer' not in state['changed'],
            'the settings that training changed must be among those that it '
            'began with', state['changed'])
    params = state['params']
    require(isinstance(params, dict) and _are_texts(list(params), list),
            'its parameters must have names', params)
    for name, arrays in params.items():
        require(isinstance(arrays, list) and arrays
                and all(is_array(array) and is_like(array, arrays[0])
                        for array in arrays),
                'its parameter %s must be arrays of one shape' % name, arrays)
    _require_python_state(state['random'])
    _require_numpy_state(state['numpy'])


def require_history(columns, epoch, names):
    """Require a row of figures for each epoch, and maybe earlier ones."""
    require(isinstance(columns, dict)
            and set(columns) | {'threads'} == set(names),
            'its history must have the columns %s' % ', '.join(names),
            columns)
    for name, column in columns.items():
        require(isinstance(column, list) and all(
            type(value) in (int, float) for value in column),
            'its history must have numbers as %s' % name, column)
    lengths = sorted(map(len, columns.values()))
    require(epoch <= lengths[0] == lengths[-1],
            'its history must have columns of one length, with its %d '
            'epochs' % epoch, lengths)


def require_no_nan(state):
    """Require numbers, unless the losses show how they were lost."""
    if not all(map(math.isfinite, state['history']['loss'])):
        return
    values = dict(state['params'])
    if state['trainer'] is not None:
        values['the trainer'] = state['trainer']['states']
    for name, value in values.items():
        require(not _has_nan(value), 'its losses are finite, so must be %s'
                % name, math.nan)


def require_count(value, what, least=0):
    require(type(value) is int and least <= value <= _LARGEST,
            '%s must be a whole number, %d or more' % (what, least), value)


def is_array(value):
    """Whether `value` is an array as MXNet can have it."""
    return (isinstance(value, np.ndarray) and value.size > 0
            and value.ndim > 0 and value.dtype in _DTYPES)


def is_number(value):
    return type(value) in (int, float) and abs(value) < 3e38


def is_sound(value):
    """Whether `value` is plain, and its arrays are as MXNet has them."""
    if isinstance(value, dict):
        return all(map(is_sound, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_sound, value))
    return value is None or isinstance(value, (bool, str)) or (
        is_array(value) if isinstance(value, np.ndarray)
        else value == value)


def is_like(saved, present):
    """Whether `saved` can stand where training has `present`."""
    if isinstance(present, (nd.NDArray, np.ndarray)):
        return (is_array(saved) and saved.shape == present.shape
                and saved.dtype == np.dtype(present.dtype))
    if isinstance(present, dict):
        return is_sound(saved) and isinstance(saved, dict) and all(
            key in saved and is_like(saved[key], value)
            for key, value in present.items())
    if isinstance(present, (list, tuple)):
        return (isinstance(saved, (list, tuple))
                and isinstance(saved, list) == isinstance(present, list)
                and len(saved) == len(present)
                and all(map(is_like, saved, present)))
    if isinstance(present, (bool, np.bool_)):
        return isinstance(saved, bool)
    if isinstance(present, (int, float, np.number)):
        return is_number(saved) or (math.isinf(present)
                                    and type(saved) is float
                                    and math.isinf(saved))
    return type(saved) is type(present)


def _require_python_state(state):
    """`random.setstate` leaves the last entry unchecked."""
    def is_possible():
        try:
            random.Random().setstate(state)
            version, words, gauss = state
            return (version == random.Random.VERSION and any(words[:-1])
                    and (gauss is None or is_number(gauss)))
        except Exception:       # any of it, since any of `state` is possible
            return False
    require(is_possible(), "its random state must be Python's", state)


def _require_numpy_state(state):
    """NumPy reads outside the key if the position is out of range."""
    what = "its random state must be NumPy's"
    present = np.random.get_state()
    if isinstance(present, dict):   # after np.random.set_bit_generator
        require(_is_like_generator(state, present), what, state)
        return
    require(isinstance(state, tuple) and len(state) == 5, what, state)
    name, key, position, has_gauss, gauss = state
    require(type(name) is str and name == 'MT19937'
            and isinstance(key, np.ndarray) and key.dtype == np.uint32
            and key.shape == (624,) and key.any()
            and type(position) is int and 0 <= position <= 624
            and type(has_gauss) is int and has_gauss in (0, 1)
            and is_number(gauss), what, state)


def _is_like_generator(saved, present):
    if isinstance(present, dict):
        return (isinstance(saved, dict) and set(saved) == set(present)
                and saved.get('has_uint32') in (0, 1, None)
                and saved.get('buffer_pos') in (0, 1, 2, 3, 4, None)
                and all(_is_like_generator(saved[name], value)
                        for name, value in present.items()))
    if isinstance(present, np.ndarray):
        return (isinstance(saved, np.ndarray) and saved.dtype == present.dtype
                and saved.shape == present.shape)
    if isinstance(present, str):    # the generator's name
        return saved == present
    if isinstance(present, float):  # a normal number
        return is_number(saved)
    return type(saved) is int and 0 <= saved < 2 ** 128


def _are_texts(values, kind):
    return isinstance(values, kind) and all(
        type(value) is str for value in values)


def _is_without_arrays(value):
    if isinstance(value, dict):
        return all(map(_is_without_arrays, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_without_arrays, value))
    return not isinstance(value, np.ndarray)


def _has_nan(value):
    if isinstance(value, dict):
        return any(map(_has_nan, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_nan, value))
    return (isinstance(value, np.ndarray) and value.dtype.kind == 'f'
            and bool(np.isnan(value).any()))
