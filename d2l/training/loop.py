"""The loop of train_ch3, train_ch5 and train: epoch by epoch."""
import math
import time

from mxnet.gluon import loss as gloss

from .. import amp, checks
from ..checkpoints import checkpoint as checkpoints
from ..history import History
from . import epochs, interrupts, progress, workers
from .graph import Graph


@interrupts.between_batches
def train(net, train_iter, test_iter, loss, update, ctxs, num_epochs,
          trainer, params, told, history, checkpoint, training_on=None,
          per_loss=False):
    """Train, print a line for each epoch, and keep what was asked for.

    Parameters
    ----------
    update : function
        `update(n)` changes the parameters, after a batch of n examples.
    trainer : gluon.Trainer or None
    params : list of NDArray or None
        What `update` changes where there is no trainer.
    told : dict
        Further numbers that all calls with one checkpoint must agree on.
    training_on : Context or list of Context, optional
        Printed before the first epoch; without it no seconds are printed
        either.
    per_loss : bool
        `train` says how large a loss is on average, the others how much of
        it there is for a label; they differ where one loss is the mean over
        many pixels. Only `train` casts the labels.
    """
    num_epochs = checks.require_positive_int(num_epochs, 'num_epochs')
    amp.devices(ctxs)
    checks.parameters(net, ctxs)
    if trainer is not None or params is None:
        checks.trainer(trainer, net, ctxs)
    group = workers.join(trainer)
    group.share_random()
    if group.first:
        epochs.announce_rehearsal()
        if training_on is not None:
            print('training on', training_on)
    # this loss would silently clip what others may have a use for
    label_axis = None
    if isinstance(loss, gloss.SoftmaxCrossEntropyLoss) and loss._sparse_label:
        label_axis = loss._axis
    if per_loss:
        def batch_loss(y_hat, y):
            return loss(y_hat, y.astype(y_hat.dtype))
    else:
        batch_loss = loss
    graph = Graph(net)
    history = History() if history is None else history
    told = dict(told, loss=checkpoints.describe(loss),
                batches=progress.length(train_iter), **amp.settings())
    divergence = checks.Divergence(
        lambda: told['lr'] if trainer is None else
        getattr(trainer, 'learning_rate', math.nan), group.first)
    with group.training(), checks.remembered(trainer), checkpoints.opened(
            checkpoint, net, trainer, params, history, told,
            group=group) as kept:
        first = kept.resume(num_epochs)
        group.agree(net, dict(told, num_epochs=num_epochs, epoch=first + 1))
        kept.seed = group.of_first(kept.seed)
        bars = progress.Bars(group.first)
        for epoch in range(first + 1, num_epochs + 1):
            kept.begin(epoch)
            start = time.time()
            parts = group.parts(train_iter, net)
            with bars.show('epoch %d' % epoch, train_iter) as bar:
                totals = epochs.train_epoch(
                    graph, parts, batch_loss, group.updating(update, parts),
                    ctxs, label_axis, divergence.watch(epoch, bar))
            totals = epochs.Totals(*group.total(totals))
            group.average_states(net)
            trained = time.time()
            with bars.show('epoch %d, test' % epoch, test_iter) as bar:
                correct, n = group.total(epochs.num_correct(
                    group.parts(test_iter), graph, ctxs, bar))
            test_acc = correct / n
            n = totals.num_losses if per_loss else totals.num_labels
            figures = dict(
                loss=totals.loss / n, test_acc=test_acc,
                train_acc=totals.correct / totals.num_labels,
                seconds=time.time() - start)
            line = 'epoch %d, loss %.4f, train acc %.3f, test acc %.3f' % (
                epoch, figures['loss'], figures['train_acc'], test_acc)
            if training_on is not None:
                line += ', time %.1f sec' % figures['seconds']
            if group.first:
                print(line)
            history.append(
                images_per_sec=totals.num_examples / (trained - start),
                **figures)
            kept.save(epoch)
