"""Nets train on gpu(0) as on cpu(): same losses, same parameters."""
import os

import mxnet as mx
import nbformat
import numpy as np
import pytest
from both import (
    CPU,
    GPU,
    assert_close,
    assert_trains_alike,
    images,
    is_stand_in,
    train,
)
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn, rnn

import d2l
from chapters.companion import nets


def without_dropout(build):
    net = build()
    for layer in net:
        if isinstance(layer, nn.Dropout):
            layer._rate = 0
    return net


@pytest.mark.parametrize('hybridize', [False, True])
@pytest.mark.parametrize('activation', ['sigmoid', 'relu'])
def test_lenet(activation, hybridize):
    def build():
        net = nn.HybridSequential()
        net.add(*nets.lenet(activation))
        return net
    assert_trains_alike(build, *images(), hybridize=hybridize)


def test_alexnet_without_dropout():
    """Pooling on a GPU may take the other one of two nearly equal maxima."""
    assert_trains_alike(lambda: without_dropout(nets.alexnet),
                        *images(size=224),
                        hyperparams={'learning_rate': 0.01},
                        atol=2e-5 if is_stand_in() else 1e-4)


@pytest.mark.filterwarnings('ignore:All children of this Sequential')
@pytest.mark.parametrize('hybridize', [False, True])
def test_resnet18(hybridize):
    """After a step; later ones amplify the last digits of BatchNorm."""
    X, y = images(channels=3, size=32)
    on_cpu, on_gpu = (train(lambda: d2l.resnet18(10), X, y, ctx, steps=2,
                            hybridize=hybridize) for ctx in (CPU, GPU))
    np.testing.assert_allclose(on_gpu[0], on_cpu[0], rtol=2e-3)
    on_cpu, on_gpu = (train(lambda: d2l.resnet18(10), X, y, ctx, steps=1,
                            hybridize=hybridize)[1] for ctx in (CPU, GPU))
    assert_close(on_gpu, on_cpu, 1e-3, 2e-4)


@pytest.mark.parametrize('optimizer, hyperparams', [
    ('sgd', {'momentum': 0.9}),
    ('adam', {'epsilon': 1e-3})])   # a smaller one amplifies the last digits
def test_batch_normalised_net(optimizer, hyperparams):
    assert_trains_alike(
        lambda: without_dropout(lambda: nets.better_net((8, 16))), *images(),
        hyperparams=dict(hyperparams, learning_rate=0.01),
        optimizer=optimizer, rtol=1e-3, atol=2e-4)


def sequences(n=4, steps=5, size=6):
    rng = np.random.RandomState(0)
    return (rng.rand(n, steps, size).astype('float32'),
            rng.randint(0, 10, n).astype('float32'))


@pytest.mark.parametrize('bidirectional', [False, True])
@pytest.mark.parametrize('layer', [rnn.RNN, rnn.GRU, rnn.LSTM])
def test_recurrent_layers(layer, bidirectional):
    def build():
        net = nn.HybridSequential()
        net.add(layer(8, num_layers=2, bidirectional=bidirectional,
                      layout='NTC'), nn.Dense(10))
        return net
    assert_trains_alike(build, *sequences())
    assert_trains_alike(build, *sequences(), hybridize=True)


class Unrolled(gluon.HybridBlock):
    """A cell, step by step."""

    def __init__(self, cell):
        super().__init__()
        self.cell, self.dense = cell, nn.Dense(10)

    def hybrid_forward(self, F, X):
        outputs, _ = self.cell.unroll(5, X, layout='NTC', merge_outputs=True)
        return self.dense(outputs)


def stacked():
    cells = rnn.HybridSequentialRNNCell()
    cells.add(rnn.LSTMCell(8))
    cells.add(rnn.ResidualCell(rnn.GRUCell(8)))
    return cells


@pytest.mark.parametrize('cell', [
    lambda: rnn.RNNCell(8), lambda: rnn.GRUCell(8), lambda: rnn.LSTMCell(8),
    stacked, lambda: rnn.BidirectionalCell(rnn.LSTMCell(8), rnn.LSTMCell(8)),
    lambda: rnn.ZoneoutCell(rnn.RNNCell(8))],
    ids=['RNN', 'GRU', 'LSTM', 'stacked', 'bidirectional', 'zoneout'])
def test_cells_unrolled(cell):
    for hybridize in (False, True):
        assert_trains_alike(lambda: Unrolled(cell()), *sequences(),
                            hybridize=hybridize)


def test_alexnet_prints_the_shapes_of_the_chapter():
    chapter = nbformat.read(os.path.join(
        os.path.dirname(nets.__file__), os.pardir, 'alexnet.ipynb'), 4)
    expected, = (output['text'] for cell in chapter.cells
                 for output in cell.get('outputs', ())
                 if 'output shape:' in output.get('text', ''))
    net = nets.alexnet()
    net.initialize(ctx=GPU)
    X = nd.random.uniform(shape=(1, 1, 224, 224), ctx=GPU)
    printed = ''
    for layer in net:
        X = layer(X)
        assert X.context == GPU
        printed += '%s output shape:\t %s\n' % (
            layer.name[len(net.prefix):], X.shape)
    assert printed == expected


def test_dropout_drops_and_scales_on_gpu():
    X = nd.ones((200, 200), ctx=GPU)
    with autograd.record():
        Y = nn.Dropout(0.25)(X)
    values, counts = np.unique(Y.asnumpy().round(4), return_counts=True)
    np.testing.assert_allclose(values, [0, 1.3333], atol=1e-4)
    assert abs(counts[0] / 40000 - 0.25) < 0.02


def test_parameters_go_to_files_and_come_back(tmp_path):
    X, y = images()
    net = nets.lenet()
    net.initialize(ctx=GPU)
    expected = net(nd.array(X, ctx=GPU)).asnumpy()
    net.save_parameters(str(tmp_path / 'lenet'))
    for ctx in (CPU, GPU, mx.gpu(1)):
        other = nets.lenet()
        other.load_parameters(str(tmp_path / 'lenet'), ctx=ctx)
        np.testing.assert_allclose(other(nd.array(X, ctx=ctx)).asnumpy(),
                                   expected, rtol=1e-4, atol=1e-6)
