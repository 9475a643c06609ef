"""Make the notebooks that a class gets: no outputs, no solutions.

    python tools/handout.py [FOLDER]

Called by `make handout`. Writes the chapters and their companion into FOLDER
(build/handout if none is named). Each exercise gets a cell of its own, and an
empty one for the answer. Left out are cells with the tag "solution", chapters
whose metadata says "solutions": true under "d2l", and links to what is left
out.
"""
import re
import shutil
import sys
from pathlib import Path

import index_page
import nbformat
from nbformat import v4
from notebooks import CHAPTERS, INDEX

HANDOUT = CHAPTERS.parent / 'build' / 'handout'
EXERCISES = re.compile(r'^#+ Exercises$', re.MULTILINE)
ITEM = re.compile(r'^\d+\. ', re.MULTILINE)
LINK = re.compile(r'\[([^\]]*)\]\(([^)\s]+)\)')


def split_exercises(cell):
    """A cell for the heading, and two for each item of its list."""
    head, *items = ITEM.split(cell.source)
    cells = [v4.new_markdown_cell(head.rstrip(), id=cell.id)]
    for number, item in enumerate(items, 1):
        text = re.sub(r'\n {1,3}', '\n', item.rstrip())
        cells += [
            v4.new_markdown_cell('### Exercise %d\n\n%s' % (number, text),
                                 id='%s-%d' % (cell.id, number)),
            v4.new_code_cell('# Your answer\n',
                             id='%s-%d-answer' % (cell.id, number))]
    return cells


def drop_links(text, names):
    """Keep the words of links to files that are not among `names`."""
    def replace(match):
        words, target = match.groups()
        is_there = ':' in target or target.split('#')[0] in ('', *names)
        return match.group() if is_there else words
    return LINK.sub(replace, text)


def make(notebook, names):
    """Change a chapter to what a class gets."""
    cells = []
    for cell in notebook.cells:
        if 'solution' in cell.metadata.get('tags', []):
            continue
        if cell.cell_type == 'code':
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = drop_links(cell.source, names)
        if cell.cell_type == 'markdown' and EXERCISES.search(cell.source):
            cells += split_exercises(cell)
        else:
            cells.append(cell)
    notebook.cells = cells


def write(folder=HANDOUT, chapters=CHAPTERS):
    """Write the handout of `chapters` into an empty folder."""
    notebooks = {path.name: nbformat.read(path, as_version=4)
                 for path in sorted(Path(chapters).glob('*.ipynb'))}
    kept = {name: notebook for name, notebook in notebooks.items()
            if not notebook.metadata.get('d2l', {}).get('solutions')}
    shutil.copytree(chapters, folder, ignore=shutil.ignore_patterns(
        '.*', '__pycache__', '*.ipynb'))
    for name, notebook in kept.items():
        make(notebook, kept)
        nbformat.write(notebook, folder / name)
    if INDEX + '.ipynb' in kept:
        index = kept[INDEX + '.ipynb']
        index_page.table_cell(index).source = index_page.table(folder)
        nbformat.write(index, folder / (INDEX + '.ipynb'))


def main(arguments):
    folder = Path(*arguments) if arguments else HANDOUT
    if folder == HANDOUT:
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists():
        sys.exit('expected the name of a new folder, but %s exists: name '
                 'another, or remove it' % folder)
    write(folder)
    print('The handout: %s' % folder)


if __name__ == '__main__':
    main(sys.argv[1:])
