"""One training as an object."""
import math

import mxnet as mx
import pytest
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

import d2l
from d2l.training.run import Run, SgdUpdater, TrainerUpdater, describe_loss


def dense_net():
    net = nn.Sequential()
    net.add(nn.Dense(2, in_units=3))
    net.initialize()
    return net


def test_parameters_of_a_net_have_the_same_names_in_every_run():
    names = [list(Run(net, None, None, []).parameters())
             for net in (dense_net(), dense_net())]
    assert names == [['0.weight', '0.bias']] * 2


def test_parameters_of_a_function_are_those_that_sgd_changes():
    W, b = nd.zeros(3), nd.zeros(1)
    run = Run(lambda X: X, None, SgdUpdater(d2l.sgd, [W, b], 0.1, 4), [])
    assert list(run.parameters().items()) == [('0', W), ('1', b)]


def test_sgd_is_given_its_batch_size_whatever_a_batch_has():
    w = nd.array([1.0])
    w.attach_grad()
    w.grad[:] = 4
    Run(None, None, SgdUpdater(d2l.sgd, [w], 0.5, 2), []).update(n=99)
    assert w.asscalar() == 0


@pytest.mark.parametrize('batch_size, expected', [(64, 64), (None, 7)])
def test_a_trainer_is_given_its_batch_size_or_the_batchs(batch_size, expected):
    class Trainer:
        def step(self, n):
            self.n = n
    updater = TrainerUpdater(Trainer(), batch_size)
    Run(None, None, updater, []).update(n=7)
    assert updater.trainer.n == expected


def test_the_learning_rate_is_the_present_one():
    net = dense_net()
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.5})
    run = Run(net, None, TrainerUpdater(trainer), [])
    trainer.set_learning_rate(0.25)
    assert run.learning_rate == 0.25


def test_the_learning_rate_of_a_readers_own_trainer_is_unknown():
    run = Run(None, None, TrainerUpdater(object()), [])
    assert math.isnan(run.learning_rate)


def test_settings_are_all_that_numbers_depend_on():
    net = dense_net()
    trainer = gluon.Trainer(net.collect_params(), 'adam')
    run = Run(net, gluon.loss.L2Loss(), TrainerUpdater(trainer, 16), [])
    run.num_batches = 7
    settings = run.settings()
    assert settings['optimizer'] == 'Adam' and settings['batches'] == 7
    assert settings['batch_size'] == 16
    assert settings['learning_rate'] == pytest.approx(0.001)
    assert settings['loss'] == 'L2Loss(batch_axis=0, weight=1.0)'


def test_settings_of_sgd():
    run = Run(None, len, SgdUpdater(d2l.sgd, [], 0.5, 16), [])
    assert run.settings() == dict(batch_size=16, lr=0.5, loss='len',
                                  batches=None)


def test_a_loss_is_described_by_its_kind_and_arguments():
    loss = gluon.loss.SoftmaxCrossEntropyLoss(axis=1)
    assert describe_loss(loss).startswith('SoftmaxCrossEntropyLoss(axis=1, ')


def test_layers_do_not_depend_on_what_the_first_batch_tells():
    net = nn.Sequential()
    net.add(nn.Conv2D(2, kernel_size=1), nn.Dense(2))
    net.initialize()
    run = Run(net, None, None, [])
    before = run.layers()
    net(nd.zeros((1, 3, 4, 4)))
    assert run.layers() == before and len(before) == 4


@pytest.mark.parametrize('grad_req, expected', [('write', 0), ('add', 1)])
@pytest.mark.parametrize('is_function', [False, True])
def test_a_device_without_examples_counts_as_zero(is_function, grad_req,
                                                  expected):
    """Of the net's parameters; of a function's, those of the trainer."""
    ctxs = [mx.cpu(0), mx.cpu(1)]
    net = nn.Dense(1, in_units=1, use_bias=False)
    net.initialize(ctx=ctxs)
    net.weight.grad_req = grad_req
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    run = Run(net.forward if is_function else net, None,
              TrainerUpdater(trainer), ctxs)
    for ctx in ctxs:
        net.weight.grad(ctx)[:] = 1
    with autograd.record():
        l = 0 * net(nd.ones((1, 1), ctx=ctxs[0])).sum()
    l.backward()
    run.skip_gradients(ctxs[1:])
    assert net.weight.grad(ctxs[1]).asscalar() == expected
    run.update(1)       # raises if a gradient is stale
