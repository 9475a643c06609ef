"""In which order the chapters are read: that of the index's links."""
import re
from pathlib import Path

import nbformat

CHAPTERS = Path(__file__).resolve().parent.parent / 'chapters'
LINK = re.compile(r'\]\(([\w-]+)\.ipynb\)')


def reading_order(chapters=CHAPTERS):
    """The names of the chapters that the index links to, each once."""
    index = nbformat.read(Path(chapters) / 'index.ipynb', as_version=4)
    text = '\n'.join(cell.source for cell in index.cells
                     if cell.cell_type == 'markdown')
    return list(dict.fromkeys(LINK.findall(text)))
