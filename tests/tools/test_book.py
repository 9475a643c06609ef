"""What the book is made of: which chapters, in which order, from where."""
import importlib
import pathlib

import nbformat
import pytest
from nbformat import v4

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


@pytest.fixture
def book(monkeypatch, tmp_path):
    """tools/book.py, with executed chapters in a folder of the test's own."""
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    module = importlib.import_module('book')
    monkeypatch.setattr(module, 'EXECUTED', tmp_path / 'executed')
    module.EXECUTED.mkdir()
    return module


def save(path, code, result):
    notebook = v4.new_notebook(cells=[v4.new_code_cell(
        code, id='a', execution_count=1,
        outputs=[v4.new_output('stream', text=result)])])
    nbformat.write(notebook, path)
    return path


def test_index_leads_to_every_chapter_and_to_no_other(book):
    names = {path.stem for path in (ROOT / 'chapters').glob('*.ipynb')}
    order = book.reading_order()
    assert set(order) == names - {'index'}
    assert order[:2] == ['lenet', 'alexnet']


def test_chapter_is_taken_as_executed(book, tmp_path):
    path = save(tmp_path / 'one.ipynb', 'f()', 'stored')
    notebook, which = book.chapter(path)
    assert notebook.cells[0].outputs[0].text == 'stored'
    assert which == 'stored outputs (make run has not executed it)'
    save(book.EXECUTED / 'one.ipynb', 'f()', 'executed')
    notebook, which = book.chapter(path)
    assert notebook.cells[0].outputs[0].text == 'executed'
    assert which == 'as executed by make run'


def test_chapter_that_changed_since_it_was_executed(book, tmp_path):
    path = save(tmp_path / 'one.ipynb', 'g()', 'stored')
    save(book.EXECUTED / 'one.ipynb', 'f()', 'executed')
    notebook, which = book.chapter(path)
    assert notebook.cells[0].outputs[0].text == 'stored'
    assert which == 'stored outputs (changed since make run executed it)'
