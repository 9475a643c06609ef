"""What the tests of distributed training start, in every process of it.

python worker.py FOLDER OPTIONS, the latter as JSON: see `train`.
"""
import json
import os
import signal
import sys
import time

import numpy as np


def say(*words):
    """A line, whole, from one of many processes."""
    os.write(1, (' '.join(map(str, words)) + '\n').encode())


class Failing:
    """Takes its time, and fails at one batch on one of the workers."""

    def __init__(self, data_iter, how, kvstore):
        self.data_iter, self.how, self.kvstore = data_iter, how, kvstore

    def __iter__(self):
        for i in range(10000):
            for batch in self.data_iter:
                time.sleep(0.01)
                yield batch
            if i == 3:
                say('training')
            if i == 3 and self.kvstore.rank == 1:
                if self.how == 'raise':
                    raise RuntimeError('the data is broken')
                if self.how == 'exit':
                    sys.exit(3)
                if self.how == 'kill':
                    os.kill(os.getpid(), signal.SIGKILL)


def train(folder, distributed=True, num_epochs=2, layers='plain',
          optimizer='adam', seeds=(1, 2), how=None, checkpoint=None,
          trainer=None, num_devices=1, only=None, n=98, device='cpu'):
    """Train on n images in batches of 16: of 98, the last batch has 2.

    Parameters
    ----------
    folder : str
        Each worker saves its results there.
    layers : str
        'plain', or 'all' kinds.
    optimizer : str or list of str
        Of all workers, or of each.
    seeds : sequence of int
        Of worker 0, and of the others.
    how : str, optional
        How worker 1 fails; 'not': it trains until it is killed.
    trainer : dict, optional
        Further arguments of gluon.Trainer.
    only : int, optional
        This rank trains one epoch more than the others.
    device : str
        What it trains on: 'cpu' or 'gpu'.
    """
    import mxnet as mx
    import small
    from mxnet import gluon, init
    from mxnet.gluon import nn

    import d2l
    kvstore = mx.kv.create('dist_sync') if distributed else None
    rank = kvstore.rank if distributed else 0
    small.seed(seeds[rank > 0])
    net = small.make_net()
    if layers != 'all':
        net = nn.Sequential()
        # 16 channels: when they are not trained, oneDNN arranges them anew
        net.add(nn.Conv2D(16, kernel_size=3), nn.Conv2D(16, kernel_size=3),
                nn.Dense(16, activation='relu'), nn.Dense(10))
    ctx = [mx.Context(device, i) for i in range(num_devices)]
    net.initialize(init.Xavier(), ctx=ctx)
    options = dict(trainer or {}, kvstore=kvstore or 'device')
    if isinstance(optimizer, list):
        optimizer = optimizer[rank]
    trainer = gluon.Trainer(net.collect_params(), optimizer,
                            {'learning_rate': 0.01}, **options)
    train_iter, test_iter = small.data(n)
    if how:
        train_iter = Failing(train_iter, how, kvstore)
    history = d2l.History()
    d2l.train(train_iter, test_iter, net,
              gluon.loss.SoftmaxCrossEntropyLoss(), trainer, ctx,
              num_epochs + (only == rank and distributed), history=history,
              checkpoint=checkpoint)
    found = {'param%d' % i: param.data(ctx[0]).asnumpy() for i, param
             in enumerate(net.collect_params().values())}
    found.update(loss=history.loss, train_acc=history.train_acc,
                 test_acc=history.test_acc)
    np.savez(os.path.join(folder, 'worker%d.npz' % rank), **found)


if __name__ == '__main__':
    say(os.environ['DMLC_ROLE'], os.getpid())
    train(sys.argv[1], **json.loads(sys.argv[2]))
