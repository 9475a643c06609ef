"""Run an experiment of the chapters and record its results.

    python tools/record.py better_net
    python tools/record.py alexnet --work DIR [--dtype bfloat16] [--epochs N]

Experiments are the public functions of `chapters/companion/experiments.py`.
Results go into `chapters/results/EXPERIMENT.json`, with the machine, the date,
the versions and the command that they come from; large arrays (filters,
predictions) into `EXPERIMENT.npz` beside it. The chapters draw these recorded
results.
"""
import argparse
import datetime
import inspect
import json
import os
import platform
import sys
from pathlib import Path

import numpy as np

import d2l

CHAPTERS = Path(__file__).resolve().parent.parent / 'chapters'
sys.path.insert(0, str(CHAPTERS))

from companion import experiments, machine  # noqa: E402


def experiment_names(module=experiments):
    """The public functions that a module defines, not those it imports."""
    return sorted(
        name for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith('_')
        and value.__module__ == module.__name__)


def versions():
    return dict(python=platform.python_version(), d2l=d2l.__version__,
                mxnet=d2l.mx.__version__, numpy=np.__version__)


def command(args):
    """The command line as typed, without this machine's paths."""
    words = ['python tools/record.py', args.experiment]
    if args.work:
        words.append('--work DIR')
    for name in ('dtype', 'epochs'):
        if getattr(args, name):
            words.append(f'--{name} {getattr(args, name)}')
    if 'D2L_MAX_BATCHES' in os.environ:
        words.insert(0, 'D2L_MAX_BATCHES=' + os.environ['D2L_MAX_BATCHES'])
    return ' '.join(words)


def to_json(value, indent=0):
    """JSON with a line for each entry of a dict, lists in one line."""
    if not isinstance(value, dict):
        return json.dumps(value)
    inner = '\n' + (indent + 1) * ' '
    return '{%s\n%s}' % (','.join(
        f'{inner}{json.dumps(name)}: {to_json(entry, indent + 1)}'
        for name, entry in value.items()), indent * ' ')


def save(folder, experiment, command, results):
    """Write results into a folder; returns the path of the JSON file."""
    arrays = {name: value for name, value in results.items()
              if isinstance(value, np.ndarray)}
    figures = {name: value for name, value in results.items()
               if name not in arrays}
    recorded = dict(
        experiment=experiment, command=command,
        date=datetime.date.today().isoformat(),
        machine=dict(machine.describe(), device=str(d2l.try_gpu())),
        versions=versions(), figures=figures)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (experiment + '.json')
    if arrays:
        np.savez_compressed(path.with_suffix('.npz'), **arrays)
    path.write_text(to_json(recorded) + '\n', encoding='utf-8')
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('experiment', choices=experiment_names())
    parser.add_argument('--work', metavar='DIR', help='only for alexnet: a '
                        'checkpoint; the same command resumes from it')
    parser.add_argument('--dtype', choices=('float32', 'bfloat16'),
                        help='only for alexnet: of the arithmetic')
    parser.add_argument('--epochs', type=int,
                        help='only for alexnet (default: 5)')
    parser.add_argument('--results', metavar='DIR', type=Path,
                        default=CHAPTERS / 'results')
    args = parser.parse_args()
    options = {name: getattr(args, name) for name in
               ('work', 'dtype', 'epochs') if getattr(args, name)}
    if options and args.experiment != 'alexnet':
        parser.error(f'--{min(options)} is only for alexnet')
    results = getattr(experiments, args.experiment)(**options)
    print(save(args.results, args.experiment, command(args), results))


if __name__ == '__main__':
    sys.exit(main())
