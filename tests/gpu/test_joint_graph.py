"""Net and loss as one graph: d2l's loops on gpu(0)."""
import gc
import weakref

import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, init, nd
from mxnet.gluon import nn

import d2l
from d2l.training.joint import JointGraph

CTX = mx.gpu(0)


@pytest.fixture
def calls(monkeypatch):
    """The shapes of the batches that a joint graph has computed."""
    shapes = []
    theirs = JointGraph.__call__

    def note(self, X, y):
        shapes.append(X.shape)
        return theirs(self, X, y)

    monkeypatch.setattr(JointGraph, '__call__', note)
    return shapes


def batch(seed, n=6, high=3):
    random = np.random.RandomState(seed)
    return (nd.array(random.rand(n, 4), ctx=CTX),
            nd.array(random.randint(0, high, n), ctx=CTX))


def train(loss=None, batches=None, ctx=CTX, train=d2l.train, seed=1):
    """The figures of two epochs, and the parameters."""
    mx.random.seed(seed)
    net = nn.Sequential()
    net.add(nn.Dense(8, activation='relu'), nn.Dropout(0.2), nn.Dense(3))
    net.initialize(init.Xavier(), ctx=ctx)
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.1})
    batches = batches or [batch(i) for i in range(4)]
    history = d2l.History()
    if train is d2l.train:
        d2l.train(batches, batches, net,
                  loss or gluon.loss.SoftmaxCrossEntropyLoss(), trainer, ctx,
                  2, history=history)
    else:
        d2l.train_ch5(net, batches, batches, 6, trainer, ctx, 2,
                      history=history)
    columns = history.columns()
    return ([*columns['loss'], *columns['train_acc'], *columns['test_acc']]
            + [x.asnumpy().tolist() for p in net.collect_params().values()
               for x in p.list_data()])


def one_by_one(monkeypatch, function):
    with monkeypatch.context() as patch:
        patch.setattr(JointGraph, 'allow', lambda *args: None)
        return function()


@pytest.mark.parametrize('options', [
    {}, dict(train=d2l.train_ch5), dict(ctx=[mx.gpu(0), mx.gpu(1)]),
    dict(loss=gluon.loss.SoftmaxCrossEntropyLoss(weight=0.5)),
    dict(batches=[batch(0), batch(1), batch(2, 5), batch(3), batch(4, 5)])])
def test_numbers_are_those_of_single_steps(monkeypatch, calls, options):
    expected = one_by_one(monkeypatch, lambda: train(**options))
    assert not calls
    assert train(**options) == expected
    assert len(calls) >= 5


def test_labels_out_of_range_are_named_in_later_batches(calls):
    with pytest.raises(ValueError, match='in 0 to 2'):
        train(batches=[batch(0), batch(1), batch(2, high=9)])
    assert len(calls) == 1


def test_other_labels_are_checked_step_by_step(calls):
    X, y = batch(2)
    with pytest.raises(ValueError, match='label'):
        train(batches=[batch(0), batch(1), (X, y.reshape(3, 2))])
    assert len(calls) == 1


def test_the_captured_graph_has_these_numbers_too(monkeypatch, captured):
    expected = one_by_one(monkeypatch, train)
    captured.clear()
    assert train() == expected
    assert captured and None not in captured


def test_layers_and_loss_of_the_reader_stay_as_they_are(calls):
    net = nn.Sequential()
    net.add(nn.HybridSequential(), nn.Dense(3))
    net[0].add(nn.Dense(8))
    net.initialize(ctx=CTX)
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    data = [batch(i) for i in range(3)]
    d2l.train(data, data, net, loss, trainer, CTX, 1)
    assert calls
    # a hook sees arrays only where its layer is not compiled
    seen = []
    net[0][0].register_forward_hook(lambda *args: seen.append(args[-1]))
    net(data[0][0])
    net(data[1][0])
    loss.register_forward_hook(lambda *args: seen.append(args[-1]))
    loss(net(data[0][0]), data[0][1])
    assert [type(y) for y in seen] == [nd.NDArray] * 4


@pytest.mark.parametrize('dtype', ['float64', 'float16'])
def test_nets_of_other_dtypes_train_step_by_step(calls, dtype):
    net = nn.Dense(3)
    net.cast(dtype)
    net.initialize(ctx=CTX)
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'multi_precision': True})
    data = [(X.astype(dtype), y) for X, y in map(batch, range(3))]
    d2l.train(data, data, net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer,
              CTX, 1)
    assert not calls


def test_losses_that_readers_wrote_are_called_each_time(calls):
    called = []

    class Loss(gluon.loss.SoftmaxCrossEntropyLoss):
        def hybrid_forward(self, F, *args):
            called.append(F)
            return super().hybrid_forward(F, *args)

    train(loss=Loss())
    assert called == [nd] * 8 and not calls


def test_graph_goes_with_the_training_at_once(captured):
    gc.collect()
    gc.disable()
    try:
        train()
        references = list(map(weakref.ref, captured))
        captured.clear()
        assert references and not any(r() for r in references)
    finally:
        gc.enable()
