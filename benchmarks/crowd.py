"""What other programs cost: python -m benchmarks.crowd [--runs N] [TASK ...]

Measures the book's code and d2l on an idle machine, beside busy processes,
beside another training of the same side, and in cgroups, the sides taking
turns. The table has the medians and their ratios; it is printed, and saved
with all runs in build/crowd.json. Making cgroups needs root; without it, the
table says so.
"""
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys

from chapters.companion import machine

from .__main__ import OUT, ROOT, command, environment, parse_arguments

TASKS = {   # title, unit, images
    'lenet-loop': ('LeNet, training', 'ms/batch', 76800),
    'lenet': ('LeNet, 15,000 images', 's', 15000),
    'load224': ('loading, 224 x 224', 's/1000 images', 10000),
    'alexnet': ('AlexNet, training', 's/batch', 128),
}
SIDES = ('book', 'here')
_BUSY = [sys.executable, '-c', 'while True: pass']
_NICE = ['nice', '-n', '10']
_GROUP = 'd2l-benchmark-%d' % os.getpid()


@contextlib.contextmanager
def running(command, **options):
    """A process that runs for as long as the context lasts."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()


# -- situations: contexts that yield what to put before a command
@contextlib.contextmanager
def idle(side):
    yield []


def beside(num_busy, prefix=(), busy_prefix=()):
    @contextlib.contextmanager
    def beside(side):
        with contextlib.ExitStack() as stack:
            for _ in range(num_busy):
                stack.enter_context(running([*busy_prefix, *_BUSY]))
            yield list(prefix)
    return beside


def beside_training(task):
    """A training of the same side, which goes on for as long as needed."""
    @contextlib.contextmanager
    def beside(side):
        with running(command(side, task, 10 ** 7), env=environment(side),
                     cwd=str(ROOT), stdout=subprocess.DEVNULL,
                     stderr=subprocess.PIPE, text=True) as other:
            for line in other.stderr:       # until it is warm
                if line.startswith('epoch 1,'):
                    break
            else:
                raise SystemExit('the training beside has failed: run '
                                 + ' '.join(other.args))
            yield []
    return beside


def in_cgroup(name, num_busy):
    """In a cgroup of its own; the busy processes are in another one."""
    @contextlib.contextmanager
    def inside(side):
        folder = cgroup(name)
        if folder is None:
            yield None
            return
        try:
            with beside(num_busy)(side):
                yield ['sh', '-c', 'echo $$ > %s/cgroup.procs && exec "$@"'
                       % folder, 'sh']
        finally:
            os.rmdir(folder)
    return inside


def cgroup(name):
    """A new cgroup with a limit, or None where that is not allowed."""
    for root, limits in (
            ('/sys/fs/cgroup/cpu', {'quota': ('cpu.cfs_quota_us', 100000),
                                    'shares': ('cpu.shares', 512)}),
            ('/sys/fs/cgroup', {'quota': ('cpu.max', '100000 100000'),
                                'shares': ('cpu.weight', 50)})):
        file, content = limits[name]
        folder = os.path.join(root, _GROUP)
        with contextlib.suppress(OSError):
            os.mkdir(folder)
            try:
                with open(os.path.join(folder, file), 'r+') as limit:
                    limit.write(str(content))
                return folder
            except OSError:
                os.rmdir(folder)
    return None


SITUATIONS = {
    'idle': idle,
    'beside one': beside(1),
    'beside four': beside(4),
    'niced, beside one': beside(1, prefix=_NICE),
    'beside one niced': beside(1, busy_prefix=_NICE),
    'beside LeNet': beside_training('lenet-loop'),
    'beside AlexNet': beside_training('alexnet'),
    'quota of a core': in_cgroup('quota', 0),
    'half the shares, beside two': in_cgroup('shares', 2),
}


def measure(side, task, situation):
    """One run; returns a number, or None where it cannot be made."""
    title, unit, num_images = TASKS[task]
    with SITUATIONS[situation](side) as prefix:
        if prefix is None:
            return None
        done = subprocess.run(
            [*prefix, *command(side, task, num_images)],
            env=environment(side), cwd=str(ROOT), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, universal_newlines=True, check=True)
    value = json.loads(done.stdout.splitlines()[-1])['value']
    return 1000 / value if task == 'load224' else value


def measure_all(tasks, num_runs):
    """The runs by task, situation and side."""
    results = {}
    for task, situation in itertools.product(tasks, SITUATIONS):
        runs = {side: [] for side in SIDES}
        for i in range(num_runs):
            for side in SIDES:
                print('%s, %s, run %d of %d: %s' % (
                    TASKS[task][0], situation, i + 1, num_runs, side),
                    file=sys.stderr, flush=True)
                runs[side].append(measure(side, task, situation))
        results.setdefault(task, {})[situation] = runs
    return results


def table(results):
    """As Markdown: the book, here, and their ratio."""
    lines = [['', *(TASKS[task][0] + ', ' + TASKS[task][1]
                    for task in results)]]
    lines.append(['---'] * len(lines[0]))
    for situation in SITUATIONS:
        line = [situation]
        for by_situation in results.values():
            book, here = (by_situation[situation][side] for side in SIDES)
            if None in book + here:
                line.append('no right to make a cgroup')
                continue
            book, here = statistics.median(book), statistics.median(here)
            line.append('%.3g : %.3g = %.2f' % (book, here, book / here))
        lines.append(line)
    return '\n'.join('| %s |' % ' | '.join(line) for line in lines)


def main():
    args = parse_arguments('benchmarks.crowd', __doc__, TASKS)
    results = measure_all(args.tasks or TASKS, args.runs)
    about = machine.describe()
    out = OUT.with_name('crowd.json')
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(dict(machine=about, results=results), indent=1)
                   + '\n')
    print(table(results))
    print('\n%(processor)s, %(cores)d cores' % about)


if __name__ == '__main__':
    main()
