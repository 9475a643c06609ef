"""Training and evaluating classifiers."""
import mxnet as mx
from mxnet.gluon import loss as gloss

from . import checks
from .history import as_history
from .scratch import sgd
from .training import batches, epochs, loop, parts, preflight
from .training.graph import Graph
from .training.run import Run, SgdUpdater, TrainerUpdater


def evaluate_accuracy(data_iter, net, ctx=[mx.cpu()]):
    """Share of the examples that `net` classifies correctly.

    Parameters
    ----------
    data_iter : iterable
        Yields `(X, y)`, or batches of `mxnet.io`: examples and their
        labels, shape (batch,); shape (batch, height, width) where every
        pixel has one.
    net : Block or function
        Maps `X` to scores, shape (batch, classes), or (batch, classes,
        height, width).
    ctx : Context or list of Context, optional
        The devices; a batch is split among several.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    TypeError
        `ctx` is something else, `net` comes first, or the batches are not
        of NDArrays.
    ValueError
        `net` is not initialised on `ctx`, `data_iter` is empty, `net`
        cannot compute with its first batch, or the labels are not the
        numbers of classes.

    Examples
    --------
    >>> X, y = nd.array([[0.9, 0.1], [0.2, 0.8]]), nd.array([0, 0])
    >>> d2l.evaluate_accuracy([(X, y)], lambda X: X)
    0.5
    """
    checks.require_data_first(data_iter)
    preflight.require_net(net)
    checks.require_data(data_iter)
    ctxs = checks.require_contexts(ctx)
    preflight.require_initialized(net, ctxs)
    batches.announce_rehearsal()
    num_correct, num_labels = epochs.count_correct(
        Graph(net),
        parts.iterate_parts(parts.beside_net(data_iter, ctxs)), ctxs)
    return num_correct / num_labels


def train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size,
              params=None, lr=None, trainer=None, *, history=None,
              checkpoint=None):
    """Train a classifier on the CPU, by a trainer or by `d2l.sgd`.

    `loss` is summed over a batch. Each epoch prints a line. The environment
    variable `D2L_MAX_BATCHES` makes it a rehearsal, as in `train_ch5`.

    Parameters
    ----------
    net : Block or function
        Maps `X` to scores, shape (batch, classes).
    train_iter, test_iter : iterable
        Yield `(X, y)`: examples and their labels, shape (batch,).
    loss : Block or function
        Losses, shape (batch,), of scores and labels.
    num_epochs : int
        Passes through `train_iter`.
    batch_size : int
        The gradients are divided by it.
    params : list of NDArray, optional
        `d2l.sgd` changes them, at the learning rate `lr`, if there is no
        `trainer`; their gradients are attached.
    lr : float, optional
    trainer : gluon.Trainer, optional
        Updates the parameters of `net`.
    history, checkpoint : optional
        As in `train_ch5`.

    Raises
    ------
    TypeError
        Neither `trainer` nor `params` and `lr` are given.
    ValueError
        As in `train_ch5`.

    Examples
    --------
    >>> d2l.train_ch3(net, train_iter, test_iter, gloss.SoftmaxCELoss(),
    ...               num_epochs=5, batch_size=256, params=[W, b],
    ...               lr=0.1)  # doctest: +SKIP
    epoch 1, loss 0.7893, train acc 0.745, test acc 0.806
    """
    batch_size = checks.require_positive_int(batch_size, 'batch_size')
    if trainer is not None:
        updater = TrainerUpdater(trainer, batch_size)
    elif params is not None and lr is not None:
        updater = SgdUpdater(sgd, params, lr, batch_size)
    else:
        raise TypeError('train_ch3 needs params and lr, which it gives to '
                        'd2l.sgd, or a trainer, but got neither in '
                        'full: call train_ch3(..., params=[W, b], lr=0.1) '
                        'or train_ch3(..., trainer=trainer)')
    run = Run(net, loss, updater, [mx.cpu()])
    loop.train(run, train_iter, test_iter, num_epochs,
               as_history(history), checkpoint)


def train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx,
              num_epochs, *, history=None, checkpoint=None):
    """Train a classifier and print the results, epoch by epoch.

    Softmax cross-entropy, summed over a batch; `trainer.step(batch_size)`
    after every batch. The environment variable `D2L_MAX_BATCHES` limits the
    batches of an epoch, in training and in evaluation: a rehearsal, whose
    figures mean nothing.

    Parameters
    ----------
    net : Block
        Maps `X` to scores, shape (batch, classes).
    train_iter, test_iter : iterable
        Yield `(X, y)`: examples and their labels, shape (batch,).
    batch_size : int
        The gradients are divided by it.
    trainer : gluon.Trainer
        Updates the parameters of `net`. With `kvstore='dist_sync'`, and
        started by `python -m d2l.launch`, several processes train together:
        each computes with its part of every batch, one prints, and the
        result is that of one process.
    ctx : Context
        The device; `net` is initialised on it.
    num_epochs : int
        Passes through `train_iter`.
    history : History, optional
        The figures of every epoch are appended to it.
    checkpoint : str, optional
        A folder to save every epoch in. The same call resumes after the
        last epoch saved there, and ends with the numbers of an
        uninterrupted run; with a larger `num_epochs` it trains on.

    Raises
    ------
    TypeError
        `ctx` is not a device, `trainer` is not a trainer, the arguments
        are those of another edition, or the batches are not of NDArrays.
    ValueError
        `batch_size` or `num_epochs` is not a positive integer, `net` is not
        initialised on `ctx`, `net` cannot compute with the first batch, a
        label is not the number of a class of `net`, there are no batches,
        `trainer` was made for other parameters, or `checkpoint` holds
        another training or a damaged file.
    MemoryError
        The device has too little memory for a batch.
    KeyboardInterrupt
        Ctrl-C or the notebook's stop button; the batch that was being
        computed is completed first.

    Warns
    -----
    RuntimeWarning
        The loss became nan or infinite.
    UserWarning
        An epoch could not be saved in `checkpoint`, or `batch_size` is not
        that of the data iterator.

    Examples
    --------
    >>> d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer,
    ...               ctx, num_epochs=5)  # doctest: +SKIP
    training on cpu(0)
    epoch 1, loss 2.3185, train acc 0.101, test acc 0.100, time 5.2 sec
    """
    batch_size = checks.require_positive_int(batch_size, 'batch_size')
    run = Run(net, gloss.SoftmaxCrossEntropyLoss(),
              TrainerUpdater(trainer, batch_size),
              [checks.require_context(ctx)])
    loop.train(run, train_iter, test_iter, num_epochs,
               as_history(history), checkpoint,
               training_on=ctx)


def train(train_iter, test_iter, net, loss, trainer, ctx, num_epochs, *,
          history=None, checkpoint=None):
    """Train on one or several devices and print the results.

    Prints as `train_ch5` does. A batch is split among the devices, and
    `trainer.step` is given the number of its examples. The environment
    variable `D2L_MAX_BATCHES` makes it a rehearsal, as there.

    Parameters
    ----------
    train_iter, test_iter : iterable
        Yield `(X, y)`: examples and their labels, shape (batch,); shape
        (batch, height, width) where every pixel has one. Labels are given
        to `loss` in the dtype of the scores.
    net : Block
        Maps `X` to scores, shape (batch, classes), or (batch, classes,
        height, width).
    loss : Block or function
        Losses of scores and labels.
    trainer : gluon.Trainer
        Updates the parameters of `net`; over several processes too, as in
        `train_ch5`.
    ctx : Context or list of Context
        The devices; `net` is initialised on all of them.
    num_epochs : int
        Passes through `train_iter`.
    history, checkpoint : optional
        As in `train_ch5`.

    Raises
    ------
    TypeError
        `ctx` is neither a device nor a list of devices, or `trainer` is no
        trainer.
    ValueError
        As in `train_ch5`.

    Examples
    --------
    >>> d2l.train(train_iter, test_iter, net, loss, trainer,
    ...           d2l.try_all_gpus(), num_epochs=5)  # doctest: +SKIP
    training on [gpu(0), gpu(1)]
    epoch 1, loss 0.8417, train acc 0.702, test acc 0.799, time 9.0 sec
    """
    run = Run(net, loss, TrainerUpdater(trainer), checks.require_contexts(ctx),
              is_per_loss=True)
    loop.train(run, train_iter, test_iter, num_epochs,
               as_history(history), checkpoint,
               training_on=ctx)
