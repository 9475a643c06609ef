"""A short training run for tests that interrupt it."""
import random

import mxnet as mx
import numpy as np
from mxnet import gluon, init, nd
from mxnet.gluon import nn

import d2l
from d2l.loader import ImageLoader

NUM_EPOCHS = 4


def data(n=100):
    """Images of noise, shuffled, in batches of 16 with a short last one."""
    rng = np.random.RandomState(0)
    images = nd.array(rng.randint(0, 256, (n, 6, 6, 1)), dtype='uint8')
    labels = rng.randint(0, 10, n).astype('int32')
    return (ImageLoader(images, labels, 16, True),
            ImageLoader(images, labels, 16, False))


def make_net(hidden=16):
    """A net with all that a checkpoint must keep: running means, dropout."""
    net = nn.Sequential()
    net.add(nn.Conv2D(4, kernel_size=3), nn.BatchNorm(),
            nn.Dense(hidden, activation='relu'), nn.Dropout(0.5),
            nn.Dense(10))
    return net


def seed(number):
    random.seed(number)
    mx.random.seed(number)
    np.random.seed(number)


def train(num_epochs=NUM_EPOCHS, ctx=None, optimizer='adam', net=None,
          number=1, batches=None, batch_size=16, loss=None, hyperparams=None,
          **kwargs):
    """Seed, make net and trainer, and train, as re-running a cell does.

    Returns all numbers that it ends with.
    """
    seed(number)
    ctx = ctx or mx.cpu()
    net = net or make_net()
    net.initialize(init.Xavier(), ctx=ctx)
    trainer = gluon.Trainer(net.collect_params(), optimizer,
                            dict(hyperparams or {'learning_rate': 0.01}))
    history = kwargs.setdefault('history', d2l.History())
    if isinstance(ctx, list) or loss:
        d2l.train(*(batches or data()), net,
                  loss or gluon.loss.SoftmaxCrossEntropyLoss(), trainer, ctx,
                  num_epochs, **kwargs)
    else:
        d2l.train_ch5(net, *(batches or data()), batch_size, trainer, ctx,
                      num_epochs, **kwargs)
    return ([[data.asnumpy().tobytes() for data in param.list_data()]
             for param in net.collect_params().values()],
            history.loss, history.train_acc, history.test_acc,
            trainer.optimizer.num_update, random.random(), np.random.rand())


def read_files(folder):
    """The content of each file in a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
