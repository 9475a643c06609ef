"""Hybridized nets captured as CUDA graphs: launches write to one memory."""
import gc
import weakref

import numpy as np
from mxnet import autograd, random
from recorder import batch, eagerly, same, small_net

from d2l.gpu import capture


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


def test_gradients_have_memory_of_their_own(monkeypatch, captured):
    def run():
        net, grads = small_net(), []
        random.seed(3)
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


def test_gradients_that_a_function_keeps_stay_as_they_are(captured):
    kept = []

    class Keep(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            kept.append((dy, dy.asnumpy()))
            return dy

    net = small_net()
    for i in range(6):
        x = batch(i)
        x.attach_grad()
        with autograd.record():
            y = net(Keep()(x)).square()
        y.backward()
    assert all(np.array_equal(dy.asnumpy(), then) for dy, then in kept)
    assert len(kept) == 6 and captured[0] is not None


def test_graphs_that_would_keep_much_memory_are_not_used(monkeypatch,
                                                         captured):
    monkeypatch.setattr(capture.Recorder, 'has_room', lambda self: False)
    net = small_net()
    for i in range(4):
        net(batch(i))
    assert captured == [None]


def test_captures_go_with_their_net(captured):
    net = small_net()
    for i in range(4):
        net(batch(i))
    reference = weakref.ref(captured.pop())
    net.hybridize(False)
    net(batch(0))
    gc.collect()
    assert reference() is None


def test_two_forwards_before_a_backward(monkeypatch, captured):
    def run():
        random.seed(3)
        return losses_before_backward(small_net(), 2)

    expected = eagerly(monkeypatch, run)
    assert same(run(), expected)
    assert captured[0] is not None


def test_backward_may_run_twice_on_one_graph(monkeypatch, captured):
    def run():
        net, grads = small_net(), []
        random.seed(3)
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
