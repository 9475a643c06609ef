"""Run an experiment of the chapters and record what it found.

    python tools/record.py alexnet --work DIR [--dtype bfloat16]

writes `chapters/results/EXPERIMENT.json`: the figures, and the machine, the
date, the versions and the command that they come from. What is too large for
that (filters, predictions) goes into `EXPERIMENT.npz` beside it. The chapters
draw what is recorded there.
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

from companion import nets, trainings  # noqa: E402


def alexnet(args):
    """The chapter's training in full: 5 epochs, 60,000 images.

    `--work` is a checkpoint: the same command goes on after the last epoch
    that is kept there.
    """
    if args.dtype != 'float32':
        d2l.use_amp(args.dtype)
    trainings.seed(1)
    ctx = d2l.try_gpu()
    net = nets.alexnet()
    trainings.initialize(net, (1, 224, 224), ctx)
    first = net[0].weight.data().asnumpy()
    train_iter, test_iter = d2l.load_data_fashion_mnist(128, resize=224)
    curves = trainings.train(net, train_iter, test_iter, 0.01, 5, ctx,
                             checkpoint=args.work)
    p = trainings.probabilities(net, test_iter, ctx)
    arrays = dict(first_filters=first.astype('float16'),
                  filters=net[0].weight.data().asnumpy().astype('float16'),
                  percent=np.round(100 * p).astype('uint8'),
                  predicted=p.argmax(axis=1).astype('uint8'))
    return dict(dtype=args.dtype, batch_size=128, lr=0.01, seed=1,
                **curves), arrays


EXPERIMENTS = {'alexnet': alexnet}


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
    if args.dtype != 'float32':
        words.append('--dtype ' + args.dtype)
    limit = os.environ.get('D2L_MAX_BATCHES')
    return ' '.join(['D2L_MAX_BATCHES=' + limit] * bool(limit) + words)


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
    parser.add_argument('experiment', choices=sorted(EXPERIMENTS))
    parser.add_argument('--work', metavar='DIR',
                        help='keep what is needed to go on when broken off')
    parser.add_argument('--dtype', default='float32',
                        help='of the arithmetic: float32 or bfloat16')
    parser.add_argument('--results', metavar='DIR', type=Path,
                        default=CHAPTERS / 'results')
    args = parser.parse_args()
    figures, arrays = EXPERIMENTS[args.experiment](args)
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
