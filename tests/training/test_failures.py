"""Divergence, and too little memory."""
import math
import re
import warnings

import mxnet as mx
import pytest
import small
from mxnet import gluon, nd
from mxnet.gluon import nn

import d2l

LOSS = gluon.loss.SoftmaxCrossEntropyLoss()


class Poisoned:
    """Batches of which the n-th of all is not finite."""

    def __init__(self, data_iter, n, value):
        self.data_iter, self.n, self.value, self.made = data_iter, n, value, 0

    def __iter__(self):
        for X, y in self.data_iter:
            self.made += 1
            yield (X * self.value if self.made == self.n else X), y


# the first, one of the second epoch (7 batches each), the last
@pytest.mark.parametrize('n, where', [
    (1, 'batch 1 of epoch 1'), (7, 'batch 7 of epoch 1'),
    (9, 'batch 2 of epoch 2'), (14, 'batch 7 of epoch 2')])
@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_divergence_is_named_once(n, where, value, capsys):
    train_iter, test_iter = small.data()
    net = nn.Sequential()
    net.add(nn.Dense(10))       # relu would make a zero of nan
    with pytest.warns(RuntimeWarning) as caught:
        small.train(2, net=net,
                    batches=(Poisoned(train_iter, n, value), test_iter))
    warning, = caught
    assert re.search('the loss is (nan|inf) since %s, at the learning rate '
                     '0.01: .*smaller learning rate, such as 0.001' % where,
                     str(warning.message))
    assert warning.filename.endswith('small.py')    # the reader's line
    assert 'epoch 2, loss nan' in capsys.readouterr().out


def test_divergence_where_there_is_no_trainer(capsys):
    W = nd.zeros((36, 10))
    W.attach_grad()
    with pytest.warns(RuntimeWarning, match='learning rate 3: .*such as 0.3'):
        d2l.train_ch3(lambda X: nd.dot(X.reshape((-1, 36)), W) * math.inf,
                      *small.data(), LOSS, 1, 16, [W], 3)


def test_a_learning_rate_that_is_too_large(capsys):
    """It really diverges, and can be trained again as the warning says."""
    with pytest.warns(RuntimeWarning, match='diverged'):
        small.train(2, optimizer='sgd', hyperparams={'learning_rate': 1e30})
    small.train(2, optimizer='sgd', hyperparams={'learning_rate': 1e-3})


def failing(message, n):
    """A loss that fails like an operator of MXNet's, in its n-th batch."""
    calls = []

    def loss(y_hat, y):
        calls.append(1)
        if len(calls) == n:
            raise mx.MXNetError(
                'Traceback (most recent call last):\n  File "../src/storage/'
                'pooled_storage_manager.h", line 187\nMXNetError: ' + message)
        return LOSS(y_hat, y)
    return loss


@pytest.mark.parametrize('message', [
    'cudaMalloc retry failed: out of memory',
    'Check failed: e == CUDNN_STATUS_SUCCESS (2 vs. 0) : cuDNN: '
    'CUDNN_STATUS_ALLOC_FAILED'])
def test_too_little_memory(message, capsys):
    with pytest.raises(MemoryError) as error:
        small.train(1, loss=failing(message, 3))
    text = str(error.value)
    assert 'cpu(0) for a batch of 16 examples of shape 1 x 6 x 6' in text
    assert 'batch_size=8, half of it, needs about half the memory' in text
    assert '(resize=3) about a quarter' in text
    assert message in str(error.value.__cause__)


def test_too_little_memory_for_what_are_no_images():
    """And in evaluating; a batch of one cannot be halved."""
    class Net(nn.Block):
        def forward(self, X):
            return failing('cudaMalloc failed: out of memory', 1)(X, X)
    with pytest.raises(MemoryError) as error:
        d2l.evaluate_accuracy([(nd.zeros((1, 5)), nd.zeros(1))], Net())
    assert 'a batch of 1 examples of shape 5: nvidia-smi' in str(error.value)


def test_other_errors_of_mxnet_stay_as_they_are(capsys):
    with pytest.raises(mx.MXNetError, match='kernel image') as error:
        small.train(1, loss=failing('no kernel image is available', 1))
    assert not isinstance(error.value, MemoryError)


def test_no_warning_where_all_is_well(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        small.train(2)


def test_divergence_where_the_learning_rate_is_unknown(capsys):
    class Trainer:
        def step(self, batch_size):
            pass
    net = nn.Dense(10)      # relu would make a zero of nan
    net.initialize()
    train_iter, test_iter = small.data()
    with pytest.warns(RuntimeWarning, match='batch 1 of epoch 1: .*try a '
                      'smaller learning rate, and begin'):
        d2l.train_ch5(net, Poisoned(train_iter, 1, math.nan), test_iter, 16,
                      Trainer(), mx.cpu(), 1)


def test_the_remedy_halves_the_whole_batch_of_several_devices(capsys):
    message = 'cudaMalloc failed: out of memory'
    with pytest.raises(MemoryError, match='for a batch of 8 examples.*'
                       'batch_size=8, half of it'):
        small.train(1, loss=failing(message, 1), ctx=[mx.cpu(0), mx.cpu(1)])
