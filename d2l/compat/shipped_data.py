"""Fashion-MNIST as shipped with d2l, for gluon's own FashionMNIST class.

MXNet would download differently compressed files from a host that is gone
or slow. Here the data set authors' four files lie in the package; they are
put into the folder that the caller names, as a download would be, and are
trusted for what they hold, not for their name: by the SHA-256 of their
decompressed content.
"""
import functools
import gzip
import hashlib
import os
import shutil
import warnings
import zlib

from .writing import whole

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


def names(train):
    """File names of the images and the labels of one part of the set."""
    part = 'train' if train else 't10k'
    return part + '-images-idx3-ubyte.gz', part + '-labels-idx1-ubyte.gz'


def provide(root, train):
    """Put the shipped files into `root` where they are missing.

    Returns the folder to read from: `root`, or the package's own one where
    `root` cannot be written to. Files that are there already stay as they
    are; they are verified when they are read.
    """
    if os.path.exists(root) and not os.path.isdir(root):
        raise NotADirectoryError(
            'root must be a folder for the Fashion-MNIST files, but %s is '
            'a file: choose another root' % root)
    missing = [name for name in names(train)
               if not os.path.lexists(os.path.join(root, name))]
    for name in missing:
        if not os.path.isfile(os.path.join(DATA, name)):
            raise FileNotFoundError(
                'neither %s nor d2l itself (%s) holds %s: the installation '
                'is incomplete; reinstall d2l-gluon' % (root, DATA, name))
    try:
        if missing:
            os.makedirs(root, exist_ok=True)
        for name in missing:
            _place(os.path.join(DATA, name), os.path.join(root, name))
    except OSError as error:
        warnings.warn(
            'Fashion-MNIST cannot be placed in %s (%s); the copy shipped '
            'with d2l is used where it lies' % (root, error), stacklevel=3)
        return DATA
    return root


def _place(source, target):
    """Copy a file so that `target` is never there in part."""
    with whole(target) as copy, open(source, 'rb') as original:
        shutil.copyfileobj(original, copy)


def read(folder, train):
    """Images and labels of one part, verified.

    Parameters
    ----------
    folder : str
        Where the two `.gz` files lie.
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
        A file does not hold what its name says.
    """
    import numpy as np
    images, labels = (_content(os.path.join(folder, name))
                      for name in names(train))
    labels = np.frombuffer(labels, np.uint8, offset=8).astype(np.int32)
    images = np.frombuffer(images, np.uint8, offset=16)
    return images.reshape(len(labels), 28, 28, 1), labels


def _content(path):
    """A file's decompressed content, if it is Fashion-MNIST's."""
    expected = SHA256[os.path.basename(path)]
    try:
        with gzip.open(path, 'rb') as file:
            content = file.read()
        found = hashlib.sha256(content).hexdigest()
        problem = 'its decompressed content has SHA-256 %s' % found
    except (OSError, EOFError, zlib.error) as error:
        found, problem = None, 'it cannot be read: %s' % error
    if found == expected:
        return content
    remedy = ('reinstall d2l-gluon' if os.path.dirname(path) == DATA else
              'move it away, and the copy shipped with d2l takes its place, '
              'or choose another root')
    raise ValueError(
        '%s is not the Fashion-MNIST file of that name: expected SHA-256 '
        '%s of the decompressed content, but %s. The file was left as it '
        'is: %s' % (path, expected, problem, remedy))


def shipped_data(module):
    """The hosts that MXNet downloads Fashion-MNIST from come and go."""
    cls = module.FashionMNIST
    init = cls.__init__

    @functools.wraps(init)
    def __init__(self, root=init.__defaults__[0], train=True, transform=None):
        root = provide(os.path.expanduser(root), train)
        init(self, root, train, transform)

    def _get_data(self):
        images, labels = read(self._root, self._train)
        if module.is_np_array():
            self._data = module._mx_np.array(images, dtype=images.dtype)
            self._label = module._mx_np.array(labels, dtype=labels.dtype)
        else:
            self._data = module.nd.array(images, dtype=images.dtype)
            self._label = labels

    cls.__init__, cls._get_data = __init__, _get_data
