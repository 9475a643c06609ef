"""Files and folders for data."""
import os

# What they are. The edition keeps them in the folder `data` of the book's
# repositories, which this package does not bring.
_BOOK_FILES = {
    'airfoil_self_noise.dat':
        ("NASA's measurements of the noise of airfoils", 'd2l-en'),
    'jaychou_lyrics.txt.zip': ("the lyrics of Jay Chou's songs", 'd2l-zh'),
    'timemachine.txt': ('"The Time Machine" by H. G. Wells', 'd2l-en'),
}


def find_book_file(name):
    """Path of a file of the book's repository, if it is in ../data."""
    what, repository = _BOOK_FILES[name]
    return require_file(
        os.path.join('..', 'data', name), what,
        'the edition takes it from the folder data of the book\'s '
        'repository, https://github.com/d2l-ai/%s (in its versions of '
        '2019); copy it to ../data' % repository)


def require_file(path, what, source):
    """`path`, if it exists; else an error that says where to get it."""
    if not os.path.exists(path):
        raise FileNotFoundError(
            '%s is not there. It is %s: %s (looked for at %s)'
            % (path, what, source, os.path.abspath(path)))
    return path


def mkdir_if_not_exist(path):
    """Make a folder, and those above it, unless it is there.

    Parameters
    ----------
    path : list of str
        Its components.

    Examples
    --------
    >>> d2l.mkdir_if_not_exist(['..', 'data', 'kaggle'])  # doctest: +SKIP
    """
    os.makedirs(os.path.join(*path), exist_ok=True)
