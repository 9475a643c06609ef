"""Start distributed trainings for tests, and find processes left behind."""
import glob
import json
import os
import subprocess
import sys
import time

import numpy as np
from limits import LIMIT

HERE = os.path.dirname(os.path.abspath(__file__))
WORKER = os.path.join(HERE, 'worker.py')


def words(folder, num_workers, num_servers=1, launch=(), **options):
    """Return the launcher's words for a training of worker.py."""
    return ['-n', str(num_workers), '-s', str(num_servers), *launch,
            sys.executable, WORKER, str(folder), json.dumps(options)]


def popen(*words):
    """Start the launcher with these words; its output is text."""
    return subprocess.Popen(
        [sys.executable, '-m', 'd2l.launch', *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True)


def launch(folder, *words):
    """Run the launcher with these words to its end; its output is text.

    The folder's name must be among the words: `nothing_left` looks for it.
    """
    done = subprocess.run(
        [sys.executable, '-m', 'd2l.launch', *words], timeout=LIMIT,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True)
    nothing_left(folder)
    return done


def run(*args, **kwargs):
    """Run a training to its end; returns it, its output as text."""
    return launch(args[0], *words(*args, **kwargs))


def start(*args, **kwargs):
    """Start a training; wait until all workers train.

    Returns the launcher's process, and a dict of role to process numbers.
    """
    job = popen(*words(*args, **kwargs))
    pids, training = {}, 0
    while training < args[1]:
        line = job.stdout.readline()
        assert line, job.communicate()
        role, _, pid = line.strip().partition(' ')
        if role == 'training' and not pid:
            training += 1
        elif pid.isdigit():
            pids.setdefault(role, []).append(int(pid))
    return job, pids


def nothing_left(folder):
    """Wait until no process names this folder in its command line."""
    deadline = time.time() + LIMIT
    while _processes(str(folder)):
        assert time.time() < deadline, _processes(str(folder))
        time.sleep(0.1)


def _processes(text):
    """Return the command lines that contain the text."""
    lines = []
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            with open(path, 'rb') as file:
                line = file.read().decode(errors='replace')
        except OSError:     # it has just ended
            continue
        if text in line:
            lines.append(line)
    return lines


def results(folder, num_workers):
    """Return what each worker saved at its end, a dict of arrays."""
    arrays = []
    for rank in range(num_workers):
        with np.load(os.path.join(str(folder), 'worker%d.npz' % rank)) as file:
            arrays.append({name: file[name] for name in file.files})
    return arrays
