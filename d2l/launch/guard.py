"""Run one process of a distributed training; end it with its launcher.

    python guard.py COMMAND ...

The launcher holds the other end of this process's stdin. An `i` read there
interrupts the command. At the end of stdin the launcher is gone, for whatever
reason, and the command is ended. A cut network delivers no end of stdin, so on
other machines the launcher sends a `.` every few seconds, and the command is
ended when these stop. There this file is run from its source, so it uses only
the standard library and nothing of d2l.
"""
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

SILENCE = 30        # seconds without a `.` after which the launcher is gone
_PATIENCE = 3       # seconds between SIGTERM and SIGKILL
_PR_SET_PDEATHSIG = 1


def run(command, silence=SILENCE):
    """Run the command; return its exit status as a shell would.

    Parameters
    ----------
    command : list of str
    silence : float
        Once a `.` has been received, end the command if no other follows for
        this many seconds.

    Returns
    -------
    int
        The command's exit status; 128 + n if signal n ended it; 127 if it
        cannot be started.
    """
    signals = []        # that asked this process to end
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:      # as nohup has it
            signal.signal(number, lambda number, frame: signals.append(number))
    # if it runs in the launcher's terminal: the launcher passes Ctrl-C on
    signal.signal(signal.SIGINT, lambda number, frame: None)
    libc = ctypes.CDLL(None)
    watcher = _watch_over_orphans()

    def prepare():      # in the new process, which leads a group of its own
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.write(watcher, os.getpid().to_bytes(4, 'little'))

    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=prepare)
    except OSError as error:
        print('%s: %s' % (command[0], error.strerror), file=sys.stderr)
        return 127
    last_heartbeat = None
    while process.poll() is None and not signals:
        if select.select([0], [], [], 0.1)[0]:
            word = os.read(0, 1)
            if word == b'i':
                _signal_group(process, signal.SIGINT)
            elif word == b'.':
                last_heartbeat = time.monotonic()
            else:               # the end of stdin
                break
        if last_heartbeat and time.monotonic() > last_heartbeat + silence:
            break
    _end_group(process)
    try:
        os.write(watcher, b'.')
    except OSError:     # it has been killed
        pass
    return exit_status(process.wait())


def _watch_over_orphans():
    """Fork a process that kills the command's group once this one is gone.

    If this one is killed, the kernel kills the command only, not what that
    has started. Returns a file descriptor, where the command writes its
    process number before it starts anything; one more byte ends the process.
    """
    read, write = os.pipe()
    if os.fork():
        os.close(read)
        return write
    try:
        os.setsid()     # not to be killed with this one's group
        os.close(write)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):     # others wait for the end of these
            os.dup2(null, stream)
        group = int.from_bytes(os.read(read, 4), 'little')
        if group and not os.read(read, 1):
            os.killpg(group, signal.SIGKILL)
    finally:
        os._exit(0)


def exit_status(returncode):
    """Return a Popen's returncode as a shell would: 128 + n for signal n."""
    return returncode if returncode >= 0 else 128 - returncode


def _end_group(process):
    """End the process, if it still runs, and all that it started."""
    deadline = time.monotonic() + _PATIENCE
    _signal_group(process, signal.SIGTERM)
    while _signal_group(process, 0) and time.monotonic() < deadline:
        process.poll()      # otherwise it stays in its group as a zombie
        time.sleep(0.02)
    _signal_group(process, signal.SIGKILL)


def _signal_group(process, number):
    """Return whether the process's group still had a process to signal."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:     # it runs as another user, by sudo
        pass
    return True


if __name__ == '__main__':
    sys.exit(run(sys.argv[1:]))
