"""train_ch5 and evaluate_accuracy beside the book's code; bad input."""
import re

import mxnet as mx
import numpy as np
import pytest
from loops import LINE, small_net, without_times
from mxnet import gluon, init, nd
from mxnet.gluon import nn

import d2l
import reference


def with_dropout():
    net = nn.Sequential()
    net.add(nn.Dense(64, activation='relu'), nn.Dropout(0.5),
            nn.Dense(64, activation='relu'), nn.Dropout(0.3), nn.Dense(10))
    return net


def with_batch_norm():
    inner = nn.Sequential()
    inner.add(nn.Conv2D(8, kernel_size=3), nn.BatchNorm(),
              nn.Activation('relu'))
    net = nn.Sequential()
    net.add(inner, nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


def hybrid():
    net = nn.HybridSequential()
    net.add(nn.Dense(32, activation='relu'), nn.Dropout(0.2), nn.Dense(10))
    return net


def hybridized():
    net = hybrid()
    net.hybridize()
    return net


class Noisy(nn.Block):
    """Draws random numbers and looks at its input: not to be compiled."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = nn.Dense(10)

    def forward(self, X):
        if X.mean().asscalar() > 0:
            X = X * (np.random.rand() < 0.5)
        return self.dense(X)


class NoisyHybrid(nn.HybridBlock):
    """As a HybridBlock; compiled, it would draw one number for ever."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = nn.Dense(10)

    def hybrid_forward(self, F, X):
        return self.dense(X * float(np.random.rand()))


def with_a_block():
    net = nn.Sequential()
    net.add(nn.Dense(32), Noisy())
    return net


NETS = [small_net, with_dropout, with_batch_norm, hybrid, hybridized, Noisy,
        NoisyHybrid, with_a_block]


@pytest.mark.parametrize('deferred', [False, True])
@pytest.mark.parametrize('make_net', NETS)
def test_learns_the_same_as_the_books_loop(make_net, deferred, batches, seed,
                                           capsys):
    found = []
    for train in (d2l.train_ch5, reference.train_ch5):
        seed()
        net = make_net()
        net.initialize(init.Xavier())
        if not deferred:
            net(batches[0][0][0])
            net.initialize(init.Xavier(), force_reinit=True)
        params = reference.fit(train, net, *batches, optimizer='adam',
                          learning_rate=0.01)
        found.append((params, capsys.readouterr().out))
    (ours, our_lines), (book, book_lines) = found
    assert without_times(our_lines) == without_times(book_lines)
    for a, b in zip(ours, book):
        np.testing.assert_array_equal(a, b)


def test_prints_as_the_book_does_and_returns_none(batches, capsys):
    net = small_net()
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    assert d2l.train_ch5(net, *batches, 64, trainer, mx.cpu(), 2) is None
    first, *epochs = capsys.readouterr().out.splitlines()
    assert first == 'training on cpu(0)'
    assert len(epochs) == 2 and all(map(LINE.fullmatch, epochs)), epochs


def test_evaluate_accuracy(batches):
    def net(X):
        """Says 3 to everything."""
        return nd.one_hot(nd.full((len(X),), 3, ctx=X.context), 10)
    y = np.concatenate([y.asnumpy() for _, y in batches[0]])
    accuracy = d2l.evaluate_accuracy(batches[0], net)
    assert type(accuracy) is float
    assert accuracy == pytest.approx((y == 3).mean(), abs=1e-12)
    several = [mx.cpu(0), mx.cpu(1), mx.cpu(2)]
    assert d2l.evaluate_accuracy(batches[0], net, several) == accuracy


def test_evaluate_accuracy_on_several_devices(batches, seed):
    ctxs = [mx.cpu(0), mx.cpu(1)]
    net = small_net()
    net.initialize(init.Xavier(), ctx=ctxs)
    one = d2l.evaluate_accuracy(batches[1], net, mx.cpu(0))
    assert one == reference.evaluate_accuracy(batches[1], net, mx.cpu(0))
    assert d2l.evaluate_accuracy(batches[1], net, ctxs) == one
    # a last batch with fewer examples than devices
    short = [tuple(x[:1] for x in batches[1][0])]
    assert d2l.evaluate_accuracy(short, net, ctxs) in (0.0, 1.0)


def test_evaluate_accuracy_takes_mxnets_own_iterators(batches):
    net = small_net()
    net.initialize()
    X, y = batches[1][0]
    data_iter = mx.io.NDArrayIter(X, y, batch_size=16)
    assert (d2l.evaluate_accuracy(data_iter, net)
            == d2l.evaluate_accuracy([(X, y)], net))


def test_evaluate_accuracy_called_as_in_later_editions(batches):
    net = small_net()
    net.initialize()
    with pytest.raises(TypeError, match='data first and then the net, but '
                       'got a Sequential first: .*data_iter, net, ctx'):
        d2l.evaluate_accuracy(net, batches[1])


@pytest.mark.parametrize('wrong, error, message', [
    (dict(net=small_net()), ValueError, 'initialised, but conv.*initialize'),
    (dict(num_epochs=0), ValueError, 'num_epochs must be.*is 0'),
    (dict(batch_size=1.5), ValueError, 'batch_size must be.*is 1.5'),
    (dict(ctx='gpu'), TypeError, "ctx must be one device.*'gpu'"),
    (dict(ctx=[mx.cpu()]), TypeError, 'ctx must be one device'),
    (dict(ctx=mx.cpu(1)), ValueError, r'on ctx, \[cpu\(1\)\], but conv'),
    (dict(train_iter=[]), ValueError, 'gave no batch')])
def test_train_ch5_names_what_is_wrong(wrong, error, message, batches):
    net = small_net()
    net.initialize()
    arguments = dict(
        net=net, train_iter=batches[0], test_iter=batches[1], batch_size=64,
        trainer=gluon.Trainer(net.collect_params(), 'sgd'), ctx=mx.cpu(),
        num_epochs=1)
    with pytest.raises(error, match=message):
        d2l.train_ch5(**dict(arguments, **wrong))


@pytest.mark.parametrize('ctx, message', [
    (['cpu'], "list of devices.*'cpu'"), ([], r'list of devices.*\[\]')])
def test_evaluate_accuracy_names_what_is_no_device(ctx, message, batches):
    with pytest.raises(TypeError, match=message):
        d2l.evaluate_accuracy(batches[1], small_net(), ctx)


def test_evaluate_accuracy_of_a_net_that_is_not_initialised(batches):
    with pytest.raises(ValueError, match='initialised, but conv.*initialize'):
        d2l.evaluate_accuracy(batches[1], small_net())


def test_evaluate_accuracy_of_no_batch():
    net = small_net()
    net.initialize()
    with pytest.raises(ValueError, match='gave no batch'):
        d2l.evaluate_accuracy(iter([]), net)


@pytest.mark.slow
def test_lenet_learns_fashion_mnist(root, seed, capsys):
    """The chapter's training in full: 5 epochs of all 60,000 images."""
    net = nn.Sequential()
    net.add(nn.Conv2D(channels=6, kernel_size=5, padding=2,
                      activation='sigmoid'),
            nn.AvgPool2D(pool_size=2, strides=2),
            nn.Conv2D(channels=16, kernel_size=5, activation='sigmoid'),
            nn.AvgPool2D(pool_size=2, strides=2),
            nn.Dense(120, activation='sigmoid'),
            nn.Dense(84, activation='sigmoid'), nn.Dense(10))
    train_iter, test_iter = d2l.load_data_fashion_mnist(256, root=root)
    net.initialize(init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.9})
    d2l.train_ch5(net, train_iter, test_iter, 256, trainer, mx.cpu(), 5)
    out = capsys.readouterr().out
    accuracy = float(re.findall(r'test acc (\S+),', out)[-1])
    assert accuracy > 0.70, out
