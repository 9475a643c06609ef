"""Gluon, used as in its documentation, on this Python and NumPy."""
import json
import logging

import numpy as np
import pytest
from mxnet import autograd, gluon, metric, nd
from mxnet.gluon import nn, rnn
from mxnet.gluon.contrib import estimator


def test_training_a_net(net, X, close):
    y = nd.array([0, 1, 2] * 2)
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'adam',
                            {'learning_rate': 0.05})
    losses = []
    for _ in range(20):
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(l.mean().asscalar())
    assert losses[-1] < losses[0]
    close(net(X).shape, (6, 3))
    net.hybridize()
    close(net(X).shape, (6, 3))


@pytest.mark.filterwarnings('ignore:Cannot decide type')     # MXNet's own
def test_saving_a_net(net, X, tmp_path, close):
    path = str(tmp_path / 'net')
    net.save_parameters(path)
    expected = net(X)
    net.initialize(force_reinit=True)
    net.load_parameters(path)
    close(net(X), expected)
    net.hybridize()
    net(X)
    net.export(path)
    with open(path + '-symbol.json') as file:
        assert json.load(file)['nodes']
    block = gluon.SymbolBlock.imports(path + '-symbol.json', ['data'],
                                      path + '-0000.params')
    close(block(X), expected)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'momentum': 0.9})
    trainer.save_states(path + '.states')
    trainer.load_states(path + '.states')


def test_summary(net, X, capsys):
    net.summary(X)
    out = capsys.readouterr().out
    assert 'Conv2D' in out and 'Total params' in out


@pytest.mark.parametrize('layer', [rnn.RNN, rnn.LSTM, rnn.GRU])
def test_recurrent_layers(layer):
    net = layer(5, num_layers=2)
    net.initialize()
    X = nd.ones((3, 2, 4))
    output, state = net(X, net.begin_state(batch_size=2))
    assert output.shape == (3, 2, 5) and state[0].shape == (2, 2, 5)
    cell = rnn.SequentialRNNCell()
    cell.add(rnn.LSTMCell(5))
    cell.add(rnn.DropoutCell(0.2))
    cell.initialize()
    outputs, _ = cell.unroll(3, X, layout='TNC', merge_outputs=True)
    assert outputs.shape == (3, 2, 5)


@pytest.mark.parametrize('loss', [
    gluon.loss.L2Loss(), gluon.loss.L1Loss(), gluon.loss.HuberLoss(),
    gluon.loss.SigmoidBCELoss(), gluon.loss.KLDivLoss(),
    gluon.loss.HingeLoss(), gluon.loss.LogisticLoss(),
    gluon.loss.PoissonNLLLoss()])
def test_losses(loss):
    y_hat, y = nd.random.uniform(shape=(4, 3)), nd.ones((4, 3)) / 3
    assert np.isfinite(loss(y_hat, y).asnumpy()).all()


@pytest.mark.parametrize('name', [
    'alexnet', 'resnet18_v1', 'mobilenet0.25', 'squeezenet1.1'])
def test_model_zoo(name):
    net = gluon.model_zoo.vision.get_model(name, classes=7)
    net.initialize()
    net.hybridize()
    assert net(nd.zeros((1, 3, 224, 224))).shape == (1, 7)


@pytest.mark.parametrize('num_workers', [0, 2])
def test_data_loading(num_workers):
    transform = gluon.data.vision.transforms.Compose([
        gluon.data.vision.transforms.Resize(12),
        gluon.data.vision.transforms.CenterCrop(10),
        gluon.data.vision.transforms.RandomFlipLeftRight(),
        gluon.data.vision.transforms.ToTensor(),
        gluon.data.vision.transforms.Normalize(0.5, 0.5)])
    images = nd.random.uniform(0, 255, shape=(10, 8, 8, 3)).astype('uint8')
    data = gluon.data.ArrayDataset(images, np.arange(10, dtype=np.int32))
    loader = gluon.data.DataLoader(data.transform_first(transform), 4,
                                   shuffle=True, num_workers=num_workers)
    assert len(loader) == 3
    labels = []
    for X, y in loader:
        assert X.shape[1:] == (3, 10, 10) and y.dtype == np.int32
        labels += y.asnumpy().tolist()
    assert sorted(labels) == list(range(10))


def test_estimator(X):
    net = nn.Sequential()
    net.add(nn.Dense(3))
    net.initialize()
    data = gluon.data.DataLoader(
        gluon.data.ArrayDataset(X, np.array([0, 1, 2] * 2)), 3)
    est = estimator.Estimator(
        net, gluon.loss.SoftmaxCrossEntropyLoss(),
        train_metrics=metric.Accuracy(),
        trainer=gluon.Trainer(net.collect_params(), 'sgd'))
    est.logger.setLevel(logging.ERROR)
    est.fit(data, data, epochs=2)
    assert 0 <= est.train_metrics[0].get()[1] <= 1


def test_mixed_precision(bfloat16):
    """AMP changes MXNet for the whole process, so a new one runs this."""
    from interpreters import run_python
    run = run_python('''
import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.contrib import amp
amp.init(target_dtype='bfloat16')
net = gluon.nn.Dense(4)
net.initialize()
net.hybridize()
trainer = gluon.Trainer(net.collect_params(), 'sgd')
with autograd.record():
    l = (net(nd.ones((2, 3))) ** 2).sum()
l.backward()
trainer.step(1)
print(bool(l.asscalar() >= 0))''')
    assert run.stdout.splitlines()[-1] == 'True', run.stdout


