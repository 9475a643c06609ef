"""Open copies of the chapters in JupyterLab.

    python tools/lab.py [ARGUMENT ...]

Called by `make lab`. The copies are in `my-chapters`, so that what a reader
writes or runs is never in the way of `git pull`. A copy that is there already
is kept. Arguments are those of `jupyter lab`.
"""
import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHAPTERS, COPIES = ROOT / 'chapters', ROOT / 'my-chapters'


def copy_missing(source, target):
    """Copy the files that `target` lacks; returns those that differ."""
    changed = []
    for path in sorted(source.rglob('*')):
        if path.is_dir() or {'__pycache__', '.ipynb_checkpoints'} & {
                *path.parts}:
            continue
        copy = target / path.relative_to(source)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        elif path.stat().st_mtime > copy.stat().st_mtime:
            changed.append(copy)
    return changed


def main(arguments):
    for copy in copy_missing(CHAPTERS, COPIES):
        print('%s is older than the chapter; to get the new one, rename or '
              'remove yours' % copy.relative_to(ROOT))
    command = [sys.executable, '-m', 'jupyter', 'lab',
               '--notebook-dir=%s' % ROOT, *arguments,
               str(COPIES / 'index.ipynb')]
    if os.geteuid() == 0:   # as in most containers; Jupyter asks for it
        command.insert(4, '--allow-root')
    os.chdir(str(ROOT))
    os.execv(command[0], command)


if __name__ == '__main__':
    main(sys.argv[1:])
