"""Runs one process of a distributed training, and ends it with its launcher.

    python guard.py COMMAND ...

It reads from stdin, whose other end the launcher holds: an `i` interrupts the
command, and when the launcher is gone, for whatever reason, so is the
command. On other machines the launcher sends a `.` now and then, because no
end of stdin comes through a network that is cut. There it runs from its
source: it needs nothing but Python's standard library, and no d2l.
"""
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_SILENCE = 30       # seconds without a word after which the launcher is gone
_PATIENCE = 3       # seconds that processes have to end when they are told to


def run(command):
    """Returns the command's exit status, 128 + n where a signal n ended it."""
    told_to_end = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *args: told_to_end.append(args))
    # Ctrl-C reaches all processes of a terminal; the launcher passes it on
    signal.signal(signal.SIGINT, lambda *args: None)
    libc = ctypes.CDLL(None)
    try:
        part = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))
    except OSError as error:
        print('%s: %s' % (command[0], error.strerror), file=sys.stderr)
        return 127
    heard = None
    while part.poll() is None and not told_to_end:
        if select.select([0], [], [], 0.1)[0]:
            word = os.read(0, 1)
            if word == b'i':
                _signal(part, signal.SIGINT)
            elif word == b'.':
                heard = time.monotonic()
            else:
                told_to_end.append('by the launcher')
        if heard and time.monotonic() > heard + _SILENCE:
            told_to_end.append('by its silence')
    # it, if it still runs, and what it may have started
    deadline = time.time() + _PATIENCE
    _signal(part, signal.SIGTERM)
    while _signal(part, 0) and time.time() < deadline:
        part.poll()     # until then it counts as being there
        time.sleep(0.02)
    _signal(part, signal.SIGKILL)
    status = part.wait()
    return status if status >= 0 else 128 - status


def _signal(part, number):
    """Whether there was a process to send it to."""
    try:
        os.killpg(part.pid, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == '__main__':
    sys.exit(run(sys.argv[1:]))
