"""Models and operations, compared with NumPy and by their shapes."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

import d2l
from d2l.training.graph import Graph


def test_linreg_is_a_product_plus_b(seed):
    X, w, b = nd.random.normal(shape=(5, 3)), nd.ones((3, 1)), nd.array([2])
    np.testing.assert_allclose(
        d2l.linreg(X, w, b).asnumpy(),
        X.asnumpy().sum(axis=1, keepdims=True) + 2, rtol=1e-6)


def test_squared_loss_is_not_broadcast():
    y_hat, y = nd.array([[1], [2], [4]]), nd.array([1, 1, 1])
    assert d2l.squared_loss(y_hat, y).asnumpy().tolist() == [[0], [.5], [4.5]]


@pytest.mark.parametrize('shape', [(1, 1), (2, 3), (4, 5)])
def test_corr2d_is_a_convolution_without_padding(shape, seed):
    X, K = nd.random.normal(shape=(4, 5)), nd.random.normal(shape=shape)
    conv = nd.Convolution(X.reshape((1, 1, 4, 5)), K.reshape((1, 1) + shape),
                          kernel=shape, num_filter=1, no_bias=True)
    np.testing.assert_allclose(d2l.corr2d(X, K).asnumpy(),
                               conv.asnumpy()[0, 0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('X, K', [((2, 2), (3, 1)), ((2, 2), (2,)),
                                  ((1, 2, 2), (1, 1))])
def test_corr2d_refuses_shapes_that_do_not_fit(X, K):
    with pytest.raises(ValueError, match='corr2d expects a matrix'):
        d2l.corr2d(nd.zeros(X), nd.zeros(K))


def test_corr2d_stays_on_its_device():
    X = nd.ones((2, 2), ctx=mx.cpu(1))
    assert d2l.corr2d(X, X).context == mx.cpu(1)


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


def test_residual_trains_the_same_as_one_graph(seed):
    found = []
    for wrap in (lambda net: net, Graph):
        seed()
        net = nn.Sequential()
        net.add(d2l.Residual(4, True, 2), nn.GlobalAvgPool2D(), nn.Dense(3))
        net.initialize()
        X = nd.random.uniform(shape=(8, 2, 10, 10))
        run = wrap(net)
        trainer = gluon.Trainer(net.collect_params(), 'sgd')
        for _ in range(3):
            with autograd.record():
                l = (run(X) ** 2).sum()
            l.backward()
            trainer.step(8)
        found.append([p.data().asnumpy()
                      for p in net.collect_params().values()])
    assert run.hybrid is not None
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


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
