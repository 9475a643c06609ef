"""A progress bar over the batches of an epoch."""
import contextlib
import os
import sys
import time

from tqdm import tqdm

from .. import notebook
from .batches import count_batches

_REDRAW = 0.2       # seconds
# loss and speed come first: a narrow terminal cuts off the end
_FORMAT = ('{desc}{postfix} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}, '
           '{remaining} left')
# a training that takes longer is announced, after so many seconds of it
_LONG, _ESTIMATE_AFTER = 600, 10


class ProgressBars:
    """Shows progress bars where output is interactive.

    That is a terminal (stderr), or an attended notebook. The environment
    variable `D2L_PROGRESS=0` turns them off.

    Parameters
    ----------
    is_main : bool
        Whether this process shows them: only one of several workers does.
    """

    def __init__(self, is_main=True):
        self.screen = None
        if not is_main or os.environ.get('D2L_PROGRESS') == '0':
            return
        if sys.stderr is not None and sys.stderr.isatty():
            self.screen = sys.stderr
        elif notebook.is_attended():
            self.screen = _NotebookLine()

    @contextlib.contextmanager
    def show(self, title, data_iter, num_epochs=None):
        """A bar that disappears when the `with` ends.

        Parameters
        ----------
        title : str
        data_iter : iterable
            Its batches are counted.
        num_epochs : int, optional
            So many epochs follow from here: if they take long, say so.

        Yields
        ------
        function
            Call it after each batch with `(num_images, l, num_losses)`; leave
            out the last two if there is no loss.
        """
        if self.screen is None:
            yield _show_nothing
            return
        width = getattr(self.screen, 'width', None)
        # smoothing=0: the rate and the time left are those of all batches
        with _Tqdm(desc=title, total=count_batches(data_iter),
                   file=self.screen, leave=False, mininterval=0, miniters=1,
                   smoothing=0, ncols=width, dynamic_ncols=width is None,
                   bar_format=_FORMAT) as bar:
            yield _BatchCounter(bar, num_epochs)


class _Tqdm(tqdm):
    monitor_interval = 0    # no thread of its own: loaders may fork


class _BatchCounter:
    """Adds up batches, and draws the bar a few times a second."""

    def __init__(self, bar, num_epochs):
        self.bar, self.num_epochs = bar, num_epochs
        self.start = self.drawn = time.perf_counter()
        self.batches = self.images = self.num_losses = 0
        self.loss = 0.0

    def __call__(self, num_images, l=0.0, num_losses=0):
        self.batches += 1
        self.images += num_images
        self.loss += l
        self.num_losses += num_losses
        now = time.perf_counter()
        if now - self.drawn < _REDRAW:
            return
        self.drawn = now
        text = '%.0f images/s' % (self.images / (now - self.start))
        if self.num_losses:
            text = 'loss %.4f, %s' % (self.loss / self.num_losses, text)
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(self.batches - self.bar.n)
        if self.num_epochs and now - self.start > _ESTIMATE_AFTER:
            self._announce_long_training(now - self.start)
            self.num_epochs = None

    def _announce_long_training(self, seconds):
        if self.bar.total:
            seconds *= self.num_epochs * self.bar.total / self.batches
            if seconds > _LONG:
                _Tqdm.write('At this speed, the training takes about %s.\n'
                            'To rehearse it, interrupt it and set '
                            'D2L_MAX_BATCHES=4.' % _describe(seconds),
                            file=sys.stderr)


def _describe(seconds):
    if seconds < 5400:
        return '%d minutes' % round(seconds / 60)
    return '%.1f hours' % (seconds / 3600)


def _show_nothing(*args):
    pass


class _NotebookLine:
    """A line of a notebook's output, as a file for tqdm to write to.

    In the stream of stderr every epoch would leave an empty line behind.
    """
    encoding, width = 'utf-8', 90   # tqdm asks for them

    def __init__(self):
        self.update = notebook.display_in_place({'text/plain': ''}, raw=True)

    def write(self, text):
        self.update({'text/plain': text.strip()})

    def flush(self):
        pass
