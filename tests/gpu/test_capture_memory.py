"""Hybridized nets captured as CUDA graphs: launches write to one memory."""
import gc
import threading
import weakref

import numpy as np
import pytest
import torch
from both import is_stand_in
from limits import LIMIT
from mxnet import autograd, random
from recorder import CTX, batch, eagerly, same, small_net

from d2l.gpu import capture


def record(net, seed, train_mode=True):
    """A batch, and the squares of what the net makes of it."""
    x = batch(seed)
    x.attach_grad()
    with autograd.record(train_mode):
        return x, net(x).square()


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
            x, y = record(net, i)
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
        record(lambda x: net(Keep()(x)), i)[1].backward()
    assert all(np.array_equal(dy.asnumpy(), then) for dy, then in kept)
    assert len(kept) == 6 and captured[0] is not None


def test_graphs_that_would_keep_much_memory_are_not_used(monkeypatch,
                                                         captured):
    monkeypatch.setattr(capture.Recorder, 'has_room', lambda self: False)
    net = small_net()
    for i in range(4):
        net(batch(i))
    assert captured == [None]


def test_gradients_within_a_backward(monkeypatch, captured):
    """A function whose backward calls the net that comes after it."""
    class Within(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            x, y = record(net, 50)
            return dy + autograd.grad(y, [x])[0]

    def run():
        nonlocal net
        random.seed(3)
        net, grads = small_net(), []
        for i in range(5):
            x, y = record(lambda x: net(Within()(x)), i)
            y.backward()
            grads += [x.grad.asnumpy(), net[5].weight.grad().asnumpy()]
        return grads

    net = None
    expected = eagerly(monkeypatch, run)
    assert same(run(), expected)
    assert captured and None not in captured


def test_two_threads_take_gradients_of_one_net(monkeypatch, captured):
    """The first waits after the net's backward, until the second is done."""
    if not is_stand_in():   # known only once somebody has asked for a GPU
        pytest.skip('on CUDA one thread runs the backwards of all others')

    class Wait(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            if threading.current_thread() in waiting:
                reached.set()
                assert done.wait(LIMIT)
            return dy

    def take(i):
        x, y = record(lambda x: net(Wait()(x)), i, train_mode=False)
        return autograd.grad(y, [net[5].weight.data(), x])[0].asnumpy()

    net, waiting, found = small_net(), set(), []
    reached, done = threading.Event(), threading.Event()
    expected = [take(0), take(1)]
    take(2)
    assert captured and None not in captured
    thread = threading.Thread(target=lambda: found.append(take(0)))
    waiting.add(thread)
    thread.start()
    assert reached.wait(LIMIT)
    found.append(take(1))
    done.set()
    thread.join()
    assert same(found[::-1], expected)


def test_lack_of_memory_leaves_the_net_as_it_was(monkeypatch, captured):
    def fail(self):
        raise RuntimeError('CUDA out of memory')

    net = small_net()
    expected = [net(batch(i)).asnumpy() for i in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(capture, 'generator', lambda: type('', (), {
            'get_state': fail})())
        found = [net(batch(i)).asnumpy() for i in range(2)]
    assert same(found, expected) and captured == [None]


def test_what_eager_keeps_for_backward_is_freed_before_a_capture(
        monkeypatch, captured):
    class Saved:
        def __init__(self, tensor):
            self.tensor = tensor.detach()   # no cycle
            alive.add(self)

    theirs, alive, found = capture.Recorder.record, weakref.WeakSet(), []

    def count_and_record(self, function):
        found.append(len(alive))
        return theirs(self, function)

    monkeypatch.setattr(capture.Recorder, 'record', count_and_record)
    net = small_net()
    for i in range(2):
        record(net, i)
    with torch.autograd.graph.saved_tensors_hooks(Saved,
                                                  lambda saved: saved.tensor):
        record(net, 2)
    assert captured[0] is not None
    assert found[0] == 0 < found[1]     # that of the captured forward stays


def test_a_generator_that_nobody_used_is_left_alone(monkeypatch, captured):
    """Set, it would let cuDNN's dropout of recurrent layers begin anew."""
    class Observed:
        get_state = capture.generator().get_state

        def set_state(self, state):
            states.append(state)

    net, states = small_net(), []
    monkeypatch.setattr(capture, 'generator', Observed)
    for i in range(3):
        net(batch(i))       # predicts: nothing is drawn
    assert captured[0] is not None and not states


def test_captures_of_replaced_parameters_are_dropped(captured):
    net = small_net()
    for _ in range(12):
        net.initialize(ctx=CTX, force_reinit=True)
        for i in range(3):
            net(batch(i))
    gc.collect()
    assert len(captured) == 12
    references = list(map(weakref.ref, captured))
    captured.clear()
    assert [r() is None for r in references] == [True] * 11 + [False]


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


def test_a_capture_leaves_earlier_graphs_as_they_are(monkeypatch, captured):
    def run():
        net, grads = small_net(), []
        recorded = [record(net, i, train_mode=False) for i in range(3)]
        for x, y in recorded:       # which uses BatchNorm's averages
            y.backward()
            grads.append(x.grad.asnumpy())
        return grads

    expected = eagerly(monkeypatch, run)
    assert same(run(), expected)
    assert captured and None not in captured


def test_backward_may_run_twice_on_one_graph(monkeypatch, captured):
    def run():
        net, grads = small_net(), []
        random.seed(3)
        for i in range(5):
            x, y = record(net, i)
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
