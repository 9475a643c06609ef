"""Ctrl-C and a notebook's stop button end training between two batches."""
import functools
import signal
import threading

_is_requested = False


class TrainingInterrupted(KeyboardInterrupt):
    """Ends a training; a notebook shows its message without a traceback."""

    def _render_traceback_(self):   # IPython asks for it
        return ['KeyboardInterrupt: %s' % self]


def between_batches(function):
    """Decorator: within `function` an interrupt waits for the next `check`.

    Elsewhere it could leave half of the parameters updated, or a graph half
    compiled. A second interrupt does not wait. A handler of the reader's own
    stays in place. Only the main thread is affected.
    """
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        global _is_requested
        is_main_thread = (threading.current_thread()
                          is threading.main_thread())
        if not is_main_thread or signal.getsignal(signal.SIGINT) != \
                signal.default_int_handler:
            function(*args, **kwargs)
            return
        _is_requested = False
        signal.signal(signal.SIGINT, _request)
        try:
            function(*args, **kwargs)
            check()
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _is_requested = False
    return wrapper


def _request(signum, frame):
    global _is_requested
    if _is_requested:
        signal.default_int_handler(signum, frame)
    _is_requested = True


def check():
    """Raise TrainingInterrupted if an interrupt is waiting."""
    if _is_requested:
        raise TrainingInterrupted(
            'training was interrupted between two batches; the net can be '
            'used as it is. With checkpoint=, the same call goes on after '
            'the last complete epoch')
