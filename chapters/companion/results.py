"""The recorded results of the experiments, or those of a new run."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

CHAPTERS = Path(__file__).resolve().parent.parent
RECORDED = CHAPTERS / 'results'
# for the results of a reader's own run, beside the executed notebooks
RECOMPUTED = CHAPTERS.parent / 'build' / 'results'
_RECORD = CHAPTERS.parent / 'tools' / 'record.py'


def load(name, recompute=False):
    """Load the results of an experiment, and print where they are from.

    Parameters
    ----------
    name : str
        An experiment of `companion.experiments`.
    recompute : bool, optional
        Run it now, in a process of its own, instead of loading the recorded
        results. The environment variable `D2L_RECOMPUTE=1` does the same.

    Returns
    -------
    dict
        The figures by name, arrays among them.

    Raises
    ------
    FileNotFoundError
        There is no such result, or no script to run the experiment.
    subprocess.CalledProcessError
        The experiment failed.

    Examples
    --------
    >>> found = load('better_net')
    better_net: 2026-11-24, AMD EPYC, 2 cores, MXNet 1.9.1
      python tools/record.py better_net
    >>> len(found['test_acc'])
    10
    """
    folder = RECORDED
    if recompute or os.environ.get('D2L_RECOMPUTE') == '1':
        folder = RECOMPUTED
        _run(name, folder)
    path = folder / (name + '.json')
    if not path.exists():
        raise FileNotFoundError(
            'expected the results of one of %s, but found no file %s; run '
            'python tools/record.py %s to record them'
            % (', '.join(sorted(p.stem for p in RECORDED.glob('*.json'))),
               path, name))
    recorded = json.loads(path.read_text(encoding='utf-8'))
    machine = recorded['machine']
    print('%s: %s, %s, %d cores, MXNet %s\n  %s' % (
        name, recorded['date'], machine['processor'], machine['cores'],
        recorded['versions']['mxnet'], recorded['command']))
    if 'D2L_MAX_BATCHES' in recorded['command']:
        print('  only a rehearsal: its figures say nothing about the net')
    found = recorded['figures']
    if path.with_suffix('.npz').exists():
        with np.load(path.with_suffix('.npz')) as arrays:
            found.update(arrays)
    return found


def _run(name, folder):
    if not _RECORD.exists():
        raise FileNotFoundError(
            'expected the chapters in a checkout of the repository, to run '
            'the experiment by %s, but there is no such file; load the '
            'recorded results with recompute=False' % _RECORD)
    command = [sys.executable, str(_RECORD), name, '--results', str(folder)]
    if name == 'alexnet':
        command += ['--work', str(folder / 'alexnet-checkpoint')]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            print(line, end='', flush=True)
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, command)
