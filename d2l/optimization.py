"""Optimisation algorithms, compared on chapter 7's data."""
import time

import numpy as np
from mxnet import gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from . import checks, figures, files
from .loader import shuffled_batches
from .scratch import linreg, squared_loss
from .training import epochs


def train_2d(trainer):
    """Take 20 steps from (-5, -2) and print the last point.

    Parameters
    ----------
    trainer : function
        `trainer(x1, x2, s1, s2)` returns the four values after a step. `s1`
        and `s2` are the algorithm's state and start at 0.

    Returns
    -------
    list of tuple
        The 21 points (x1, x2).

    Examples
    --------
    >>> res = d2l.train_2d(
    ...     lambda x1, x2, s1, s2: (x1 - 0.2 * x1, x2 - 0.4 * x2, 0, 0))
    epoch 20, x1 -0.057646, x2 -0.000073
    >>> len(res)
    21
    """
    x1, x2, s1, s2 = -5, -2, 0, 0
    res = [(x1, x2)]
    for _ in range(20):
        x1, x2, s1, s2 = trainer(x1, x2, s1, s2)
        res.append((x1, x2))
    print('epoch %d, x1 %f, x2 %f' % (20, x1, x2))
    return res


def get_data_ch7():
    """Load chapter 7's data, the noise of airfoils, from ../data.

    Returns
    -------
    features : NDArray
        float32, shape (1503, 5); each column has mean 0 and standard
        deviation 1.
    labels : NDArray
        float32, shape (1503,), standardised likewise.

    Raises
    ------
    FileNotFoundError
        ../data/airfoil_self_noise.dat does not exist.

    Examples
    --------
    >>> features, labels = d2l.get_data_ch7()  # doctest: +SKIP
    """
    data = np.genfromtxt(files.find_book_file('airfoil_self_noise.dat'),
                         delimiter='\t')
    data = (data - data.mean(axis=0)) / data.std(axis=0)
    return nd.array(data[:, :-1]), nd.array(data[:, -1])


def train_ch7(trainer_fn, states, hyperparams, features, labels,
              batch_size=10, num_epochs=2):
    """Train linear regression with your own algorithm and plot the loss.

    The loss is recorded at the start and after every 100 examples. Prints
    `loss: %f, %f sec per epoch`.

    Parameters
    ----------
    trainer_fn : function
        `trainer_fn([w, b], states, hyperparams)` updates both parameters in
        place, using their gradients of the mean loss of a batch.
    states : object
        The algorithm's state.
    hyperparams : dict
        The algorithm's hyperparameters.
    features : NDArray
        Shape (n, inputs).
    labels : NDArray
        Shape (n,).
    batch_size, num_epochs : int, optional

    Examples
    --------
    >>> def sgd(params, states, hyperparams):
    ...     for p in params:
    ...         p[:] = p - hyperparams['lr'] * p.grad
    >>> d2l.train_ch7(sgd, None, {'lr': 0.05}, features,
    ...               labels)  # doctest: +SKIP
    loss: 0.243214, 0.298146 sec per epoch
    """
    w = nd.random.normal(scale=0.01, shape=(features.shape[1], 1))
    b = nd.zeros(1)
    w.attach_grad()
    b.attach_grad()

    def loss(X, y):
        return squared_loss(linreg(X, w, b), y)

    _train_ch7(loss, lambda X, y: loss(X, y).mean(),
               lambda: trainer_fn([w, b], states, hyperparams),
               features, labels, batch_size, num_epochs)


def train_gluon_ch7(trainer_name, trainer_hyperparams, features, labels,
                    batch_size=10, num_epochs=2):
    """Train linear regression with a Gluon optimizer and plot the loss.

    Records and prints what `train_ch7` does.

    Parameters
    ----------
    trainer_name : str or Optimizer
        The optimizer, as passed to `gluon.Trainer`.
    trainer_hyperparams : dict
        The algorithm's hyperparameters.
    features : NDArray
        Shape (n, inputs).
    labels : NDArray
        Shape (n,).
    batch_size, num_epochs : int, optional

    Examples
    --------
    >>> d2l.train_gluon_ch7('sgd', {'learning_rate': 0.05}, features,
    ...                     labels)  # doctest: +SKIP
    loss: 0.245021, 0.271356 sec per epoch
    """
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=0.01))
    l2_loss = gloss.L2Loss()
    trainer = gluon.Trainer(net.collect_params(), trainer_name,
                            trainer_hyperparams)

    def loss(X, y):
        return l2_loss(net(X), y)

    _train_ch7(loss, loss, lambda: trainer.step(batch_size),
               features, labels, batch_size, num_epochs)


def _train_ch7(loss, batch_loss, update, features, labels, batch_size,
               num_epochs):
    """The loop that train_ch7 and train_gluon_ch7 share.

    `loss` is evaluated and plotted; `batch_loss` is differentiated.
    """
    batch_size = checks.require_positive_int(batch_size, 'batch_size')
    num_epochs = checks.require_positive_int(num_epochs, 'num_epochs')

    def eval_loss():
        return float(loss(features, labels).mean().asscalar())

    ls = [eval_loss()]
    for _ in range(num_epochs):
        start = time.time()
        for i, (X, y) in enumerate(
                shuffled_batches(batch_size, features, labels)):
            epochs.step(lambda X, y: ([batch_loss(X, y)],), update, X, y)
            if (i + 1) * batch_size % 100 == 0:
                ls.append(eval_loss())
    print('loss: %f, %f sec per epoch' % (ls[-1], time.time() - start))
    figures.plot_losses(ls, num_epochs)
