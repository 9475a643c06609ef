"""Hybridized nets captured as CUDA graphs: the numbers they compute."""
import threading

import mxnet as mx
import numpy as np
import pytest
import torch
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from recorder import CTX, batch, eagerly, same, small_net

import d2l
from d2l.gpu import capture
from d2l.gpu.registry import OPS


def train(net, num_steps, ctx=CTX):
    """The losses, and then all parameters."""
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.1, 'momentum': 0.9})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    mx.random.seed(2)
    numbers = []
    for i in range(num_steps):
        with autograd.record():
            l = loss(net(batch(i, ctx=ctx)), nd.array([0, 1, 2, 3, 0], ctx))
        l.backward()
        trainer.step(5)
        numbers.append(l.asnumpy())
    return numbers + [p.data().asnumpy()
                      for p in net.collect_params().values()]


def test_training_has_the_same_bits(monkeypatch, captured):
    expected = eagerly(monkeypatch, lambda: train(small_net(), 8))
    assert not captured
    assert same(train(small_net(), 8), expected)
    assert len(captured) == 1 and captured[0] is not None


def test_second_gpu_captures_its_own(monkeypatch, captured):
    def run():
        return train(small_net(mx.gpu(1)), 5, mx.gpu(1))

    train(small_net(), 5)
    expected = eagerly(monkeypatch, run)
    assert same(run(), expected)
    assert len(captured) == 2 and None not in captured


def test_a_net_has_a_number_of_graphs_on_each_gpu(monkeypatch, captured):
    monkeypatch.setattr(capture, '_MOST', 2)
    net = small_net([mx.gpu(0), mx.gpu(1)])
    for i in range(2):
        for n in (3, 4, 5):
            for _ in range(4):
                net(batch(0, n, mx.gpu(i)))
        assert len(captured) == 2 * (i + 1) and None not in captured


def test_new_parameters_are_used(tmp_path, captured):
    net = small_net()
    for i in range(4):
        net(batch(i))
    file = str(tmp_path / 'net.params')
    net.save_parameters(file)
    before = net(batch(0)).asnumpy()
    net[5].weight.set_data(net[5].weight.data() * 2)
    net[5].bias.set_data(nd.ones(4))
    assert not np.array_equal(net(batch(0)).asnumpy(), before)
    net.load_parameters(file, ctx=CTX)
    assert np.array_equal(net(batch(0)).asnumpy(), before)
    net.collect_params().reset_ctx(mx.gpu(1))
    found = [net(batch(0, ctx=mx.gpu(1))).asnumpy() for _ in range(4)]
    np.testing.assert_allclose(found[-1], before, rtol=1e-5)
    assert len(captured) == 2


@pytest.mark.parametrize('name, value', [
    ('fp32_precision', 'tf32'), ('allow_tf32', True)])
def test_other_precisions_are_captured_as_well(captured, name, value):
    matmul = torch.backends.cuda.matmul
    if name == 'fp32_precision' and not hasattr(torch.backends.cudnn, 'conv'):
        pytest.skip('this torch has allow_tf32 only')
    net, before = small_net(), getattr(matmul, name)
    for i in range(3):
        net(batch(i))
    setattr(matmul, name, value)
    try:
        for i in range(3):
            net(batch(i))
    finally:
        setattr(matmul, name, before)
        matmul.allow_tf32 = False   # else torch refuses to tell it
    assert len(captured) == 2 and None not in captured


def test_other_shapes_are_captured_as_well(captured):
    net = small_net()
    for n in (5, 5, 5, 2, 2, 5, 2, 7):
        assert net(batch(0, n)).shape == (n, 4)
    assert len(captured) == 2


def test_numbers_that_differ_are_not_used(monkeypatch, captured):
    expected = eagerly(monkeypatch, lambda: train(small_net(), 5))
    theirs = capture.Recorder.record

    def spoil(self, function):
        launch, results = theirs(self, function)

        def launch_and_spoil():
            launch()
            next(r for r in results if r is not None).detach().mul_(1.0001)
        return launch_and_spoil, results

    monkeypatch.setattr(capture.Recorder, 'record', spoil)
    assert same(train(small_net(), 5), expected)
    assert captured == [None]


def test_capture_that_fails_changes_nothing(monkeypatch, captured):
    expected = eagerly(monkeypatch, lambda: train(small_net(), 5))
    theirs = capture.Recorder.record

    def fail(self, function):
        def wait():
            results = function()
            results[0].sum().item()     # no graph can hold that
            return results
        return theirs(self, wait)

    monkeypatch.setattr(capture.Recorder, 'record', fail)
    assert same(train(small_net(), 5), expected)
    assert captured == [None]


def test_operators_that_are_not_listed_are_not_captured(captured):
    class Net(nn.HybridSequential):
        def hybrid_forward(self, F, X):
            return F.contrib.boolean_mask(X * 2, (X > 0).sum(axis=1)) + 1

    net = Net()
    net.hybridize()
    for _ in range(4):
        assert net(nd.array([[1, 2], [-1, -3]], ctx=CTX)).shape == (1, 2)
    assert not captured


def test_integers_do_not_lose_a_gradient(captured):
    class Net(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(3, in_units=4)

        def hybrid_forward(self, F, X):
            return self.dense(F.cast(X, 'float32')) * 2

    net = Net()
    net.initialize(ctx=CTX)
    net.hybridize()
    for _ in range(4):
        net(nd.array([[1, 2, 3, 4]], ctx=CTX, dtype='int32'))
        with autograd.record():
            y = net(nd.array([[1, 2, 3, 4]], ctx=CTX, dtype='int32'))
        y.backward()
    assert captured and None not in captured
    x = nd.array([[1, 2, 3, 4]], ctx=CTX)
    x.attach_grad()
    with autograd.record(), pytest.raises(mx.MXNetError, match='int32'):
        net((x * 2).astype('int32'))


def test_a_transposed_head_has_gradients_of_the_same_bits(monkeypatch,
                                                          captured):
    class Net(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.scale = self.params.get('scale', shape=(1, 1, 1))

        def hybrid_forward(self, F, X, scale):
            return F.broadcast_mul(F.transpose(F.tanh(X), axes=(2, 1, 0)),
                                   scale)

    def run():
        mx.random.seed(1)
        net, grads = Net(), []
        net.initialize(init.Normal(), ctx=CTX)
        net.hybridize()
        for i in range(5):
            with autograd.record():
                y = net(batch(i, 50).reshape((50, 8, 8)))
            y.backward(nd.array(np.random.RandomState(i).rand(8, 8, 50), CTX))
            grads.append(net.scale.grad().asnumpy())
        return grads

    expected = eagerly(monkeypatch, run)
    assert same(run(), expected)
    assert captured and None not in captured


def test_listed_operators_exist():
    assert capture._OPERATORS <= set(OPS)


def test_gradients_of_gradients_are_refused(captured):
    net = small_net()
    x = batch(0)
    x.attach_grad()
    for _ in range(3):
        with autograd.record():
            y = net(x)
        y.backward()
    with autograd.record():
        y = net(x)
        with pytest.raises(mx.MXNetError, match='hybridize'):
            autograd.grad(y, [x], create_graph=True)
    assert captured[0] is not None


def test_threads_share_a_captured_net(captured):
    net = small_net()
    expected = [net(batch(i)).asnumpy() for i in range(4)]
    found = {}

    def predict(i):
        found[i] = [net(batch(i)).asnumpy() for _ in range(10)]

    threads = [threading.Thread(target=predict, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, numbers in found.items():
        assert all(np.array_equal(n, expected[i]) for n in numbers)
    assert len(found) == 4 and captured[0] is not None


def test_train_ch5_captures_the_readers_net(captured):
    net = nn.Sequential()
    net.add(nn.Dense(8, activation='relu'), nn.Dense(4))
    net.initialize(init.Xavier(), ctx=CTX)
    data = [(batch(i), nd.array([0, 1, 2, 3, 0])) for i in range(5)]
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.1})
    d2l.train_ch5(net, data, data, 5, trainer, CTX, 1)
    assert len(captured) == 2 and None not in captured   # and evaluation
