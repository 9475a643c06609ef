"""What MXNet's engine computes with, asked in its own thread."""
import ctypes
import threading

from limits import LIMIT
from mxnet.base import _LIB, check_call

from d2l.compat.threads import team


def count_threads():
    """The number of threads of the next operator."""
    counts, is_done = [], threading.Event()

    @team._FUNCTION
    def count(run_context, parameter):
        counts.append(_LIB.omp_get_max_threads())
        is_done.set()

    check_call(_LIB.MXEnginePushSync(
        count, None, None, ctypes.byref(team._CPU), None, 0, None, 0, None, 0,
        b'count_threads'))
    assert is_done.wait(LIMIT)
    return counts[0]
