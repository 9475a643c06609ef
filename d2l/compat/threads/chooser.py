"""Chooses the number of threads while MXNet computes."""
import contextlib
import functools
import sys
import time

from ..repairs import after
from .load import between, sample
from .policy import Policy
from .settings import cores, is_adaptable
from .team import can_set, is_safe, set_team

_INTERVAL = 0.2     # seconds between two looks; 20 of the ticks that are read

_chooser = None     # where the number may change
_is_announced = False


class Chooser:
    """Keeps MXNet's number of threads at what `Policy` says.

    Parameters
    ----------
    num_cores : int
        The number that MXNet was loaded with.

    Attributes
    ----------
    num_threads : int
        What MXNet computes with.
    others : float
        Processors that other programs used at the last look.
    is_kept : bool
        Whether the number must stay.
    """

    def __init__(self, num_cores):
        self.num_cores = self.num_threads = num_cores
        self.policy, self.others, self.is_kept = Policy(num_cores), 0, False
        self.last = sample()

    def look(self):
        """Change the number if need be; most calls return at once."""
        if time.monotonic() - self.last.time < _INTERVAL or self.is_kept:
            return
        now = sample()
        if now is None:
            return
        load, self.last = between(self.last, now), now
        self.others = load.others
        self.policy.update(now.time, load)
        if self.policy.num_threads != self.num_threads and is_safe():
            self.set_number(self.policy.num_threads)

    def set_number(self, num_threads):
        if num_threads != self.num_threads:
            set_team(num_threads)
            self.num_threads = self.policy.num_threads = num_threads


def start():
    """Begin to choose, if MXNet was loaded for that."""
    global _chooser
    if is_adaptable() and can_set():
        _chooser = Chooser(cores())


def look():
    """Let the number of threads follow the load; for every loop.

    A call takes a microsecond. Several times a second, one looks at what
    other programs do, which takes some tenths of a millisecond.
    """
    if _chooser is not None:
        _chooser.look()


@after('mxnet.autograd')
def choose_threads(module):
    """MXNet 1.9.1 never changes its number of threads on a busy machine.

    Every training loop calls record(), so the number may change before each
    step. d2l's own loops also look while they evaluate.
    """
    record = module.record
    start()

    @functools.wraps(record)
    def record_with_threads(train_mode=True):
        look()
        return record(train_mode)

    module.record = record_with_threads


@contextlib.contextmanager
def keep(num_threads=None):
    """Compute with one number of threads throughout.

    Parameters
    ----------
    num_threads : int, optional
        By default, what is chosen now. Otherwise this number, unless the
        user has decided on one or there are fewer cores.

    Yields
    ------
    int
        The number.
    """
    if _chooser is None or _chooser.is_kept:
        yield count()
        return
    if num_threads is None:
        look()
    elif num_threads <= _chooser.num_cores and is_safe():
        _chooser.set_number(num_threads)
    _chooser.is_kept = True
    try:
        yield _chooser.num_threads
    finally:
        _chooser.is_kept = False


def count():
    """The threads that MXNet computes with on a CPU now."""
    if _chooser is not None:
        return _chooser.num_threads
    from mxnet.base import _LIB
    # without OpenMP there is one
    return getattr(_LIB, 'omp_get_max_threads', lambda: 1)()


def is_choosing():
    """Whether the number of threads follows the load."""
    return _chooser is not None


def announce():
    """Tell the user, once, if other programs leave no core idle."""
    global _is_announced
    look()
    if (_chooser is None or _is_announced
            or _chooser.num_cores - _chooser.others >= 1.5):
        return
    _is_announced = True
    print('Other programs use %.1f of the %d processor cores, so MXNet '
          'computes with %s%s.' % (
              _chooser.others, _chooser.num_cores,
              'one thread' if _chooser.num_threads == 1
              else '%d threads' % _chooser.num_threads,
              '' if _chooser.is_kept
              else ', and with more when they leave some idle'),
          file=sys.stderr, flush=True)
