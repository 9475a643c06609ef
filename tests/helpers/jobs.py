"""Starts distributed trainings for tests, and looks for what they left."""
import glob
import json
import os
import subprocess
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
WORKER = os.path.join(HERE, 'worker.py')


def command(folder, num_workers, num_servers=1, launch=(), **options):
    """The command line for a training of worker.py."""
    return [sys.executable, '-m', 'd2l.launch', '-n', str(num_workers), '-s',
            str(num_servers), *launch, sys.executable, WORKER, str(folder),
            json.dumps(options)]


def run(*args, **kwargs):
    """To its end, which must come; returns it, its output as text."""
    done = subprocess.run(
        command(*args, **kwargs), stdin=subprocess.DEVNULL, timeout=600,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True)
    nothing_left(args[0])
    return done


def start(*args, **kwargs):
    """Returns the launcher's process once the workers train, and the pids.

    These are a dict of role to process numbers.
    """
    job = subprocess.Popen(
        command(*args, **kwargs), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True)
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
    """No process of the training in this folder is left, in the end."""
    deadline = time.time() + 300
    while _processes(str(folder)):
        assert time.time() < deadline, _processes(str(folder))
        time.sleep(0.1)


def _processes(text):
    found = []
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            with open(path, 'rb') as file:
                line = file.read().decode(errors='replace')
        except OSError:     # it has just ended
            continue
        if text in line:
            found.append(line)
    return found


def results(folder, num_workers):
    """What the workers ended with, a dict of arrays for each."""
    found = []
    for rank in range(num_workers):
        with np.load(os.path.join(str(folder), 'worker%d.npz' % rank)) as file:
            found.append({name: file[name] for name in file.files})
    return found
