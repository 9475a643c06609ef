"""A bar over the batches of an epoch, for whoever watches."""
import contextlib
import os
import sys
import time

from tqdm import tqdm

from . import epochs

_REDRAW = 0.2       # seconds


class Bars:
    """Where the bars of a training are shown, if anybody looks.

    That is a terminal (stderr), or a place in the output of a notebook. The
    environment variable `D2L_PROGRESS=0` turns them off; `shown` is False
    for all workers but one.
    """

    def __init__(self, shown=True):
        self.screen = None
        if not shown or os.environ.get('D2L_PROGRESS') == '0':
            return
        if sys.stderr is not None and sys.stderr.isatty():
            self.screen = sys.stderr
        elif _watched_notebook():
            self.screen = _Output()

    @contextlib.contextmanager
    def show(self, title, data_iter):
        """A bar that is gone when the `with` ends.

        Yields
        ------
        function
            To be told of each batch that is done: how many images it had,
            the sum of its losses, and how many losses those were.
        """
        if self.screen is None:
            yield _nothing
            return
        width = getattr(self.screen, 'width', None)
        # smoothing=0: the rate and the time left are those of all batches
        with _Tqdm(desc=title, total=length(data_iter), file=self.screen,
                   leave=False, mininterval=0, miniters=1, smoothing=0,
                   ncols=width, dynamic_ncols=width is None,
                   unit='batch') as bar:
            yield _Counter(bar)


class _Tqdm(tqdm):
    monitor_interval = 0    # no thread of its own: loaders may fork


class _Counter:
    """Adds up batches, and draws the bar a few times a second."""

    def __init__(self, bar):
        self.bar = bar
        self.start = self.drawn = time.time()
        self.batches = self.images = self.num_losses = 0
        self.loss = 0.0

    def __call__(self, num_images, l=0.0, num_losses=0):
        self.batches += 1
        self.images += num_images
        self.loss += l
        self.num_losses += num_losses
        now = time.time()
        if now - self.drawn < _REDRAW:
            return
        self.drawn = now
        text = '%.0f images/s' % (self.images / (now - self.start))
        if self.num_losses:
            text = 'loss %.4f, %s' % (self.loss / self.num_losses, text)
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(self.batches - self.bar.n)


def _nothing(*args):
    pass


def length(data_iter):
    """How many batches an epoch has; None where nobody knows."""
    most = epochs.max_batches()
    try:
        total = len(data_iter)
    except TypeError:
        return most
    return total if most is None else min(total, most)


def _watched_notebook():
    """Whether this is a notebook that somebody sits before.

    Such a one may be asked for input; what runs notebooks unattended
    (nbclient, nbconvert, nbval, papermill) says that it may not.
    """
    IPython = sys.modules.get('IPython')
    kernel = getattr(IPython and IPython.get_ipython(), 'kernel', None)
    try:
        return kernel.get_parent('shell')['content']['allow_stdin']
    except (AttributeError, KeyError):
        return False


class _Output:
    """A line of a notebook's output that is written anew.

    In the stream of stderr every epoch would leave an empty line behind.
    """
    encoding, width = 'utf-8', 90   # asked for by tqdm

    def __init__(self):
        from IPython.display import display
        self.handle = display({'text/plain': ''}, raw=True, display_id=True)

    def write(self, text):
        self.handle.update({'text/plain': text.strip()}, raw=True)

    def flush(self):
        pass
