"""Numbers, texts and arrays in a file that cannot execute code.

It has a line that identifies it, the structure as a line of JSON, the arrays
in NumPy's format (which unpickles only on request), and the SHA-256 of all
that: a file that was cut off or changed anywhere is rejected before any of it
is used.
"""
import hashlib
import json
import os

import numpy as np
from mxnet import nd

from ..compat.writing import open_regular, write_atomically

_FIRST_LINE = b'd2l checkpoint, format 1\n'
_CHUNK = 1 << 20
_PLAIN = (bool, int, float, str, type(None))
_DEPTH = 100    # of dicts and lists in each other


def write(path, tree):
    """Write `tree`; the file appears complete or not at all.

    Parameters
    ----------
    path : str
    tree : object
        Dicts, lists and tuples of numbers, texts, None and arrays (of NumPy
        or MXNet). NumPy's and MXNet's arrays are read back as NumPy's.

    Raises
    ------
    TypeError
        `tree` holds something else.
    OSError
        It cannot be written; a file that was at `path` is still there.
    """
    arrays = []
    structure = json.dumps(_encode(tree, arrays))
    with write_atomically(path) as file:
        hashed = _Hashed(file)
        hashed.write(_FIRST_LINE)
        hashed.write(structure.encode() + b'\n')
        for array in arrays:
            if isinstance(array, nd.NDArray):
                array = array.asnumpy()
            np.lib.format.write_array(hashed, array, allow_pickle=False)
        file.write(hashed.sha256.digest())


def read(path):
    """Read what `write` wrote.

    Raises
    ------
    ValueError
        `write` did not write this file, or it is damaged.
    """
    with open_regular(path) as file:
        if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
            raise ValueError('it does not begin with the line %r'
                             % _FIRST_LINE.decode().strip())
        end = _verify(file)
        file.seek(len(_FIRST_LINE))
        try:
            structure = json.loads(file.readline().decode())
            arrays = []
            while file.tell() < end:
                arrays.append(np.lib.format.read_array(
                    file, allow_pickle=False))
            unused = enumerate(arrays)
            tree = _decode(structure, unused)
            if next(unused, None) is not None:
                raise ValueError('it has more arrays than it names')
            return tree
        # its digest is right, but `write` did not write it: any error of
        # the three readers means that it is no checkpoint
        except Exception as error:
            raise ValueError('it cannot be understood: %s'
                             % error) from error


class _Hashed:
    """Writes to a file, and computes the SHA-256 of what it wrote."""

    def __init__(self, file):
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, data):
        self.file.write(data)
        self.sha256.update(data)


def _verify(file):
    """Check the digest at the end; returns where it begins."""
    sha256 = hashlib.sha256()
    end = os.fstat(file.fileno()).st_size - sha256.digest_size
    file.seek(0)
    left = end
    while left > 0:
        data = file.read(min(left, _CHUNK))
        if not data:
            break
        sha256.update(data)
        left -= len(data)
    if end < 0 or file.read() != sha256.digest():
        raise ValueError('its content does not match the SHA-256 at its '
                         'end: it was cut off or changed')
    return end


def is_plain(value):
    """Whether `write` accepts `value`."""
    try:
        _encode(value, [])
    except TypeError:
        return False
    return True


def _encode(value, arrays, depth=0):
    """`value` for JSON; its arrays are appended to `arrays`."""
    if depth > _DEPTH:      # or it holds itself
        raise TypeError('lists and dicts more than %d deep cannot be saved '
                        'in a checkpoint' % _DEPTH)
    depth += 1
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list):
        return [_encode(item, arrays, depth) for item in value]
    if isinstance(value, tuple):
        return {'tuple': [_encode(item, arrays, depth) for item in value]}
    if isinstance(value, dict):     # JSON would make its keys texts
        return {'dict': [[_encode(key, arrays, depth),
                          _encode(item, arrays, depth)]
                         for key, item in value.items()]}
    if (isinstance(value, nd.NDArray) and value.stype == 'default'
            or isinstance(value, np.ndarray) and not value.dtype.hasobject):
        arrays.append(value)
        return {'array': len(arrays) - 1}
    raise TypeError('%r cannot be saved in a checkpoint' % (value,))


def _decode(value, arrays):
    if isinstance(value, list):
        return [_decode(item, arrays) for item in value]
    if isinstance(value, dict):
        (kind, content), = value.items()
        if kind == 'array':
            # `write` names each array once; a small file that named one
            # many times would fill the memory
            number, array = next(arrays)
            if number != content:
                raise ValueError('it does not name its arrays in order')
            return array
        if kind == 'tuple':
            return tuple(_decode(item, arrays) for item in content)
        if kind == 'dict':
            return {_decode(key, arrays): _decode(item, arrays)
                    for key, item in content}
        raise ValueError('it has a %r' % kind)
    return value
