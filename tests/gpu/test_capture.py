"""Hybridized nets captured as CUDA graphs; without CUDA, see recorder.py."""
import threading

import mxnet as mx
import numpy as np
import pytest
import recorder
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

import d2l
from d2l.gpu import capture
from d2l.gpu.answers import graphs
from d2l.gpu.registry import OPS
from d2l.gpu.state import devices

CTX = mx.gpu(0)


@pytest.fixture(autouse=True)
def capturing(monkeypatch):
    if devices.kind == 'cpu':
        monkeypatch.setattr(graphs, 'can_capture', lambda: True)
        monkeypatch.setattr(capture, 'Recorder', recorder.Recorder)


@pytest.fixture
def captured(monkeypatch):
    """The captures that are made, None where one is not used."""
    made = []
    theirs = capture.capture

    def note(*args):
        made.append(theirs(*args))
        return made[-1]

    monkeypatch.setattr(capture, 'capture', note)
    return made


def small_net(ctx=CTX, last=4):
    mx.random.seed(1)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, kernel_size=3, activation='relu'),
            nn.BatchNorm(), nn.MaxPool2D(2, 2), nn.Dropout(0.5),
            nn.Dense(8, activation='sigmoid'), nn.Dense(last))
    net.initialize(init.Xavier(), ctx=ctx)
    net.hybridize()
    return net


def batch(seed, n=5, ctx=CTX):
    return nd.array(np.random.RandomState(seed).rand(n, 1, 8, 8), ctx=ctx)


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


def same(found, expected):
    return len(found) == len(expected) and all(
        map(np.array_equal, found, expected))


def eagerly(monkeypatch, function):
    with monkeypatch.context() as patch:
        patch.setattr(graphs, 'can_capture', lambda: False)
        return function()


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


def test_predictions_keep_their_memory(monkeypatch, captured):
    def predict():
        net = small_net()
        return [y.asnumpy() for y in [net(batch(i)) for i in range(6)]]

    expected = eagerly(monkeypatch, predict)
    assert same(predict(), expected)
    assert len(captured) == 1 and captured[0] is not None


def losses_before_backward(net, num_losses):
    grads = []
    for i in range(4):
        with autograd.record():
            heads = [net(batch(num_losses * i + j)).square()
                     for j in range(num_losses)]
        autograd.backward(heads)
        grads += [p.grad().asnumpy() for p in net.collect_params().values()
                  if p.grad_req != 'null']
    return grads


def test_two_forwards_before_a_backward(monkeypatch, captured):
    def run():
        mx.random.seed(3)
        return losses_before_backward(small_net(), 2)

    expected = eagerly(monkeypatch, run)
    assert same(run(), expected)
    assert captured[0] is not None


def test_backward_may_run_twice_on_one_graph(monkeypatch, captured):
    def run():
        net, grads = small_net(), []
        mx.random.seed(3)
        for i in range(5):
            x = batch(i)
            x.attach_grad()
            with autograd.record():
                y = net(x).square()
            y.backward(retain_graph=True)
            grads.append(x.grad.asnumpy())
            with autograd.record():
                other = net(batch(9)).square()  # while y's graph waits
            other.backward()
            y.backward()
            grads.append(x.grad.asnumpy())
        return grads

    expected = eagerly(monkeypatch, run)
    found = run()
    # the first two calls for each kind of batch are eager
    assert same(found, expected)
    assert captured and None not in captured


def test_gradients_have_memory_of_their_own(monkeypatch, captured):
    def run():
        net, grads = small_net(), []
        mx.random.seed(3)
        for i in range(5):
            x = batch(i)
            x.attach_grad()
            with autograd.record():
                y = net(x).square()
            grads += autograd.grad(y, [x, net[0].weight.data()])
        return [g.asnumpy() for g in grads]

    expected = eagerly(monkeypatch, run)
    assert same(run(), expected)
    assert captured and None not in captured


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


def test_captures_go_with_their_net(captured):
    import gc
    import weakref
    net = small_net()
    for i in range(4):
        net(batch(i))
    reference = weakref.ref(captured.pop())
    net.hybridize(False)
    net(batch(0))
    gc.collect()
    assert reference() is None


def test_train_ch5_captures_the_readers_net(captured):
    net = nn.Sequential()
    net.add(nn.Dense(8, activation='relu'), nn.Dense(4))
    net.initialize(init.Xavier(), ctx=CTX)
    data = [(batch(i), nd.array([0, 1, 2, 3, 0])) for i in range(5)]
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.1})
    d2l.train_ch5(net, data, data, 5, trainer, CTX, 1)
    assert len(captured) == 2 and None not in captured   # and evaluation
