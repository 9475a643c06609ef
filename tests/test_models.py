"""Models and operations, compared with NumPy and by their shapes."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, nd
from mxnet.gluon import nn

import d2l


@pytest.mark.parametrize('args, shape', [
    ((3,), (4, 3, 6, 6)), ((6, True), (4, 6, 6, 6)),
    ((6, True, 2), (4, 6, 3, 3))])
def test_residual_adds_the_shortcut_to_two_convolutions(args, shape, seed):
    blk = d2l.Residual(*args)
    blk.initialize()
    X = nd.random.uniform(shape=(4, 3, 6, 6))
    Y = blk(X)
    assert Y.shape == shape and isinstance(blk, nn.Block)
    assert (blk.conv3 is None) == (len(args) == 1)
    by_hand = nd.relu(blk.bn1(blk.conv1(X)))
    by_hand = blk.bn2(blk.conv2(by_hand)) + (blk.conv3 or (lambda X: X))(X)
    np.testing.assert_array_equal(Y.asnumpy(), nd.relu(by_hand).asnumpy())


def test_resnet18_is_not_initialised():
    net = d2l.resnet18(10)
    assert type(net) is nn.Sequential
    with pytest.raises(RuntimeError, match='not been initialized'):
        net[0].weight.data()


@pytest.fixture
def resnet18():
    """An initialised net whose deferred shapes are known."""
    net = d2l.resnet18(10)
    net.initialize()
    net(nd.zeros((1, 1, 28, 28)))
    return net


def test_resnet18_halves_the_size_three_times(resnet18):
    X = nd.zeros((1, 1, 28, 28))
    shapes = []
    for layer in resnet18:
        X = layer(X)
        shapes.append(X.shape)
    assert shapes == [(1, 64, 28, 28)] * 4 + [
        (1, 128, 14, 14), (1, 256, 7, 7), (1, 512, 4, 4), (1, 512, 1, 1),
        (1, 10)]


def test_resnet18_has_a_1x1_convolution_where_the_shape_changes(resnet18):
    assert [[blk.conv3 is not None for blk in resnet18[i]]
            for i in range(3, 7)] == [[False, False]] + [[True, False]] * 3


def test_resnet18_has_as_many_parameters_as_counted_by_hand(resnet18):
    assert sum(p.data().size for p in resnet18.collect_params().values()
               if p.grad_req != 'null') == 11175818


def test_rnn_model_orders_its_outputs_by_step(seed):
    model = d2l.RNNModel(gluon.rnn.RNN(7), vocab_size=5)
    model.initialize()
    state = model.begin_state(batch_size=2)
    assert [s.shape for s in state] == [(1, 2, 7)]
    inputs = nd.array([[0, 1, 2], [4, 3, 2]])
    output, state = model(inputs, state)
    assert output.shape == (6, 5) and state[0].shape == (1, 2, 7)
    # rows 0 and 1 are the first step of both examples
    first, _ = model(inputs[:, :1], model.begin_state(batch_size=2))
    np.testing.assert_allclose(output[:2].asnumpy(), first.asnumpy(),
                               rtol=1e-5)


def test_rnn_model_takes_an_lstm():
    model = d2l.RNNModel(gluon.rnn.LSTM(7), vocab_size=5)
    model.initialize()
    state = model.begin_state(batch_size=2, ctx=mx.cpu())
    output, state = model(nd.zeros((2, 3)), state)
    assert output.shape == (6, 5) and len(state) == 2
