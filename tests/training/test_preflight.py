"""Trainers and nets that do not fit each other."""

import mxnet as mx
import pytest
import small
from mxnet import gluon, init

import d2l

LOSS = gluon.loss.SoftmaxCrossEntropyLoss()


def net_and_trainer(optimizer='adam', **kwargs):
    net = small.make_net()
    net.initialize(init.Xavier(), **kwargs)
    return net, gluon.Trainer(net.collect_params(), optimizer)


def fit(net, trainer, ctx=None):
    d2l.train(*small.data(), net, LOSS, trainer, ctx or mx.cpu(), 1)


def test_a_trainer_of_another_net(capsys):
    _, trainer = net_and_trainer()
    net, _ = net_and_trainer()
    with pytest.raises(ValueError, match='made for another net.*make a new'):
        fit(net, trainer)


@pytest.mark.parametrize('trainer', [None, 0.1, 'sgd'])
def test_what_is_no_trainer(trainer, capsys):
    net, _ = net_and_trainer()
    with pytest.raises(TypeError, match=r'a gluon.Trainer, but is %r: trainer '
                       r'= gluon.Trainer\(' % trainer):
        fit(net, trainer)


def test_a_trainer_of_a_part_of_the_net(capsys):
    """As in fine-tuning: the others stay."""
    net, _ = net_and_trainer()
    net(next(iter(small.data()[0]))[0])
    before = net[0].weight.data().asnumpy()
    d2l.train_ch3(net, *small.data(), LOSS, 1, 16, trainer=gluon.Trainer(
        net[2:].collect_params(), 'sgd'))
    assert (net[0].weight.data().asnumpy() == before).all()


def test_a_trainer_made_before_the_net_moved(capsys):
    net, trainer = net_and_trainer()
    net.initialize(force_reinit=True, ctx=mx.cpu(1))
    with pytest.raises(ValueError, match=r'\[cpu\(1\)\], but it was made when '
                       r'they were on \[cpu\(0\)\]: make a new one'):
        fit(net, trainer, mx.cpu(1))


def test_a_trainer_that_remembers_other_parameters(capsys):
    for optimizer, ctx in (('adam', mx.cpu()),
                           ('sgd', [mx.cpu(0), mx.cpu(1)])):
        net, trainer = net_and_trainer(optimizer, ctx=ctx)
        fit(net, trainer, ctx)
        fit(net, trainer, ctx)      # once more is fine
        net.initialize(force_reinit=True, ctx=ctx)
        with pytest.raises(ValueError, match='were replaced.*make a new one'):
            fit(net, trainer, ctx)
        fit(net, gluon.Trainer(net.collect_params(), optimizer), ctx)


def test_a_trainer_that_remembers_nothing(capsys):
    """Plain SGD on one device: new parameters do it no harm."""
    net, trainer = net_and_trainer('sgd')
    fit(net, trainer)
    net.initialize(force_reinit=True)
    fit(net, trainer)
    # nor does one that was made early, but not used
    net, trainer = net_and_trainer('adam')
    net.initialize(force_reinit=True)
    fit(net, trainer)
