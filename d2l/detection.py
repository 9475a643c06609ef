"""Object detection: the Pikachu data set."""
from mxnet import image

from . import downloads

URL = ('https://apache-mxnet.s3-accelerate.amazonaws.com/gluon/dataset/'
        'pikachu/')
SHA1 = {
    'train.rec': 'e6bcb6ffba1ac04ff8a9b1115e650af56ee969c8',
    'train.idx': 'dcf7318b2602c06428b9988470c731621716c393',
    'val.rec': 'd6c33f799b4d058e82f2cb5bd9a976f69d72d520',
}
MAX_SIZE = 1 << 30       # bytes; a limit that no file of it reaches


def load_data_pikachu(batch_size, edge_size=256):
    """Load pictures with a Pikachu, in batches.

    Downloads them to ../data/pikachu if they are missing, and resumes an
    interrupted download.

    Parameters
    ----------
    batch_size : int
        Pictures per batch.
    edge_size : int, optional
        Height and width of the pictures.

    Returns
    -------
    train_iter, val_iter : mxnet.image.ImageDetIter
        Yield an `mxnet.io.DataBatch` each time. `batch.data[0]` is float32
        of shape (batch, 3, edge_size, edge_size). `batch.label[0]` has shape
        (batch, 1, 5): the class, always 0, and the corners of the box, in
        [0, 1]. The training pictures are shuffled and randomly cropped.

    Raises
    ------
    ConnectionError
        The server cannot be reached, or keeps interrupting the download.
    ValueError
        The server sends another file than expected.

    Examples
    --------
    >>> train_iter, val_iter = d2l.load_data_pikachu(32)  # doctest: +SKIP
    """
    paths = {name: downloads.download(URL + name, '../data/pikachu', sha1,
                                      MAX_SIZE)
             for name, sha1 in SHA1.items()}
    train_iter = image.ImageDetIter(
        path_imgrec=paths['train.rec'], path_imgidx=paths['train.idx'],
        batch_size=batch_size, data_shape=(3, edge_size, edge_size),
        shuffle=True, rand_crop=1, min_object_covered=0.95,
        max_attempts=200)
    val_iter = image.ImageDetIter(
        path_imgrec=paths['val.rec'],
        batch_size=batch_size, data_shape=(3, edge_size, edge_size),
        shuffle=False)
    return train_iter, val_iter
