"""Measures the book's loaders and loops, and d2l's."""
import contextlib
import itertools
import os
import sys
import time

import mxnet as mx
from mxnet import gluon, init, nd

import d2l
import reference
from d2l.compat import threads

from . import nets

ROOT = os.path.expanduser('~/.mxnet/datasets/fashion-mnist')


class First:
    """The first batches of an iterator, in every pass through it."""

    def __init__(self, data_iter, num_batches):
        self.data_iter, self.num_batches = data_iter, num_batches

    def __iter__(self):
        return itertools.islice(self.data_iter, self.num_batches)


def loaders(side, batch_size, resize=None):
    if side == 'book':
        return reference.load_data_fashion_mnist(batch_size, resize, ROOT, 4)
    return d2l.load_data_fashion_mnist(batch_size, resize, ROOT)


def device(side):
    return d2l.try_gpu() if side == 'here-gpu' else mx.cpu()


def measure_loading(side, resize, num_images):
    """Images per second in a pass through the training set."""
    train_iter, _ = loaders(side, 128, resize)
    if num_images < 60000:
        train_iter = First(train_iter, num_images // 128)
    for X, _ in First(train_iter, 2):
        X.wait_to_read()
    start, n = time.perf_counter(), 0
    for X, y in train_iter:
        X.wait_to_read()
        y.wait_to_read()
        n += len(y)
    return {'value': n / (time.perf_counter() - start)}


def time_epoch(side, build, lr, train_iter, test_iter, num_warm, batch_size,
               num_epochs=1):
    """Seconds of an epoch, after one of `num_warm` batches; and the net."""
    if side == 'bfloat16':
        try:
            d2l.use_amp('bfloat16')
        except RuntimeError as error:
            return {'absent': str(error)}, None
    net, ctx = build(), device(side)
    net.initialize(init.Xavier(), ctx=ctx)
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': lr})
    train = (reference if side == 'book' else d2l).train_ch5

    def epoch(train_iter, test_iter, num_epochs=1):
        start = time.perf_counter()
        train(net, train_iter, test_iter, batch_size, trainer, ctx,
              num_epochs)
        nd.waitall()
        return (time.perf_counter() - start) / num_epochs

    # the result alone goes to standard output
    with contextlib.redirect_stdout(sys.stderr):
        epoch(First(train_iter, num_warm), First(test_iter, 1))
        return {'value': epoch(train_iter, test_iter, num_epochs)}, net


def measure_small(side, build, lr, num_images):
    """An epoch on `num_images`, and its share of the test set."""
    train_iter, test_iter = loaders(side, 256)
    if num_images < 60000:
        train_iter = First(train_iter, num_images // 256)
        test_iter = First(test_iter, num_images // 1536)
    return time_epoch(side, build, lr, train_iter, test_iter, 10, 256)[0]


def measure_loop(side, num_images):
    """Milliseconds of a batch of LeNet's training, without the loader."""
    train_iter, _ = loaders('here', 256)
    n = num_images // 256
    batches = list(First(train_iter, min(n, 200)))
    X, y = batches[0]
    result, _ = time_epoch(
        side, nets.lenet, 0.9, First(itertools.cycle(batches), n),
        [(X[:1], y[:1])], 10, 256)
    return {'value': 1e3 * result['value'] / n}


def measure_alexnet(side, num_images):
    """Seconds of a batch of 128, in training and in evaluation."""
    n = num_images // 128
    train_iter, test_iter = loaders(side, 128, 224)
    X, y = next(iter(test_iter))
    result, net = time_epoch(side, nets.alexnet, 0.01, First(train_iter, n),
                             [(X[:1], y[:1])], 1, 128)
    if net is None:
        return result
    evaluate = (reference if side == 'book' else d2l).evaluate_accuracy
    ctx = device(side)
    evaluate(First(test_iter, 1), net, ctx)
    start = time.perf_counter()
    evaluate(First(test_iter, n), net, ctx)
    return {'value': result['value'] / n,
            'evaluation': (time.perf_counter() - start) / n}


def measure_on_gpu(side, build, lr, batch_size, resize, num_images):
    """Seconds of an epoch, with its evaluation, loaded on the GPU."""
    iters = [First(data_iter.on_device(device(side)), n // batch_size + 1)
             for data_iter, n in zip(loaders(side, batch_size, resize),
                                     (num_images, num_images // 6))]
    result, _ = time_epoch(side, build, lr, *iters, 10, batch_size,
                           num_epochs=nets.num_epochs(num_images))
    return result


def measure_tf32(side, num_images):
    d2l.use_amp('tf32')
    return TASKS['alexnet-gpu'](side, num_images)


TASKS = {
    'load28': lambda side, n: measure_loading(side, None, n),
    'load224': lambda side, n: measure_loading(side, 224, n),
    'softmax': lambda side, n: measure_small(
        side, nets.softmax_regression, 0.1, n),
    'lenet': lambda side, n: measure_small(side, nets.lenet, 0.9, n),
    'lenet-loop': measure_loop,
    'alexnet': measure_alexnet,
    'lenet-gpu': lambda side, n: measure_on_gpu(
        side, nets.lenet, 0.9, 256, None, n),
    'alexnet-gpu': lambda side, n: measure_on_gpu(
        side, nets.alexnet, 0.01, 128, 224, n),
    'alexnet-tf32': measure_tf32,
}


def run(side, task, num_images):
    if side == 'here-gpu' and device(side) == mx.cpu():
        return {'absent': 'no GPU: python -m d2l says why; D2L_GPU='
                'stand-in:1 lets the CPU play one'}
    result = TASKS[task](side, num_images)
    return dict(result, version=mx.__version__,
                threads=threads.count())
