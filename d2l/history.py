"""Losses, accuracies and times of a training, epoch by epoch."""
import csv
import io
import os

from . import notebook
from .compat.writing import open_regular, write_atomically

FIGURES = ('loss', 'train_acc', 'test_acc', 'seconds', 'images_per_sec',
           'threads')


class History:
    """The figures of a training: `train_ch5(..., history=h)` fills it.

    A training appends the figures that it prints, and its speed. One that
    resumes from a checkpoint first restores the figures of earlier epochs.

    Attributes
    ----------
    loss : list of float
        Mean loss of each epoch.
    train_acc, test_acc : list of float
        Shares of the labels that the net predicted, 0 to 1.
    seconds : list of float
        Duration of each epoch, evaluation on the test set included.
    images_per_sec : list of float
        Training examples per second, evaluation excluded.
    threads : list of int
        Threads that MXNet computed with at the end of each epoch, on the
        CPU; 0 in an older file, which does not say.

    Examples
    --------
    >>> h = d2l.History()
    >>> d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer,
    ...               ctx, num_epochs, history=h)  # doctest: +SKIP
    >>> h.plot()  # doctest: +SKIP
    >>> h.save('lenet.csv')  # doctest: +SKIP
    """

    def __init__(self):
        for name in FIGURES:
            setattr(self, name, [])
        self._redraw = None     # set by plot(live=True)

    def __len__(self):
        return len(self.loss)

    def __repr__(self):
        last = ', '.join('%s %.4g' % (name, getattr(self, name)[-1])
                         for name in FIGURES) if len(self) else ''
        return 'History(%d epochs%s)' % (len(self), last and '; ' + last)

    def append(self, threads=0, **figures):
        """Add an epoch: a number for each figure; `threads` where known."""
        figures['threads'] = threads
        if sorted(figures) != sorted(FIGURES):
            raise TypeError('an epoch of a History has the figures %s, but '
                            'got %s' % (', '.join(FIGURES),
                                        ', '.join(figures) or 'none'))
        # all of them, or none where one is no number
        numbers = {name: (int if name == 'threads' else float)(figures[name])
                   for name in FIGURES}
        for name, number in numbers.items():
            getattr(self, name).append(number)
        if self._redraw is not None:
            self._redraw()

    def columns(self):
        """A copy of the figures, by name."""
        return {name: list(getattr(self, name)) for name in FIGURES}

    def replace(self, columns):
        """Replace all figures by those that `columns` returned."""
        for name in FIGURES:
            # an older checkpoint does not say how many threads there were
            getattr(self, name)[:] = columns.get(name,
                                                 [0] * len(columns['loss']))
        if self._redraw is not None:
            self._redraw()

    def plot(self, live=False):
        """Draw loss and accuracies over the epochs.

        Parameters
        ----------
        live : bool, optional
            In a notebook: draw now, before training, and again in the same
            place after each epoch. Elsewhere it draws once.
        """
        from . import figures
        figures.set_figsize()
        fig, axes = figures.plt.subplots(constrained_layout=True)
        self._draw(axes)
        if not (live and notebook.is_notebook()):
            figures.plt.show()
            return
        update = notebook.display_in_place(fig)
        figures.plt.close(fig)  # or the end of the cell would show it again

        def redraw():
            axes.clear()
            self._draw(axes)
            update(fig)
        self._redraw = redraw

    def _draw(self, axes):
        from matplotlib.ticker import MaxNLocator
        epochs = range(1, len(self) + 1)
        # the later editions' colours and dashes; one point makes no line
        marker = 'o' if len(self) == 1 else None
        for values, style, label in ((self.loss, '-', 'train loss'),
                                     (self.train_acc, 'm--', 'train acc'),
                                     (self.test_acc, 'g-.', 'test acc')):
            axes.plot(epochs, values, style, marker=marker, label=label)
        axes.set_xlabel('epoch')
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid()
        axes.legend()

    def save(self, path):
        """Write the figures as CSV, a line for each epoch.

        Parameters
        ----------
        path : str
            An existing file is replaced.
        """
        text = io.StringIO()
        table = csv.writer(text, lineterminator='\n')
        table.writerow(('epoch',) + FIGURES)
        rows = zip(*(getattr(self, name) for name in FIGURES))
        for epoch, row in enumerate(rows, 1):
            table.writerow([epoch, *map(repr, row)])
        with write_atomically(os.path.expanduser(path)) as file:
            file.write(text.getvalue().encode())

    @classmethod
    def load(cls, path):
        """Read a file that `save` wrote, number for number.

        Parameters
        ----------
        path : str

        Returns
        -------
        History

        Raises
        ------
        ValueError
            The file was not written by `save`.
        """
        history = cls()
        with open_regular(os.path.expanduser(path)) as binary, \
                io.TextIOWrapper(binary, 'utf-8', newline='') as file:
            try:
                head, *rows = csv.reader(file)
                names = FIGURES[:len(head) - 1]
                if head != ['epoch', *names] or names not in (
                        FIGURES, FIGURES[:-1]):     # older: without threads
                    raise ValueError('its first line is %r' % ','.join(head))
                for epoch, row in enumerate(rows, 1):
                    number, *values = map(float, row)
                    if len(values) != len(names):
                        raise ValueError('line %d has %d columns'
                                         % (epoch + 1, len(row)))
                    if number != epoch:
                        raise ValueError('line %d is epoch %g, not %d'
                                         % (epoch + 1, number, epoch))
                    history.append(**dict(zip(names, values)))
            except (TypeError, ValueError, OverflowError,
                    csv.Error) as error:
                raise ValueError(
                    '%s is not a history: expected the columns epoch, %s, '
                    'and a line for each epoch, as History.save writes '
                    'them, but %s' % (path, ', '.join(FIGURES), error)
                ) from None
        return history


def as_history(history):
    """`history`, or a new one for None; raises TypeError for another type."""
    if history is None:
        return History()
    if not isinstance(history, History):
        raise TypeError(
            'history must be a d2l.History, but is a %s: history = '
            'd2l.History(), and history=history in the call'
            % type(history).__name__)
    return history
