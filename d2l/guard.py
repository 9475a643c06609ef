"""Runs one process of a distributed training, and ends it with its launcher.

    python guard.py COMMAND ...

It reads from stdin, whose other end the launcher holds: an `i` interrupts the
command, and when the launcher is gone, for whatever reason, so is the
command. On other machines it runs from its source: it needs nothing but
Python's standard library, and no d2l.
"""
import ctypes
import os
import select
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_PATIENCE = 3       # seconds that a process has to end when it is told to


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
    while part.poll() is None and not told_to_end:
        if select.select([0], [], [], 0.1)[0]:
            if os.read(0, 1):
                _signal(part, signal.SIGINT)
            else:
                told_to_end.append('by the launcher')
    if part.poll() is None:
        _signal(part, signal.SIGTERM)
        try:
            part.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            pass
    _signal(part, signal.SIGKILL)   # and what it may have started
    status = part.wait()
    return status if status >= 0 else 128 - status


def _signal(part, number):
    try:
        os.killpg(part.pid, number)
    except ProcessLookupError:
        pass


if __name__ == '__main__':
    sys.exit(run(sys.argv[1:]))
