"""Optimisation, compared with NumPy, closed forms and the book's loops."""
import re

import numpy as np
import pytest
from mxnet import gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

import d2l
import reference

pytestmark = pytest.mark.usefixtures('close_figures')


def test_train_2d_takes_20_steps_of_the_trainer(capsys):
    """Gradient descent on a quadratic function has a closed form."""
    def trainer(x1, x2, s1, s2):
        assert (s1, s2) == (len(seen), -len(seen))
        seen.append((x1, x2))
        return x1 - 0.1 * 2 * x1, x2 - 0.1 * 4 * x2, s1 + 1, s2 - 1
    seen = []
    res = d2l.train_2d(trainer)
    np.testing.assert_allclose(
        res, [(-5 * 0.8 ** i, -2 * 0.6 ** i) for i in range(21)])
    assert res[0] == (-5, -2) and seen == res[:-1]
    assert capsys.readouterr().out == 'epoch 20, x1 %f, x2 %f\n' % res[-1]


def test_get_data_ch7_standardises_every_column(data_dir):
    raw = np.random.RandomState(0).uniform(-5, 100, (1503, 6))
    np.savetxt(str(data_dir / 'airfoil_self_noise.dat'), raw, delimiter='\t')
    features, labels = d2l.get_data_ch7()
    assert features.shape == (1503, 5) and labels.shape == (1503,)
    assert features.dtype == labels.dtype == np.float32
    data = np.column_stack([features.asnumpy(), labels.asnumpy()])
    np.testing.assert_allclose(data.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(data.std(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(
        data, (raw - raw.mean(axis=0)) / raw.std(axis=0), atol=1e-5)


def test_get_data_ch7_says_where_to_get_the_file(data_dir):
    with pytest.raises(FileNotFoundError, match=(
            r'(?s)\.\./data/airfoil_self_noise.dat does not exist.*'
            + re.escape(str(data_dir)) + '.*NASA.*book.*repository.*d2l-en')):
        d2l.get_data_ch7()


@pytest.fixture
def regression(seed):
    X = nd.random.normal(shape=(205, 3))    # with a short last batch
    return X, nd.dot(X, nd.array([2, -3, 4])) + 1


def momentum(params, states, hyperparams):
    for p, v in zip(params, states):
        v[:] = hyperparams['momentum'] * v + hyperparams['lr'] * p.grad
        p[:] -= v


def reference_train_ch7(features, labels, batch_size, num_epochs):
    """The losses of train_ch7, by the book's loop."""
    w = nd.random.normal(scale=0.01, shape=(features.shape[1], 1))
    b = nd.zeros(1)
    for param in (w, b):
        param.attach_grad()
    states = [nd.zeros((3, 1)), nd.zeros(1)]

    def loss(y_hat, y):
        return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
    return reference.train_ch7(
        lambda X: nd.dot(X, w) + b, loss, lambda *args: loss(*args).mean(),
        lambda n: momentum([w, b], states, {'lr': 0.02, 'momentum': 0.5}),
        features, labels, batch_size, num_epochs)


def reference_train_gluon_ch7(features, labels, batch_size, num_epochs):
    """The losses of train_gluon_ch7, by the book's loop."""
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=0.01))
    trainer = gluon.Trainer(net.collect_params(), 'adam',
                            {'learning_rate': 0.05})
    loss = gloss.L2Loss()
    return reference.train_ch7(net, loss, loss, trainer.step, features, labels,
                          batch_size, num_epochs)


@pytest.mark.parametrize('batch_size, num_epochs', [
    ((), ()), (10, 3), (50, 1), (205, 2)])
@pytest.mark.parametrize('use_gluon', [False, True])
def test_train_ch7_plots_the_losses_of_the_books_loop(
        use_gluon, batch_size, num_epochs, regression, seed, capsys):
    args = [batch_size, num_epochs] if batch_size else []
    seed()
    if use_gluon:
        result = d2l.train_gluon_ch7('adam', {'learning_rate': 0.05},
                                     *regression, *args)
    else:
        result = d2l.train_ch7(momentum, [nd.zeros((3, 1)), nd.zeros(1)],
                               {'lr': 0.02, 'momentum': 0.5}, *regression,
                               *args)
    assert result is None
    seed()
    reference_losses = (reference_train_gluon_ch7 if use_gluon
                        else reference_train_ch7)
    expected = reference_losses(*regression, *args or (10, 2))
    axes, = d2l.plt.gcf().axes
    x, ls = axes.lines[0].get_data()
    np.testing.assert_array_equal(np.asarray(ls, 'float32'), expected)
    np.testing.assert_allclose(
        x, np.linspace(0, num_epochs or 2, len(expected)))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('epoch', 'loss')
    assert tuple(d2l.plt.gcf().get_size_inches()) == (3.5, 2.5)
    out = capsys.readouterr().out
    assert re.fullmatch(r'loss: %f, \d+\.\d{6} sec per epoch\n'
                        % expected[-1], out), out


def test_train_gluon_ch7_requires_a_positive_batch_size(regression):
    with pytest.raises(ValueError, match='batch_size must be.*is 0'):
        d2l.train_gluon_ch7('sgd', {}, *regression, batch_size=0)


def test_train_ch7_requires_an_integer_number_of_epochs(regression):
    with pytest.raises(ValueError, match='num_epochs must be.*is 1.5'):
        d2l.train_ch7(momentum, [], {}, *regression, num_epochs=1.5)
