"""Measure d2l beside the book's own code and beside PyTorch.

    python -m benchmarks [--runs N] [TASK ...]

Every figure is the median over N runs. A run is a process of its own, and the
sides take turns, so that other load on the machine slows all of them. The
book's side gets MXNet's default threads. The table is printed, and saved with
all runs in build/bench.json. benchmarks/nets.py says where the nets come from.

In the rows "on gpu(0)" both sides compute on the same GPU, if d2l.try_gpu()
finds one; an epoch there is the mean of five, each with its evaluation. With
D2L_GPU=stand-in:1 it is one thread of the CPU, and one epoch of 512 images.
"""
import argparse
import collections
import contextlib
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import psutil

from chapters.companion import machine

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / 'build' / 'bench.json'

Task = collections.namedtuple('Task', 'title unit sides num_images')
MX, TORCH = ('book', 'here'), ('torch',)
SHORT = ('bfloat16', 'torch', 'torch-bfloat16')
GPU = ('here-gpu', 'torch-gpu')
TASKS = {
    'load28': Task('loading, 28 x 28', 'images/s', MX + TORCH, 60000),
    'load224': Task('loading, 224 x 224', 'images/s', MX + TORCH, 60000),
    'softmax': Task('softmax regression, epoch', 's', MX, 60000),
    'lenet': Task('LeNet, epoch', 's', MX + TORCH, 60000),
    'lenet/2': Task('LeNet, 30,000 images', 's', MX, 30000),
    'lenet/4': Task('LeNet, 15,000 images', 's', MX, 15000),
    'alexnet': Task('AlexNet, training', 's/batch', MX + SHORT, 512),
    'alexnet/2': Task('AlexNet, 256 images', 's/batch', MX, 256),
    'lenet-loop': Task('LeNet on gpu(0), training', 'ms/batch', GPU, 128000),
    'lenet-gpu': Task('LeNet on gpu(0), epoch', 's', GPU, 60000),
    'alexnet-gpu': Task('AlexNet on gpu(0), epoch', 's', GPU, 60000),
    'alexnet-tf32': Task('AlexNet on gpu(0), epoch in TF32', 's', GPU, 60000),
    'import': Task('import', 'ms', MX, 0),
}
GPU_SETTINGS = 'D2L_GPU', 'MXNET_ENFORCE_DETERMINISM'
STAND_IN = {'lenet-loop': 51200}    # images for a CPU that plays a GPU
HEADS = {'book': 'the book', 'here': 'here', 'bfloat16': 'here, bfloat16',
         'torch': 'PyTorch', 'torch-bfloat16': 'PyTorch, bfloat16',
         'here-gpu': 'here, gpu(0)', 'torch-gpu': 'PyTorch, gpu(0)'}
COLUMNS = [side for side in HEADS if side not in GPU]


def environment(side):
    """The environment without the variables that change what is measured."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('OMP_', 'GOMP_', 'MXNET_', 'D2L_'))}
    env['D2L_PROGRESS'] = '0'
    if side in GPU:
        env.update({name: os.environ[name] for name in GPU_SETTINGS
                    if name in os.environ})
        if env.get('D2L_GPU', '').startswith('stand-in'):
            env['OMP_NUM_THREADS'] = '1'
            # keep a step's memory for the next one, as a GPU's allocator does:
            # glibc's would give it back, in one process and not in another
            env['MALLOC_MMAP_THRESHOLD_'] = str(2 ** 30)
            env['MALLOC_TRIM_THRESHOLD_'] = str(2 ** 30)
    if side == 'book':
        # MXNet's and OpenMP's defaults; d2l would set those that are not set
        env.update(
            OMP_NUM_THREADS=str(max(1, len(os.sched_getaffinity(0)) // 2)),
            GOMP_SPINCOUNT='300000', MXNET_CPU_PARALLEL_SIZE='200000')
    return env


def command(side, task, num_images):
    """The command of one run."""
    return [sys.executable, '-W', 'ignore', '-m', 'benchmarks.task', side,
            task, str(num_images)]


def measure(side, name):
    """Measure one run; returns the results that benchmarks.task printed."""
    task = TASKS[name]
    num_images, peak = task.num_images, 0
    if task.sides == GPU and os.environ.get('D2L_GPU', '').startswith(
            'stand-in'):
        num_images = min(num_images, STAND_IN.get(name, 512))
    with subprocess.Popen(
            command(side, name.split('/')[0], num_images),
            env=environment(side), cwd=str(ROOT),
            stdout=subprocess.PIPE, universal_newlines=True) as process:
        while process.poll() is None:
            peak = max(peak, memory_bytes(process.pid))
            # once a second: more often would slow the measured process
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
        printed = process.stdout.read()
    if process.returncode:
        raise SystemExit(
            f'expected a result of {name} for {side}, but its process failed '
            f'with status {process.returncode} (its error is above): correct '
            f'it, or name the other tasks only: {" ".join(TASKS)}')
    result = json.loads(printed.splitlines()[-1])
    return dict(result, peak_mib=round(peak / 2 ** 20))


def memory_bytes(pid):
    """Memory of a process and of its loader's workers.

    Pages that they share are counted once (proportional set size).
    """
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in [parent] + parent.children(recursive=True):
            total += process.memory_full_info().pss
    except psutil.Error:    # the process has just ended
        pass
    return total


def rows(results):
    """Title, unit and the median of each side, for the table."""
    for name, sides in results.items():
        task = TASKS[name]
        keys = [('value', task.title, task.unit)]
        if name == 'alexnet':
            keys.append(('evaluation', 'AlexNet, evaluation', 's/batch'))
        if name in ('lenet', 'alexnet'):
            keys.append(('peak_mib', task.title.split(',')[0]
                         + ', peak memory', 'MiB'))
        for key, title, unit in keys:
            yield title, unit, {
                side.replace('-gpu', ''): statistics.median(
                    run[key] for run in runs)
                for side, runs in sides.items() if 'absent' not in runs[0]}


def table(results):
    """As Markdown; a ratio above 1 means that d2l is faster."""
    heads = ['', 'unit'] + [HEADS[side] for side in COLUMNS] + [
        'book : here', 'PyTorch : here']
    lines = [heads, ['---'] * len(heads)]
    for title, unit, medians in rows(results):
        line = [title, unit] + [number(medians.get(side)) for side in COLUMNS]
        for other in ('book', 'torch'):
            ratio = ''
            if other in medians and 'here' in medians:
                ratio = medians[other] / medians['here']
                ratio = '%.2f' % (1 / ratio if unit == 'images/s' else ratio)
            line.append(ratio)
        lines.append(line)
    return '\n'.join('| %s |' % ' | '.join(line) for line in lines)


def number(value):
    if value is None:
        return ''
    return '%.2f' % value if value < 100 else '{:,.0f}'.format(value)


def measure_all(names, num_runs):
    """Measure tasks, the sides in turn; returns the runs by task and side."""
    results = {name: {side: [] for side in TASKS[name].sides}
               for name in names}
    for name, sides in results.items():
        for i in range(num_runs):
            for side, runs in sides.items():
                if runs and 'absent' in runs[0]:
                    continue
                print(f'{TASKS[name].title}, run {i + 1} of {num_runs}: '
                      f'{HEADS[side]}', file=sys.stderr, flush=True)
                runs.append(measure(side, name))
    return results


def describe_sides(results):
    """Version and threads of each side, and why others are absent."""
    sides, absent = {}, {}
    for runs_by_side in results.values():
        for side, (run, *_) in runs_by_side.items():
            if 'absent' in run:
                absent[side] = run['absent']
            elif 'threads' in run:
                sides[side] = {key: run[key] for key in ('version', 'threads')}
    return sides, absent


def parse_arguments(module, doc, tasks):
    """The tasks and the number of runs that the command line asks for."""
    parser = argparse.ArgumentParser(prog='python -m ' + module,
                                     description=doc.split('\n\n')[0])
    parser.add_argument('tasks', nargs='*', metavar='TASK',
                        help='some of %s; all by default' % ', '.join(tasks))
    parser.add_argument('--runs', type=int, default=3, metavar='N',
                        help='runs of each side (3)')
    args = parser.parse_args()
    unknown = [name for name in args.tasks if name not in tasks]
    if unknown or args.runs < 1:
        parser.error('expected tasks out of %s and one run or more, but got '
                     '%s and --runs %d' % (', '.join(tasks), ', '.join(
                         unknown or args.tasks) or 'none', args.runs))
    return args


def main():
    args = parse_arguments('benchmarks', __doc__, TASKS)
    results = measure_all(args.tasks or TASKS, args.runs)
    sides, absent = describe_sides(results)
    about = dict(machine.describe(), python=platform.python_version(),
                 date=datetime.date.today().isoformat())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(
        dict(machine=about, sides=sides, absent=absent, results=results),
        indent=1) + '\n')
    print(table(results))
    print()
    print('%(processor)s, %(cores)d cores, Python %(python)s, %(date)s'
          % about)
    for side, details in sides.items():
        print('%s: %s, %d threads' % (HEADS[side], details['version'],
                                      details['threads']))
    for side, reason in absent.items():
        print('%s: not measured, %s' % (HEADS[side], reason))


if __name__ == '__main__':
    main()
