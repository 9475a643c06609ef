"""The nets of the chapters and of the exercises, not yet initialised.

Each is built in a name scope of its own, so that the names of the reader's own
layers still start at conv0 and dense0.
"""
from mxnet.gluon import nn


def lenet(activation='sigmoid', pool=nn.AvgPool2D, dropout=0,
          channels=(6, 16), kernel_size=5, units=(120, 84)):
    """LeNet as in the book, or with other activations, pooling, sizes.

    Parameters
    ----------
    activation : str, optional
        Of every layer but the last.
    pool : type, optional
        `nn.AvgPool2D` or `nn.MaxPool2D`.
    dropout : float, optional
        The share of values dropped after each hidden dense layer; 0 leaves
        out the dropout layers.
    channels : tuple of int, optional
        Of the two convolutions.
    kernel_size : int, optional
        Height and width of their windows; odd.
    units : tuple of int, optional
        Of the hidden dense layers.

    Returns
    -------
    Sequential

    Examples
    --------
    >>> len(lenet()), len(lenet('relu', dropout=0.5)), len(lenet(units=(84,)))
    (7, 9, 6)
    """
    net = nn.Sequential()
    with net.name_scope():
        net.add(nn.Conv2D(channels[0], kernel_size=kernel_size,
                          padding=kernel_size // 2, activation=activation),
                pool(pool_size=2, strides=2),
                nn.Conv2D(channels[1], kernel_size=kernel_size,
                          activation=activation),
                pool(pool_size=2, strides=2))
        for n in units:
            net.add(nn.Dense(n, activation=activation))
            if dropout:
                net.add(nn.Dropout(dropout))
        net.add(nn.Dense(10))
    return net


def alexnet():
    """AlexNet as in the book, for images of 224 x 224.

    Returns
    -------
    Sequential

    Examples
    --------
    >>> len(alexnet())
    13
    """
    net = nn.Sequential()
    with net.name_scope():
        net.add(nn.Conv2D(96, kernel_size=11, strides=4, activation='relu'),
                nn.MaxPool2D(pool_size=3, strides=2),
                nn.Conv2D(256, kernel_size=5, padding=2, activation='relu'),
                nn.MaxPool2D(pool_size=3, strides=2),
                nn.Conv2D(384, kernel_size=3, padding=1, activation='relu'),
                nn.Conv2D(384, kernel_size=3, padding=1, activation='relu'),
                nn.Conv2D(256, kernel_size=3, padding=1, activation='relu'),
                nn.MaxPool2D(pool_size=3, strides=2),
                nn.Dense(4096, activation='relu'), nn.Dropout(0.5),
                nn.Dense(4096, activation='relu'), nn.Dropout(0.5),
                nn.Dense(10))
    return net


def small_alexnet():
    """An AlexNet of a quarter of the channels, for images of 64 x 64.

    The eight layers are there. The first window is smaller and moves by 2
    pixels, so that it sees as much of a piece of clothing as AlexNet's.

    Returns
    -------
    Sequential

    Examples
    --------
    >>> len(small_alexnet()) == len(alexnet())
    True
    """
    net = nn.Sequential()
    with net.name_scope():
        net.add(nn.Conv2D(32, kernel_size=5, strides=2, activation='relu'),
                nn.MaxPool2D(pool_size=3, strides=2),
                nn.Conv2D(64, kernel_size=5, padding=2, activation='relu'),
                nn.MaxPool2D(pool_size=3, strides=2),
                nn.Conv2D(96, kernel_size=3, padding=1, activation='relu'),
                nn.Conv2D(96, kernel_size=3, padding=1, activation='relu'),
                nn.Conv2D(64, kernel_size=3, padding=1, activation='relu'),
                nn.MaxPool2D(pool_size=3, strides=2),
                nn.Dense(512, activation='relu'), nn.Dropout(0.5),
                nn.Dense(512, activation='relu'), nn.Dropout(0.5),
                nn.Dense(10))
    return net


def better_net(channels=(32, 64, 128)):
    """A net for images of 28 x 28: convolutions, batch normalised.

    Parameters
    ----------
    channels : sequence of int, optional
        Of each convolution.

    Returns
    -------
    Sequential

    Examples
    --------
    >>> len(better_net()), len(better_net(channels=(8, 16)))
    (15, 11)
    """
    net = nn.Sequential()
    with net.name_scope():
        for n in channels:
            net.add(nn.Conv2D(n, kernel_size=3, padding=1, use_bias=False),
                    nn.BatchNorm(), nn.Activation('relu'),
                    nn.MaxPool2D(pool_size=2, strides=2))
        net.add(nn.Dense(256, activation='relu'), nn.Dropout(0.3),
                nn.Dense(10))
    return net
