"""Fashion-MNIST as shipped with d2l, for gluon's own FashionMNIST class.

MXNet downloads the data set from a host that is often slow or down. d2l ships
the four files of the data set's authors and copies them into the folder that
the caller names, as a download would. MXNet's host compresses the same content
differently; files are therefore verified by the SHA-256 of their decompressed
content.
"""
import gzip
import hashlib
import os
import warnings
import zlib

from .shared_copy import place
from .writing import open_regular

DATA = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'data')
SHA256 = {
    'train-images-idx3-ubyte.gz':
        'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    'train-labels-idx1-ubyte.gz':
        'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    't10k-images-idx3-ubyte.gz':
        '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    't10k-labels-idx1-ubyte.gz':
        '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
}


def file_names(train):
    """The names of the image file and the label file, for training or test."""
    prefix = 'train' if train else 't10k'
    return f'{prefix}-images-idx3-ubyte.gz', f'{prefix}-labels-idx1-ubyte.gz'


def place_files(root, train):
    """Copy the shipped files that `root` lacks into it.

    Files that exist already are left as they are; `read_examples` verifies
    them. If `root` cannot be written to, a warning says so.

    Parameters
    ----------
    root : str
        The folder for the data set; created if necessary.
    train : bool
        The two files of the training examples, or those of the test examples.

    Returns
    -------
    str
        The folder to read from: `root`, or the package's own folder if
        `root` cannot be written to.

    Raises
    ------
    NotADirectoryError
        `root` is a file.
    FileNotFoundError
        The installation of d2l lacks a file that `root` lacks, too.
    """
    if os.path.exists(root) and not os.path.isdir(root):
        raise NotADirectoryError(
            f'root must be a folder for the Fashion-MNIST files, but {root} '
            'is a file; choose another root')
    missing = [name for name in file_names(train)
               if not os.path.lexists(os.path.join(root, name))]
    for name in missing:
        if not os.path.isfile(os.path.join(DATA, name)):
            raise FileNotFoundError(
                f'{name} is neither in {root} nor in the installation of d2l '
                f'({DATA}), which is therefore incomplete; reinstall '
                'd2l-gluon')
    try:
        if missing:
            os.makedirs(root, exist_ok=True)
        for name in missing:
            place(os.path.join(DATA, name), os.path.join(root, name))
    except OSError as error:
        warnings.warn(
            f'cannot write Fashion-MNIST to {root} ({error}); reading the '
            f'copy shipped with d2l in {DATA} instead',
            stacklevel=3)   # the caller of gluon's FashionMNIST
        return DATA
    return root


def read_examples(folder, train):
    """Read the training or the test examples and verify them.

    Parameters
    ----------
    folder : str
        The folder of the two `.gz` files.
    train : bool
        The 60,000 training examples, or the 10,000 test examples.

    Returns
    -------
    images : numpy.ndarray
        uint8, shape (n, 28, 28, 1).
    labels : numpy.ndarray
        int32, shape (n,), 0 to 9.

    Raises
    ------
    ValueError
        The content of a file is not that of the data set's file.
    """
    import numpy as np
    images, labels = (_read_verified(os.path.join(folder, name))
                      for name in file_names(train))
    labels = np.frombuffer(labels, np.uint8, offset=8).astype(np.int32)
    images = np.frombuffer(images, np.uint8, offset=16)
    return images.reshape(len(labels), 28, 28, 1), labels


def _size(name):
    """Bytes of the decompressed content: a header, and the examples."""
    n = 60000 if name.startswith('train') else 10000
    return 16 + n * 28 * 28 if 'images' in name else 8 + n


def _read_verified(path):
    """The decompressed content of a file of Fashion-MNIST."""
    expected = SHA256[os.path.basename(path)]
    try:
        with open_regular(path) as packed, \
                gzip.GzipFile(fileobj=packed) as file:
            # no more: a small file can hold any number of zeros
            content = file.read(_size(os.path.basename(path)) + 1)
    except (OSError, EOFError, zlib.error) as error:
        problem = f'it cannot be read: {error}'
    else:
        digest = hashlib.sha256(content).hexdigest()
        if digest == expected:
            return content
        problem = f'its decompressed content has SHA-256 {digest}'
    remedy = ('reinstall d2l-gluon' if os.path.dirname(path) == DATA else
              'move it away, so that d2l can put its own copy there, or '
              'choose another root')
    raise ValueError(
        f'{path} is not the Fashion-MNIST file of that name: expected '
        f'SHA-256 {expected} of the decompressed content, but {problem}. '
        f'The file was not changed; {remedy}')
