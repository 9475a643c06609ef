"""Build the book: the chapters as executed and the docs, as a static site.

Called by `make book` in an environment that has the extra "book". A chapter
is taken from build/chapters, where `make run` keeps it, if it was executed
from the chapter as it is now; else with its stored outputs.
"""
import shutil
import subprocess
import sys

import nbformat
from nbformat import v4
from reading import CHAPTERS, reading_order

ROOT = CHAPTERS.parent
EXECUTED = ROOT / 'build' / 'chapters'
SOURCE = ROOT / 'build' / 'book-source'
SITE = ROOT / 'build' / 'book'
FOLDERS = ('chapters', 'docs', 'tools')     # what pages link to
TOCTREES = """
```{toctree}
:hidden:
:caption: Chapters

%s
```

```{toctree}
:hidden:
:glob:
:caption: Reference

../docs/*
```
"""
START = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>d2l</title>
<meta http-equiv="refresh" content="0; url=chapters/index.html"></head>
<body><a href="chapters/index.html">To the book</a></body></html>
"""


def sources(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def chapter(path):
    """A chapter as executed by `make run`, or as stored; and which it is."""
    stored = nbformat.read(path, as_version=4)
    executed = EXECUTED / path.name
    if not executed.exists():
        return stored, 'stored outputs (make run has not executed it)'
    notebook = nbformat.read(executed, as_version=4)
    if sources(notebook) != sources(stored):
        return stored, 'stored outputs (changed since make run executed it)'
    return notebook, 'as executed by make run'


def lay_out():
    """Copy what Sphinx reads to build/book-source."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, SOURCE / folder,
                        ignore=shutil.ignore_patterns('.*', '__pycache__'))
    for path in sorted(CHAPTERS.glob('*.ipynb')):
        notebook, which = chapter(path)
        print('chapters/%s: %s' % (path.name, which), flush=True)
        if path.stem == 'index':
            notebook.cells.append(v4.new_markdown_cell(
                TOCTREES % '\n'.join(reading_order())))
        nbformat.write(notebook, SOURCE / 'chapters' / path.name)


def main():
    lay_out()
    shutil.rmtree(SITE, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, '-m', 'sphinx', '-b', 'html', '-q', '-W',
         '--keep-going', '-j', '2', '-d', str(ROOT / 'build' / 'doctrees'),
         '-c', str(ROOT / 'book'), str(SOURCE), str(SITE)]).returncode
    if done:
        return done
    (SITE / 'index.html').write_text(START, encoding='utf-8')
    print('The book: %s' % (SITE / 'index.html'))
    return 0


if __name__ == '__main__':
    sys.exit(main())
