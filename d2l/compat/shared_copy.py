"""D2L_DATA: a folder with files that need not be downloaded, to read only.

It may be a classroom's, on a disk that all machines share. Files lie in it
under their own names, or in folders of it, at most two deep.
"""
import glob
import hashlib
import os
import shutil
import warnings

from .writing import open_regular, write_atomically

_CHUNK_SIZE = 1 << 20   # bytes


def find_shared(name, sha1=None):
    """The path of a file of the folder D2L_DATA, or None.

    Parameters
    ----------
    name : str
        The file's name, without folders.
    sha1 : str, optional
        The SHA-1 of its content; files with another one are passed over.
        Without it, only the file of this name in D2L_DATA itself is
        found: folders in it may have a file of the same name.
    """
    folder = os.environ.get('D2L_DATA')
    if not folder or not name:
        return None
    folder = os.path.expanduser(folder)
    if not os.path.isdir(folder):
        warnings.warn(
            'the environment variable D2L_DATA must name a folder with '
            f'copies of data files, but {folder} is not one; it is ignored',
            stacklevel=3)
        return None
    for inner in ('', '*', os.path.join('*', '*'))[:3 if sha1 else 1]:
        for path in sorted(glob.glob(os.path.join(
                glob.escape(folder), inner, glob.escape(name)))):
            if os.path.isfile(path) and sha1 in (None, compute_sha1(path)):
                return path
    return None


def place_shared(target, name, sha1=None):
    """Copy a file of the folder D2L_DATA to `target`, if it is there.

    Returns whether it was.
    """
    source = find_shared(name, sha1)
    if source is None:
        return False
    place(source, target)
    return True


def place(source, target):
    """Copy a file; its folder is made if necessary."""
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    with open_regular(source) as original, \
            write_atomically(target) as copy:
        shutil.copyfileobj(original, copy, _CHUNK_SIZE)


def compute_sha1(path):
    """The SHA-1 of a file's content, in hexadecimal."""
    digest = hashlib.sha1()
    with open_regular(path) as file:
        for chunk in iter(lambda: file.read(_CHUNK_SIZE), b''):
            digest.update(chunk)
    return digest.hexdigest()
