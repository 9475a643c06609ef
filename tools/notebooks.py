"""The chapters: their reading order, and how each of them is run.

A chapter says this itself, in the metadata of its notebook, under 'd2l':

order
    its place in the reading order, counted from 1; 0 is the index page
summary, time_on_cpu, time_on_gpu
    the columns of the index page's table
rehearsal_batches
    only for chapters that take long: `make test` and `make run` stop after
    so many batches of an epoch
full_on_gpu
    true if `make run` shall run all batches on a GPU, or with FULL=1
solutions
    true for worked exercises, which `make handout` leaves out
"""
import collections
import sys
from pathlib import Path

import nbformat

CHAPTERS = Path(__file__).resolve().parent.parent / 'chapters'
INDEX = 'index'

Chapter = collections.namedtuple(
    'Chapter', 'path name title order summary time_on_cpu time_on_gpu '
    'rehearsal_batches full_on_gpu')


def read_chapters(folder=CHAPTERS):
    """All notebooks of a folder but the index, in reading order.

    A notebook without an order comes last.
    """
    chapters = [read_chapter(path) for path in Path(folder).glob('*.ipynb')
                if path.stem != INDEX]
    return sorted(chapters, key=lambda chapter: (
        chapter.order is None, chapter.order, chapter.name))


def read_chapter(path):
    notebook = nbformat.read(path, as_version=4)
    settings = notebook.metadata.get('d2l', {})
    title = notebook.cells[0].source.split('\n')[0].lstrip('# ')
    return Chapter(
        path, path.stem, title, settings.get('order'),
        settings.get('summary', ''), settings.get('time_on_cpu', ''),
        settings.get('time_on_gpu', ''), settings.get('rehearsal_batches'),
        settings.get('full_on_gpu', False))


def require_names(names, known):
    """End the program unless all of `names` are `known` chapters."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        sys.exit('expected names of chapters out of %s, but got %s'
                 % (', '.join(known), ', '.join(unknown)))
