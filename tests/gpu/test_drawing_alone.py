"""While a net is captured, torch lets no other thread draw: they wait."""
import pytest
import torch
import torch.nn.functional as F
from mxnet import autograd, nd, random
from mxnet.gluon import rnn
from recorder import CTX, batch, small_net

from d2l.gpu import capture, gradients, operators
from d2l.gpu.operators.random import drawing


@pytest.fixture
def observe(monkeypatch):
    """Lets a function note whether its caller keeps others from drawing."""
    def observe(owner, name):
        theirs = getattr(owner, name)

        def call(*args, **kwargs):
            seen.append(drawing._is_owned())
            return theirs(*args, **kwargs)
        monkeypatch.setattr(owner, name, call)
        return seen

    seen = []
    return observe


def test_a_captured_net_is_launched(monkeypatch, captured):
    """Launched meanwhile, it raises: 'Offset increment outside ...'."""
    theirs, seen = capture.Recorder.record, []

    def record(self, function):
        launch, results = theirs(self, function)

        def observed():
            seen.append(drawing._is_owned())
            launch()
        return observed, results

    monkeypatch.setattr(capture.Recorder, 'record', record)
    net = small_net()
    for i in range(3):
        net(batch(i))
    assert captured[0] is not None
    seen.clear()
    net(batch(3))
    assert seen == [True]


def test_a_backward_begins(monkeypatch):
    class Lock:
        def __enter__(self):
            entered.append(self)

        def __exit__(self, *error):
            pass

    entered, x = [], nd.ones(2, ctx=CTX)
    x.attach_grad()
    monkeypatch.setattr(gradients, 'drawing', Lock())
    for differentiate in (lambda y: y.backward(),
                          lambda y: autograd.grad(y, [x])):
        entered.clear()
        with autograd.record():
            y = x * 2
        differentiate(y)
        assert len(entered) == 1


def test_nothing_is_captured_while_a_backward_is_computed(captured):
    """It may wait to draw in the thread that computes all backwards."""
    class Predict(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            with autograd.predict_mode():
                net(batch(0))
            return dy

    net, x = small_net(), nd.ones(2, ctx=CTX)
    x.attach_grad()
    for _ in range(4):
        with autograd.record():
            y = Predict()(x)
        y.backward()
    assert not captured
    for _ in range(3):
        net(batch(0))
    assert captured[0] is not None


def test_generators_are_seeded(observe):
    seen = observe(operators.random, '_generator')
    random.seed(1)
    random.seed(1, ctx=CTX)
    assert len(seen) > 1 and all(seen)


@pytest.mark.parametrize('owner, name, bounds', [
    (torch, 'lstm', {}), (F, 'dropout', dict(
        state_clip_min=-1, state_clip_max=1))])
def test_dropout_of_recurrent_layers(observe, owner, name, bounds):
    """Torch draws for it: its generator is not given to it."""
    layer = rnn.LSTM(3, 2, dropout=0.5, **bounds)
    layer.initialize(ctx=CTX)
    seen = observe(owner, name)
    with autograd.record():
        layer(nd.ones((4, 2, 3), ctx=CTX))
    assert seen == [True]
