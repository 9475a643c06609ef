"""train_ch3 and train, on one and several devices, beside the book's code."""
import re

import mxnet as mx
import numpy as np
import pytest
from loops import LINE, small_net, without_times
from mxnet import gluon, init, nd
from mxnet.gluon import nn

import d2l
import reference


def probabilities(params):
    """Chapter 3's net: a function of parameters."""
    W, b = params
    for param in params:
        param.attach_grad()

    def net(X):
        return nd.softmax(nd.dot(X.reshape((-1, 784)), W) + b)
    return net


def cross_entropy(y_hat, y):
    return -nd.pick(y_hat, y).log()


def test_train_ch3_from_scratch(batches, seed, capsys):
    found = []
    for train in (d2l.train_ch3, reference.train_ch3):
        seed()
        params = nd.random.normal(scale=0.01, shape=(784, 10)), nd.zeros(10)
        assert train(probabilities(params), *batches, cross_entropy, 2, 64,
                     params, 0.1) is None
        found.append(params)
    ours, book = capsys.readouterr().out.split('epoch 1')[1:]
    assert ours == book
    assert re.fullmatch(r', loss \d\.\d{4}, train acc 0\.\d{3}, test acc '
                        r'0\.\d{3}\nepoch 2, loss .*\n', ours), ours
    for a, b in zip(*found):
        np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_train_ch3_with_a_trainer(batches, seed, capsys):
    """The same numbers as train_ch5, and as sgd by hand."""
    found = []
    for how in ('ch5', 'trainer', 'params'):
        seed()
        net = small_net()
        net.initialize(init.Xavier())
        net(batches[0][0][0])
        trainer = gluon.Trainer(net.collect_params(), 'sgd',
                                {'learning_rate': 0.5})
        params = [p.data() for p in net.collect_params().values()]
        if how == 'ch5':
            d2l.train_ch5(net, *batches, 64, trainer, mx.cpu(), 2)
        elif how == 'trainer':
            d2l.train_ch3(net, *batches, gluon.loss.SoftmaxCrossEntropyLoss(),
                          2, 64, trainer=trainer)
        else:
            d2l.train_ch3(net, *batches, gluon.loss.SoftmaxCrossEntropyLoss(),
                          2, 64, params, 0.5)
        found.append((re.sub(r', time .*|training on .*\n', '',
                             capsys.readouterr().out),
                      [p.asnumpy() for p in params]))
    (line, params), *others = found
    assert line.startswith('epoch 1, loss 2.') and line.count('\n') == 2
    for other, values in others:
        assert other == line
        for a, b in zip(params, values):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_train_ch3_needs_something_that_updates(batches):
    for given in ({}, {'params': []}, {'lr': 0.1}):
        with pytest.raises(TypeError, match='params and lr.*or a trainer'):
            d2l.train_ch3(small_net(), *batches, None, 1, 64, **given)


def fit_train(train, make_net, batches, ctx, loss=None):
    """Parameters and lines after `train`, d2l's or the book's."""
    net = make_net()
    net.initialize(init.Xavier(), ctx=ctx)
    for c in ctx if isinstance(ctx, list) else [ctx]:
        net(batches[0][0][0].as_in_context(c))
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.3})
    train(*batches, net, loss or gluon.loss.SoftmaxCrossEntropyLoss(),
          trainer, ctx, 2)
    return [p.list_data()[0].asnumpy() for p in net.collect_params().values()]


def test_train(batches, seed, capsys):
    found = []
    for train in (d2l.train, reference.train):
        seed()
        found.append((fit_train(train, small_net, batches, mx.cpu(1)),
                      capsys.readouterr().out))
    (ours, our_lines), (book, book_lines) = found
    assert without_times(our_lines) == without_times(book_lines)
    first, *epochs = our_lines.splitlines()
    assert first == 'training on cpu(1)'
    assert len(epochs) == 2 and all(map(LINE.fullmatch, epochs))
    for a, b in zip(ours, book):
        np.testing.assert_array_equal(a, b)


def test_train_on_several_devices(batches, seed, capsys):
    """Also where the last batch has fewer examples than devices."""
    batches = ([*batches[0], tuple(x[:1] for x in batches[0][0])],
               batches[1])
    found = []
    for ctx in (mx.cpu(0), [mx.cpu(0)], [mx.cpu(0), mx.cpu(1)],
                [mx.cpu(i) for i in range(3)]):
        seed()
        params = fit_train(d2l.train, small_net, batches, ctx)
        first, *epochs = capsys.readouterr().out.splitlines()
        assert first == 'training on %s' % (ctx,)
        found.append((params, [[float(x) for x in re.findall(
            r' (\d\.\d+),', line)] for line in epochs]))
    (one, figures), *others = found
    for several, others_figures in others:
        np.testing.assert_allclose(figures, others_figures, atol=0.01)
        for a, b in zip(one, several):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def test_train_where_the_first_batch_is_short_and_sizes_unknown(seed, capsys):
    X, y = nd.random.uniform(shape=(3, 4)), nd.array([0, 1, 1])
    ctx = [mx.cpu(0), mx.cpu(1)]
    net = nn.Dense(2)
    net.initialize(ctx=ctx)     # its weight has no shape yet
    d2l.train([(X[:1], y[:1]), (X, y)], [(X, y)], net,
              gluon.loss.SoftmaxCrossEntropyLoss(),
              gluon.Trainer(net.collect_params(), 'sgd'), ctx, 1)
    one, other = net.weight.list_data()
    np.testing.assert_array_equal(one.asnumpy(), other.asnumpy())
    assert LINE.search(capsys.readouterr().out)


def test_train_where_classes_are_the_last_axis(seed, capsys):
    """Labels are compared with the axis that the loss takes them from."""
    X = nd.random.uniform(shape=(4, 3, 2))
    net = nn.Dense(7, flatten=False)    # scores: (4, 3, 7)
    data = [(X, nd.full((4, 3), 6))]
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    with pytest.raises(ValueError, match='lie in 0 to 6.*from 7 to 7'):
        d2l.train([(X, nd.full((4, 3), 7))], data, net, loss, trainer,
                  mx.cpu(), 1)


def test_train_where_every_pixel_has_a_label(seed, capsys):
    """As in semantic segmentation: the loss is a mean over the pixels."""
    X = nd.random.uniform(shape=(6, 3, 8, 8))
    y = (X[:, 0] > 0.5).astype('float32')
    batches = [(X[:4], y[:4]), (X[4:], y[4:])], [(X, y)]
    found = []
    for train, ctx in ((reference.train, mx.cpu()), (d2l.train, mx.cpu()),
                       (d2l.train, [mx.cpu(0), mx.cpu(1)])):
        seed()
        fit_train(train, lambda: nn.Conv2D(2, kernel_size=1), batches, ctx,
                  gluon.loss.SoftmaxCrossEntropyLoss(axis=1))
        found.append(without_times(capsys.readouterr().out).split('\n')[1:])
    assert found[0] == found[1] == found[2] and len(found[0]) == 3


def test_train_casts_labels_for_losses_that_want_it(batches, capsys):
    """L2 loss of integers would fail."""
    X = [X for X, _ in batches[0]]
    data = [(x, nd.zeros(len(x), dtype='int32')) for x in X]
    fit_train(d2l.train, lambda: nn.Dense(1), (data, data), mx.cpu(),
              gluon.loss.L2Loss())
    assert 'test acc 1.000' in capsys.readouterr().out
