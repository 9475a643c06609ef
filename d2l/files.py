"""Files and folders for data."""
import os

from .compat.shared_copy import find_shared

# Files in the folder `data` of the book's repositories: what each holds, and
# the repository. This package does not include them.
BOOK_FILES = {
    'airfoil_self_noise.dat':
        ("NASA's measurements of the noise of airfoils", 'd2l-en'),
    'jaychou_lyrics.txt.zip': ("the lyrics of Jay Chou's songs", 'd2l-zh'),
    'timemachine.txt': ('"The Time Machine" by H. G. Wells', 'd2l-en'),
}


def find_book_file(name):
    """The path of a file of the book's repository in ../data or D2L_DATA.

    Raises a FileNotFoundError with instructions if it does not exist.
    """
    what, repository = BOOK_FILES[name]
    path = os.path.join('..', 'data', name)
    if not os.path.exists(path):
        path = find_shared(name) or path
    return require_file(
        path, what,
        "copy it to ../data from the folder data of the book's repository, "
        f'https://github.com/d2l-ai/{repository} (a version of 2019); or '
        'call python -m d2l data add FILE')


def require_file(path, what, remedy):
    """Return `path` if it exists; otherwise raise a FileNotFoundError.

    Something else that has this name is a ValueError.

    `what` says what the file is, and `remedy` how to get it.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(
            f'{path} does not exist (looked for {os.path.abspath(path)}). '
            f'It is {what}: {remedy}')
    if not (os.path.isfile(path) or os.path.isdir(path)):
        # to read it could take for ever
        raise ValueError(
            f'{path} must be a file, but is a FIFO, a socket or a device. It '
            f'should be {what}: move it away, and {remedy}')
    return path


def mkdir_if_not_exist(path):
    """Make a folder and its parents, unless they exist.

    Parameters
    ----------
    path : list of str
        The components of the folder's path.

    Examples
    --------
    >>> d2l.mkdir_if_not_exist(['..', 'data', 'kaggle'])  # doctest: +SKIP
    """
    os.makedirs(os.path.join(*path), exist_ok=True)
