"""Object detection: the Pikachu data set."""
import os

from mxnet import image

from . import downloads

_URL = ('https://apache-mxnet.s3-accelerate.amazonaws.com/gluon/dataset/'
        'pikachu/')
_SHA1 = {
    'train.rec': 'e6bcb6ffba1ac04ff8a9b1115e650af56ee969c8',
    'train.idx': 'dcf7318b2602c06428b9988470c731621716c393',
    'val.rec': 'd6c33f799b4d058e82f2cb5bd9a976f69d72d520',
}


def load_data_pikachu(batch_size, edge_size=256):
    """Pictures with a Pikachu, in batches; downloaded if necessary.

    They lie in ../data/pikachu. A broken-off download is continued.

    Parameters
    ----------
    batch_size : int
        Pictures in a batch.
    edge_size : int, optional
        Their height and width.

    Returns
    -------
    train_iter, val_iter : mxnet.image.ImageDetIter
        Yield batches of `mxnet.io`: `batch.data[0]`, float32, shape (batch,
        3, edge_size, edge_size); `batch.label[0]`, shape (batch, 1, 5): the
        class, which is 0, and the corners, 0 to 1. The training pictures
        come in a random order and cut out at random.

    Raises
    ------
    ConnectionError
        The server cannot be reached, or breaks off.
    ValueError
        It sends something else.

    Examples
    --------
    >>> train_iter, val_iter = d2l.load_data_pikachu(32)  # doctest: +SKIP
    """
    data_dir = '../data/pikachu'
    for name, sha1 in _SHA1.items():
        downloads.download(_URL + name, data_dir, sha1)
    train_iter = image.ImageDetIter(
        path_imgrec=os.path.join(data_dir, 'train.rec'),
        path_imgidx=os.path.join(data_dir, 'train.idx'),
        batch_size=batch_size, data_shape=(3, edge_size, edge_size),
        shuffle=True, rand_crop=1, min_object_covered=0.95,
        max_attempts=200)
    val_iter = image.ImageDetIter(
        path_imgrec=os.path.join(data_dir, 'val.rec'),
        batch_size=batch_size, data_shape=(3, edge_size, edge_size),
        shuffle=False)
    return train_iter, val_iter
