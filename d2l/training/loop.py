"""The loop of train_ch3, train_ch5 and train: epoch by epoch."""
import itertools
import time

from .. import checks, gluon_internals
from ..checkpoints.checkpoint import open_checkpoint
from ..compat import threads
from . import (
    batches,
    epochs,
    failures,
    first_batch,
    interrupts,
    preflight,
    progress,
    workers,
)
from .parts import beside_net


@interrupts.between_batches
def train(run, train_iter, test_iter, num_epochs, history, checkpoint=None,
          training_on=None):
    """Train, print a line for each epoch, and keep its figures and state.

    Parameters
    ----------
    run : Run
    train_iter, test_iter : iterable
        Yield `(X, y)`.
    num_epochs : int
    history : History
        The figures of each epoch are appended to it.
    checkpoint : str, optional
        A folder to keep each epoch in, and to resume from.
    training_on : Context or list of Context, optional
        Printed before the first epoch. Without it no seconds are printed
        either.
    """
    num_epochs = checks.require_positive_int(num_epochs, 'num_epochs')
    checks.require_folder_name(checkpoint)
    preflight.require_ready(run, train_iter, test_iter)
    train_iter, test_iter = (beside_net(data_iter, run.ctxs)
                             for data_iter in (train_iter, test_iter))
    group = workers.join(run.trainer)
    group.share_random_state()
    if group.is_main:
        batches.announce_rehearsal()
    run.num_batches = batches.count_batches(train_iter)
    divergence = failures.DivergenceWarning(run, group.is_main)
    bars = progress.ProgressBars(group.is_main)
    with group.training(), preflight.remember_placements(run.trainer), \
            open_checkpoint(checkpoint, run, history, group) as saved:
        first_epoch = saved.resume(num_epochs) + 1
        group.require_agreement(run, num_epochs=num_epochs, epoch=first_epoch)
        if first_epoch > num_epochs:
            return
        if training_on is not None and group.is_main:
            print('training on', training_on)
        saved.seed = group.broadcast_int(saved.seed)
        with saved.keep_threads():
            if group.is_main:
                threads.announce()
            for epoch in range(first_epoch, num_epochs + 1):
                saved.begin_epoch(epoch)
                start = time.perf_counter()
                parts = group.iterate_parts(train_iter)
                if epoch == first_epoch:
                    parts = _begin(group, run, parts)
                with bars.show('epoch %d' % epoch, train_iter,
                               num_epochs - epoch + 1
                               if epoch == first_epoch else None) as bar:
                    totals = epochs.train_epoch(run, parts,
                                                divergence.watch(epoch, bar))
                totals = epochs.Totals(*group.sum_numbers(totals))
                group.average_states(run.net)
                seconds = _seconds_since(start)
                with bars.show('epoch %d, test' % epoch, test_iter) as bar:
                    test_acc = _evaluate(group, run, test_iter, bar)
                figures = _figures(run, totals, seconds, test_acc=test_acc,
                                   seconds=_seconds_since(start),
                                   threads=threads.count())
                if group.is_main:
                    print(epoch_line(epoch, figures,
                                     with_time=training_on is not None))
                history.append(**figures)
                saved.save(epoch)


def _evaluate(group, run, data_iter, watch):
    """The share of the labels that the net predicts."""
    has_classes = gluon_internals.label_axis(run.loss) is not None
    num_correct, num_labels = group.sum_numbers(epochs.count_correct(
        run.graph, group.iterate_parts(data_iter), run.ctxs, watch,
        has_classes))
    return num_correct / num_labels


def _figures(run, totals, train_seconds, **others):
    """The figures of an epoch, by name."""
    n = totals.num_losses if run.is_per_loss else totals.num_labels
    return dict(loss=totals.loss / n,
                train_acc=totals.correct / totals.num_labels,
                images_per_sec=totals.num_examples / train_seconds, **others)


def _seconds_since(start):
    """Seconds since `start`, above 0 even where the clock stands still."""
    return max(time.perf_counter() - start, 1e-9)


def epoch_line(epoch, figures, with_time):
    """The line that is printed after an epoch."""
    line = ('epoch %d, loss %.4f, train acc %.3f, test acc %.3f'
            % (epoch, figures['loss'], figures['train_acc'],
               figures['test_acc']))
    return line + (', time %.1f sec' % figures['seconds'] if with_time
                   else '')


def _begin(group, run, parts):
    """Begin with the first batch; returns all of `parts`."""
    first = next(parts, None)
    if first is None:       # train_epoch raises an error
        return parts
    first_batch.warn_of_batch_size(run, first[0])
    group.begin(run, *first)
    return itertools.chain([first], parts)
