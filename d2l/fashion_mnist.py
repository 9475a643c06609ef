"""Fashion-MNIST: 28 x 28 grey images of clothes in ten classes.

60,000 examples to train on and 10,000 to test with, by Zalando Research
(H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747; MIT licence).
"""
import os

from mxnet import gluon

from . import checks
from .loader import ImageLoader

_NAMES = ('t-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal',
          'shirt', 'sneaker', 'bag', 'ankle boot')


def get_fashion_mnist_labels(labels):
    """Names of the classes.

    Parameters
    ----------
    labels : sequence of int
        Labels, 0 to 9; an NDArray or a NumPy array will do.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        A label is out of the range 0 to 9.

    Examples
    --------
    >>> d2l.get_fashion_mnist_labels([0, 9])
    ['t-shirt', 'ankle boot']
    """
    numbers = [int(label) for label in
               (labels.asnumpy() if hasattr(labels, 'asnumpy') else labels)]
    for number in numbers:
        if not 0 <= number < len(_NAMES):
            raise ValueError('labels of Fashion-MNIST are 0 to 9, but one '
                             'is %d' % number)
    return [_NAMES[number] for number in numbers]


def load_data_fashion_mnist(batch_size, resize=None, root=os.path.join(
        '~', '.mxnet', 'datasets', 'fashion-mnist')):
    """Fashion-MNIST in batches.

    The data ships with d2l and is copied to `root` where it is missing.
    Batches are those of the book's own loader, to the last bit and in the
    same order for the same `numpy.random.seed`, without its worker
    processes.

    Parameters
    ----------
    batch_size : int
        Examples in a batch; the last batch may be shorter.
    resize : int or pair of int, optional
        Height and width in pixels, or (width, height) as in gluon's
        `Resize`; images are resized by bilinear interpolation. With None,
        False or 0 they stay 28 x 28.
    root : str, optional
        Folder of the four data files; `~` is the home folder.

    Returns
    -------
    train_iter, test_iter : ImageLoader
        The training examples, in a new random order at each pass, and the
        test examples in their own order. Each yields `X`, float32 in
        [0, 1], shape (batch, 1, height, width), and `y`, int32, shape
        (batch,). `len()` is the number of batches.

    Raises
    ------
    ValueError
        `batch_size` is not a positive integer, `resize` is no size, or a
        file in `root` is not Fashion-MNIST's; it is left as it is.

    Examples
    --------
    >>> train_iter, test_iter = d2l.load_data_fashion_mnist(256)
    >>> len(train_iter), len(test_iter)
    (235, 40)
    """
    batch_size = checks.require_positive_int(batch_size, 'batch_size')
    mnist_train = gluon.data.vision.FashionMNIST(root=root, train=True)
    mnist_test = gluon.data.vision.FashionMNIST(root=root, train=False)
    return (ImageLoader(*mnist_train[:], batch_size, True, resize),
            ImageLoader(*mnist_test[:], batch_size, False, resize))
