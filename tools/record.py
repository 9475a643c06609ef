"""Run an experiment of the chapters and record what it found.

    python tools/record.py better_net
    python tools/record.py alexnet --work DIR [--dtype bfloat16] [--epochs N]

`chapters/companion/experiments.py` has the experiments. What one found goes
into `chapters/results/EXPERIMENT.json`, with the machine, the date, the
versions and the command that it comes from; what is too large for that
(filters, predictions) into `EXPERIMENT.npz` beside it. The chapters draw what
is recorded there.
"""
import argparse
import datetime
import json
import os
import platform
import re
import sys
from pathlib import Path

import numpy as np

import d2l
from d2l.compat import threads

CHAPTERS = Path(__file__).resolve().parent.parent / 'chapters'
sys.path.insert(0, str(CHAPTERS))

from companion import experiments  # noqa: E402

NAMES = ('alexnet', 'batch_size', 'better_net', 'image_augmentation',
         'image_augmentation_in_full', 'lenet', 'lenet_variants', 'memory',
         'rooflines', 'small_alexnet')


def machine():
    """What computed, in words; nothing that names this very computer."""
    try:
        with open('/proc/cpuinfo') as file:
            model = re.search('model name.*: (.*)', file.read()).group(1)
    except (OSError, AttributeError):
        model = platform.machine()
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    ctx = d2l.try_gpu()
    return dict(processor=model, cores=threads.cores(), device=str(ctx),
                memory_gib=round(memory / 2 ** 30, 1))


def versions():
    return dict(python=platform.python_version(), d2l=d2l.__version__,
                mxnet=d2l.mx.__version__, numpy=np.__version__)


def command(args):
    """What was typed, without this machine's paths."""
    words = ['python tools/record.py', args.experiment]
    if args.work:
        words.append('--work DIR')
    for name in ('dtype', 'epochs'):
        if getattr(args, name):
            words.append('--%s %s' % (name, getattr(args, name)))
    if 'D2L_MAX_BATCHES' in os.environ:
        words.insert(0, 'D2L_MAX_BATCHES=' + os.environ['D2L_MAX_BATCHES'])
    return ' '.join(words)


def text(value, indent=0):
    """JSON with a line for each entry, and none for each number."""
    if not isinstance(value, dict):
        return json.dumps(value)
    inner = '\n' + (indent + 1) * ' '
    return '{%s\n%s}' % (','.join(
        '%s%s: %s' % (inner, json.dumps(name), text(entry, indent + 1))
        for name, entry in value.items()), indent * ' ')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('experiment', choices=NAMES)
    parser.add_argument('--work', metavar='DIR', help='only of alexnet: a '
                        'checkpoint; the same command goes on from there')
    parser.add_argument('--dtype', choices=('float32', 'bfloat16'),
                        help='only of alexnet: of the arithmetic')
    parser.add_argument('--epochs', type=int,
                        help='only of alexnet: 5 where it is not said')
    parser.add_argument('--results', metavar='DIR', type=Path,
                        default=CHAPTERS / 'results')
    args = parser.parse_args()
    told = {name: getattr(args, name) for name in
            ('work', 'dtype', 'epochs') if getattr(args, name)}
    if told and args.experiment != 'alexnet':
        parser.error('--%s is only of alexnet' % min(told))
    found = getattr(experiments, args.experiment)(**told)
    arrays = {name: value for name, value in found.items()
              if isinstance(value, np.ndarray)}
    figures = {name: value for name, value in found.items()
               if name not in arrays}
    recorded = dict(
        experiment=args.experiment, command=command(args),
        date=datetime.date.today().isoformat(), machine=machine(),
        versions=versions(), figures=figures)
    args.results.mkdir(parents=True, exist_ok=True)
    path = args.results / (args.experiment + '.json')
    if arrays:
        np.savez_compressed(path.with_suffix('.npz'), **arrays)
    path.write_text(text(recorded) + '\n', encoding='utf-8')
    print(path)


if __name__ == '__main__':
    sys.exit(main())
