"""The net as one graph: as fast as can be, and as if it were not there."""
import gc

import mxnet as mx
import numpy as np
from loops import small_net
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

import d2l
import reference
from d2l.training.graph import Graph


def test_net_stays_as_the_reader_left_it(batches, capsys):
    net = small_net()
    net.initialize()
    net(batches[0][0][0])
    before = repr(net)
    reference.fit(d2l.train_ch5, net, *batches)
    assert repr(net) == before and not any(layer._active for layer in net)
    # and the layers made next are numbered as if nothing had been there
    with mx.name.NameManager():
        reference.fit(d2l.train_ch5, net, *batches)
        assert nn.HybridSequential().name == 'hybridsequential0'


def test_graphs_are_given_back_at_once(batches, capsys):
    def graphs():
        return sum(isinstance(o, mx.nd.CachedOp) for o in gc.get_objects())

    net = small_net()
    net.initialize()
    net(batches[0][0][0])
    gc.collect()
    gc.disable()
    try:
        before = graphs()
        reference.fit(d2l.train_ch5, net, *batches)
        d2l.evaluate_accuracy(batches[1], net)
        assert graphs() == before
    finally:
        gc.enable()


def test_hooks_of_the_reader_are_called_for_every_batch(batches, capsys):
    net = small_net()
    net.initialize()
    calls = []
    net[1].register_forward_hook(lambda *args: calls.append(1))
    reference.fit(d2l.train_ch5, net, *batches, num_epochs=1)
    assert len(calls) == len(batches[0]) + len(batches[1])


class _Derived(d2l.Residual):
    """A reader's own: when it is compiled, it draws one number for ever."""

    def hybrid_forward(self, F, X):
        return super().hybrid_forward(F, X) * float(np.random.rand())


def test_own_blocks_are_compiled_and_what_readers_derive_is_not():
    def is_compiled(*layers):
        net = nn.Sequential()
        net.add(*layers)
        return Graph(net).children is not None
    assert is_compiled(nn.Dense(2))
    assert is_compiled(nn.Dense(2), d2l.Residual(3))
    assert not is_compiled(nn.Dense(2), _Derived(3))
    assert not is_compiled(nn.HybridLambda('relu'))


def test_resnet18_is_one_graph():
    net = d2l.resnet18(10)
    net.initialize()
    graph = Graph(net)
    X = nd.zeros((1, 1, 28, 28))
    first = graph(X)        # the shapes are known after that
    assert graph.children is not None and not graph.is_ready
    np.testing.assert_allclose(graph(X).asnumpy(), first.asnumpy(),
                               rtol=1e-4, atol=1e-6)
    assert graph.is_ready


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
    assert run.children is not None
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_averages_of_batch_norm_are_there_after_an_epoch():
    """MXNet moves them in backward, for which a reader does not wait."""
    def compare():
        averages = net[1].running_mean.data()
        seen = averages.asnumpy()
        nd.waitall()
        np.testing.assert_array_equal(seen, averages.asnumpy())
        compared.append(seen)
        yield X, y

    X, y = nd.random.uniform(shape=(64, 1, 28, 28)), nd.arange(64) % 10
    net, compared = nn.Sequential(), []
    net.add(nn.Conv2D(8, kernel_size=3, padding=1), nn.BatchNorm(),
            nn.Dense(10))
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    for _ in range(5):
        d2l.train_ch5(net, [(X, y)] * 3, compare(), 64, trainer, mx.cpu(), 1)
    assert len(compared) == 5
