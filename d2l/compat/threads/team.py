"""Gives MXNet's engine another number of threads.

Calling `omp_set_num_threads` in the engine's thread is not enough. MXNet keeps
oneDNN's operators in thread-local variables, and each operator is built for
the number of threads at that time; with more threads, some of them write
outside of their memory. So the engine first gets new threads, which build new
operators: it then computes what a process started with that number would, to
the last bit. MXNet replaces the engine's threads in the same way around every
fork, for example when a DataLoader starts its workers.
"""
import ctypes
import sys
import threading

from ..arm64 import set_num_threads

_STOP = '_ZN5mxnet18LibraryInitializer14atfork_prepareEv'
_START = '_ZN5mxnet18LibraryInitializer13atfork_parentEv'
_FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


class _Context(ctypes.Structure):
    _fields_ = [('device_type', ctypes.c_int), ('device_id', ctypes.c_int)]


_CPU = _Context(1, 0)
_pending = []       # functions that the engine has yet to call


def can_set():
    """Whether the library that is loaded has what `set_team` needs."""
    from mxnet.base import _LIB as lib
    return all(hasattr(lib, name) for name in (
        _STOP, _START, 'MXEnginePushSync', 'MXSetNumOMPThreads'))


def is_safe():
    """Whether no step has begun, and no other thread may call MXNet now."""
    # here, since MXNet imports it anyway: importing d2l stays quick
    from multiprocessing.dummy import DummyProcess

    from mxnet import autograd
    if autograd.is_recording() \
            or threading.current_thread() is not threading.main_thread():
        return False
    if any(isinstance(thread, DummyProcess)     # of a pool of threads
           for thread in threading.enumerate()):
        return False
    own = threading.get_ident()
    return not any(_is_in_mxnet(frame)
                   for thread, frame in sys._current_frames().items()
                   if thread != own)


def set_team(num_threads):
    """Let all operators from now on compute with `num_threads` threads.

    It first waits until all operators have ended.

    Raises
    ------
    MXNetError
        One of them has failed. The number is what it was.
    """
    from mxnet import base
    lib, check_call = base._LIB, base.check_call
    # methods of C++ that do not use their object
    stop, start = getattr(lib, _STOP), getattr(lib, _START)
    is_done = threading.Event()

    @_FUNCTION
    def set_number(run_context, parameter):
        lib.MXSetNumOMPThreads(num_threads)
        set_num_threads(num_threads)    # its BLAS may have threads of its own
        is_done.set()

    check_call(lib.MXNDArrayWaitAll())
    try:
        stop(None)
    finally:    # also at an interrupt
        start(None)
    _pending.append(set_number)
    check_call(lib.MXEnginePushSync(
        set_number, None, None, ctypes.byref(_CPU), None, 0, None, 0, None, 0,
        b'set_team'))
    is_done.wait()
    _pending.remove(set_number)


def _is_in_mxnet(frame):
    while frame is not None:
        if frame.f_globals.get('__name__', '').startswith('mxnet.'):
            return True
        frame = frame.f_back
    return False
