"""A first batch of the wrong kind: what came, what to write."""
import warnings

import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

import d2l
from d2l.training import first_batch

X, y = nd.ones((16, 1, 8, 8)), nd.arange(16) % 10


def make_net(*layers):
    net = nn.Sequential()
    net.add(*(layers or (nn.Conv2D(4, kernel_size=3), nn.Dense(10))))
    net.initialize(init.Xavier())
    return net


def train_ch3(net, batches, loss=None):
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    d2l.train_ch3(net, batches, batches, loss or gloss.SoftmaxCELoss(), 1,
                  16, trainer=trainer)


def train_ch5(net, batches):
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    d2l.train_ch5(net, batches, batches, 16, trainer, mx.cpu(), 1)


def train(net, batches):
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    d2l.train(batches, batches, net, gloss.SoftmaxCELoss(), trainer,
              mx.cpu(), 1)


def evaluate(net, batches):
    d2l.evaluate_accuracy(batches, net)


LOOPS = pytest.mark.parametrize(
    'loop', [train_ch3, train_ch5, train, evaluate])


@LOOPS
@pytest.mark.parametrize('labels, kind, message', [
    (y.reshape((-1, 1)), ValueError,
     r'float32 of shape \(16, 1\), a column: use y.reshape\(\(-1,\)\)'),
    (y.reshape((1, -1)), ValueError, 'a label for each example'),
    (y[:15], ValueError, r'shape \(16, 1, 8, 8\) and y has shape \(15,\)'),
    (nd.one_hot(y, 10), ValueError, r'one-hot: use y.argmax\(axis=1\)'),
    (nd.ones((16, 3)), ValueError, 'one number for each example'),
    (y + 0.5, ValueError, r'float32 of shape \(16,\), has 0.5'),
    (np.array(['cat'] * 16), TypeError, 'y is a NumPy array of <U3.*numbered'),
    (['cat'] * 16, TypeError, 'y is a list'),
    (y.asnumpy(), TypeError, r'y is a NumPy array of float32.*nd.array\(y\)'),
])
def test_labels_of_the_wrong_kind(loop, labels, kind, message, capsys):
    net = make_net()
    with pytest.raises(kind, match=message):
        loop(net, [(X, labels)] * 2)


@LOOPS
@pytest.mark.parametrize('labels', [
    y.reshape((-1, 1)), y[:1], y[:15], nd.one_hot(y, 10)])
def test_labels_of_another_shape_in_a_later_batch(loop, labels, capsys):
    # MXNet would compare each of them with all predictions
    with pytest.raises(ValueError, match=r'labels must be.* shape \(16,\)'):
        loop(make_net(), [(X, y), (X, labels)])


@LOOPS
@pytest.mark.parametrize('images, kind, message', [
    ((X * 255).astype('uint8'), ValueError,
     r"float32, but X is uint8 of shape \(16, 1, 8, 8\).*X.astype\('float32"),
    (X.astype('float64'), ValueError, "is float64.*X.astype\\('float32'"),
    (X.astype('int32'), ValueError, "is int32.*X.astype\\('float32'"),
    (X.asnumpy(), TypeError, r'X is a NumPy array of float32.*nd.array\(X\)'),
    (X.transpose((0, 2, 3, 1)), ValueError,
     r'\(16, 8, 8, 1\), the channels last: use X.transpose\(\(0, 3, 1, 2'),
    (nd.ones((16, 1, 2, 2)), ValueError, 'large enough.*resize=224'),
])
def test_images_of_the_wrong_kind(loop, images, kind, message, capsys):
    with pytest.raises(kind, match=message):
        loop(make_net(), [(images, y)] * 2)


@LOOPS
@pytest.mark.parametrize('images, message', [
    (nd.ones((16, 3, 8, 8)), r'of 1 channels.*\(16, 3, 8, 8\), which has 3'),
    (nd.ones((16, 1, 12, 12)), r'of the size that it first.*make it anew'),
])
def test_images_of_another_shape_than_the_first(loop, images, message,
                                                capsys):
    net = make_net()
    net(X)
    with pytest.raises(ValueError, match=message):
        loop(net, [(images, y)] * 2)


@LOOPS
def test_examples_of_another_length_than_the_first(loop, capsys):
    net = make_net(nn.Dense(10))
    net(nd.ones((16, 5)))
    with pytest.raises(ValueError, match=r'of 5 numbers, but.*which is 64'):
        loop(net, [(X, y)] * 2)


@LOOPS
def test_a_net_with_one_output(loop, capsys):
    with pytest.raises(ValueError, match=r'two classes or more.*\(16, 1\).*'
                       'L2Loss'):
        loop(make_net(nn.Dense(1)), [(X, nd.zeros(16))] * 2)


@LOOPS
@pytest.mark.parametrize('batches, found', [
    ((X, y), r'NDArray of shape \(16, 1, 8, 8\)'),
    (nd.ones((4, 2)), r'NDArray of shape \(2,\)'),
    ([(X, y, y)], 'tuple of 3 elements'), ([1.0], 'float:'),
    ([{'X': X, 'y': y}], 'dict of 2 elements'),
])
def test_what_yields_no_batches(loop, batches, found, capsys):
    with pytest.raises(TypeError, match='batches X, y.*yielded a ' + found):
        loop(make_net(), batches)


@LOOPS
def test_arguments_in_each_others_place(loop, capsys):
    net = make_net()
    with pytest.raises(TypeError, match='(data iterator must|expects the '
                       'data first).*Sequential'):
        loop(net, net)
    if loop is evaluate:
        with pytest.raises(TypeError, match='net must be a Block.*list'):
            loop([(X, y)], [(X, y)])
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    with pytest.raises(TypeError, match='but is a Trainer'):
        loop(net, trainer)


@pytest.mark.parametrize('arguments, message', [
    ({'history': []}, r'd2l.History, but is a list.*d2l.History\(\)'),
    ({'checkpoint': True}, "name of a folder, but is True.*='lenet'"),
])
def test_options_of_another_type_end_before_the_first_batch(
        arguments, message, capsys):
    net = make_net()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')

    def batches():
        raise AssertionError('a batch was asked for')
        yield
    with pytest.raises(TypeError, match=message):
        d2l.train_ch5(net, batches(), batches(), 16, trainer, mx.cpu(), 1,
                      **arguments)


def conv(**kwargs):
    return nn.Conv2D(4, kernel_size=3, padding=1, **kwargs)


@pytest.mark.parametrize('channels', [1, 3])
def test_channels_last_that_net_takes_are_said_once(channels, capsys):
    images = nd.ones((16, 8, 8, channels))
    with pytest.warns(UserWarning, match=r'\(16, 8, 8, %d\), which looks like '
                      r'the channels last.*transpose' % channels) as said:
        train_ch5(make_net(conv(), nn.Dense(10)), [(images, y)] * 2)
    assert len(said) == 1


@pytest.mark.parametrize('shape, layers', [
    ((16, 1, 8, 8), [conv()]), ((16, 3, 3, 3), [conv()]),
    ((16, 64, 9, 1), [conv()]), ((16, 8, 8, 4), [conv()]),
    ((16, 8, 8, 3), [conv(in_channels=8)]), ((16, 8, 8, 3), [])])
def test_other_shapes_are_taken_without_a_warning(shape, layers, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        train_ch5(make_net(*layers, nn.Dense(10)), [(nd.ones(shape), y)])


def test_another_batch_size_than_the_loaders_is_said_once(capsys):
    net = make_net()
    with pytest.warns(UserWarning, match='batch_size is 16.*has 8') as said:
        train_ch5(net, [(X[:8], y[:8])] * 3)
    assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        train_ch5(net, [(X, y), (X[:3], y[:3])])
        train_ch5(net, [(X[:3], y[:3])])    # all that there is


def test_what_worked_in_the_edition_works(capsys):
    """Regression in train_ch3, bytes in a net that casts, one example."""
    train_ch3(make_net(nn.Dense(1)), [(X, y + 0.5)], gloss.L2Loss())
    train_ch5(make_net(nn.Lambda(lambda X: X.astype('float32') / 255),
                       nn.Dense(10)), [((X * 255).astype('uint8'), y)])
    train_ch5(make_net(), [(X[:1], y[:1].reshape((1, 1)))])
    double = make_net()
    double.cast('float64')
    train_ch5(double, [(X.astype('float64'), y)])


def test_errors_of_the_readers_own_stay_as_they_are(capsys):
    class Mine(nn.Block):
        def forward(self, X):
            raise ValueError('mine')
    with pytest.raises(ValueError, match='^mine$'):
        evaluate(Mine(), [(X, y)])


def test_only_shapes_are_looked_at_in_every_batch(monkeypatch, capsys):
    looked = []
    for name in ('require_arrays', 'require_labels_of_shape',
                 'require_classes', 'require_whole_numbers'):
        monkeypatch.setattr(first_batch, name,
                            lambda *args, name=name: looked.append(name))
    evaluate(make_net(), [(X, y)] * 3)
    assert len(looked) == 6
    assert looked.count('require_labels_of_shape') == 3
