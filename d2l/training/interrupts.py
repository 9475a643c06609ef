"""Ctrl-C, and a notebook's stop button, end training between two batches."""
import functools
import signal
import threading

_asked = False


def between_batches(function):
    """`function`, within which an interrupt waits for the next `check`.

    Anywhere else it could leave half of the parameters updated, or a graph
    half compiled. A second one does not wait. Handlers of the reader's own
    are left alone, as are threads, which get no signals.
    """
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        global _asked
        main = threading.current_thread() is threading.main_thread()
        if not main or signal.getsignal(signal.SIGINT) != \
                signal.default_int_handler:
            function(*args, **kwargs)
            return
        _asked = False
        signal.signal(signal.SIGINT, _ask)
        try:
            function(*args, **kwargs)
            check()
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _asked = False
    return wrapper


def _ask(signum, frame):
    global _asked
    if _asked:
        signal.default_int_handler(signum, frame)
    _asked = True


def check():
    """Ends here what was interrupted."""
    if _asked:
        raise KeyboardInterrupt('training was interrupted between two '
                                'batches; the net can be used as it is')
