"""Write the table of the chapters into chapters/index.ipynb.

    python tools/index_page.py

Titles are the notebooks' own, the other columns come from their metadata (see
tools/notebooks.py). tests/tools/test_notebooks.py fails where the table is not
up to date.
"""
import sys

import nbformat
from notebooks import CHAPTERS, INDEX, read_chapters

HEAD = '''\
| | chapter | on 2 CPU cores | on a GPU |
|--:|:--|:--|:--|'''
CELL = 'chapters'   # the id of the cell that holds nothing but the table


def table(folder=CHAPTERS):
    """The chapters of a folder as a table in Markdown."""
    rows = [HEAD]
    for number, chapter in enumerate(read_chapters(folder), 1):
        link = f'[{chapter.title}]({chapter.path.name})'
        description = ': '.join(filter(None, (link, chapter.summary)))
        rows.append(f'| {number} | {description} | {chapter.time_on_cpu} '
                    f'| {chapter.time_on_gpu} |')
    return '\n'.join(rows)


def table_cell(index):
    """The cell of the index page that holds the table."""
    cell, = (cell for cell in index.cells if cell.get('id') == CELL)
    return cell


def main():
    path = CHAPTERS / (INDEX + '.ipynb')
    index = nbformat.read(path, as_version=4)
    table_cell(index).source = table()
    nbformat.write(index, path)
    print(path)


if __name__ == '__main__':
    sys.exit(main())
