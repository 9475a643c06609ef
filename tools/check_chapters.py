"""Run the chapters and compare what they print with the stored outputs.

    python tools/check_chapters.py [NAME ...]

Called by `make test`. Each chapter runs in a fresh kernel, by pytest and
nbval; a long chapter is only rehearsed, with as many batches as its
metadata says. The exit status is 1 if any of them fails.
"""
import os
import subprocess
import sys

from notebooks import CHAPTERS, INDEX, read_chapters, require_names

from d2l.compat.threads import cores

ROOT = CHAPTERS.parent
NBVAL = ['-m', 'pytest', '-c', str(ROOT / 'pyproject.toml'),
         '-p', 'no:cacheprovider', '--nbval', '--nbval-current-env',
         '--nbval-kernel-startup-timeout=300', '--nbval-cell-timeout=3600',
         '--nbval-sanitize-with', str(ROOT / 'tests' / 'nbval.cfg')]


def plan(folder=CHAPTERS):
    """The notebooks to run, each with its batches of an epoch or None."""
    return [(folder / (INDEX + '.ipynb'), None)] + [
        (chapter.path, chapter.rehearsal_batches)
        for chapter in read_chapters(folder)]


def check(path, max_batches=None):
    """Run one notebook; returns pytest's exit status, 0 if it passed."""
    env = {name: value for name, value in os.environ.items()
           if name != 'D2L_MAX_BATCHES'}
    # fixed, or training on a busy machine would say that it is busy
    env.setdefault('OMP_NUM_THREADS', str(cores()))
    if max_batches:
        env['D2L_MAX_BATCHES'] = str(max_batches)
    return subprocess.call([sys.executable, *NBVAL, str(path)], env=env,
                           cwd=str(ROOT))


def main(names=(), folder=CHAPTERS):
    notebooks = plan(folder)
    require_names(names, [path.stem for path, _ in notebooks])
    failed = [path.name for path, max_batches in notebooks
              if (not names or path.stem in names)
              and check(path, max_batches)]
    if failed:
        print('Chapters that failed, see above: ' + ', '.join(failed),
              file=sys.stderr)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
