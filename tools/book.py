"""Build the book: the chapters as executed and the docs, as a static site.

Called by `make book` in an environment that has the extra "book". A chapter
is taken from build/chapters, where `make run` saves it, if it was executed
from the chapter as it is now; else with its stored outputs.

BASE_URL in the environment is where the site will be served, for instance
https://example.org/d2l/: only with it are there a sitemap and a card for
links, which need whole addresses, and a page for addresses that do not exist.
All other links are relative.
"""
import shutil
import subprocess
import sys
import zipfile

import nbformat
from nbformat import v4
from notebooks import CHAPTERS, INDEX, read_chapters

ROOT = CHAPTERS.parent
EXECUTED = ROOT / 'build' / 'chapters'
SOURCE = ROOT / 'build' / 'book-source'
SITE = ROOT / 'build' / 'book'
FOLDERS = ('chapters', 'docs', 'tools')     # that pages link to
FILES = ('*.md', 'CITATION.cff', 'LICENSE', 'd2l/data/LICENSE')
# what readers download: `make lab` in it opens the chapters
BUNDLE = 'd2l-chapters'
BUNDLED = ('chapters', 'd2l', 'docs', 'tools', '*.py', '*.md', '*.pth',
           'LICENSE', 'Makefile', 'pyproject.toml')
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

../README
../docs/how-it-works
../docs/*
../*
```
"""
START = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>d2l</title>
<meta http-equiv="refresh" content="0; url=chapters/index.html"></head>
<body><a href="chapters/index.html">To the book</a></body></html>
"""


def sources(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def contents(folder=CHAPTERS):
    """The list of pages that Sphinx shows in the sidebar, as Markdown."""
    return TOCTREES % '\n'.join(
        chapter.name for chapter in read_chapters(folder))


def choose_outputs(path):
    """A notebook as executed by `make run`, or as stored; and which of them.
    """
    stored = nbformat.read(path, as_version=4)
    executed = EXECUTED / path.name
    if not executed.exists():
        return stored, 'stored outputs (make run has not executed it)'
    notebook = nbformat.read(executed, as_version=4)
    if sources(notebook) != sources(stored):
        return stored, 'stored outputs (changed since make run executed it)'
    return notebook, 'as executed by make run'


def find_files(patterns, root=ROOT):
    """The files of a checkout that match, and those in folders that do.

    Without what running leaves behind.
    """
    for pattern in patterns:
        for found in sorted(root.glob(pattern)):
            for path in sorted(found.rglob('*')) or [found]:
                parts = path.relative_to(root).parts
                if path.is_file() and not any(
                        part.startswith('.') or part == '__pycache__'
                        for part in parts):
                    yield path


def write_sources():
    """Copy what Sphinx reads to build/book-source."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for path in find_files(FOLDERS + FILES):
        target = SOURCE / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for path in sorted(CHAPTERS.glob('*.ipynb')):
        notebook, which = choose_outputs(path)
        print('chapters/%s: %s' % (path.name, which), flush=True)
        if path.stem == INDEX:
            notebook.cells.append(v4.new_markdown_cell(contents()))
        nbformat.write(notebook, SOURCE / 'chapters' / path.name)


def write_bundle(folder):
    """Write the zip file that readers download, into `folder`.

    Most of it is data that are compressed already.
    """
    path = folder / (BUNDLE + '.zip')
    with zipfile.ZipFile(path, 'w') as bundle:
        for source in find_files(BUNDLED):
            bundle.write(source, '%s/%s' % (
                BUNDLE, source.relative_to(ROOT).as_posix()))
    return path


def main():
    write_sources()
    shutil.rmtree(SITE, ignore_errors=True)
    status = subprocess.run(
        [sys.executable, '-m', 'sphinx', '-b', 'html', '-q', '-W',
         '--keep-going', '-j', '2', '-d', str(ROOT / 'build' / 'doctrees'),
         '-c', str(ROOT / 'book'), str(SOURCE), str(SITE)]).returncode
    if status:
        return status
    (SITE / 'index.html').write_text(START, encoding='utf-8')
    write_bundle(SITE)
    print('The book: %s' % (SITE / 'index.html'))
    return 0


if __name__ == '__main__':
    sys.exit(main())
