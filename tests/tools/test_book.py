"""The book shows each chapter as it was executed last."""
import nbformat
import pytest
from nbformat import v4


@pytest.fixture
def book(tool, monkeypatch, tmp_path):
    """tools/book.py, with a folder of the test's own for executed chapters."""
    module = tool('book')
    monkeypatch.setattr(module, 'EXECUTED', tmp_path / 'executed')
    module.EXECUTED.mkdir()
    return module


def save(path, code, result):
    notebook = v4.new_notebook(cells=[v4.new_code_cell(
        code, id='a', execution_count=1,
        outputs=[v4.new_output('stream', text=result)])])
    nbformat.write(notebook, path)
    return path


def test_chapter_that_was_not_executed(book, tmp_path):
    path = save(tmp_path / 'one.ipynb', 'f()', 'stored')
    notebook, which = book.choose_outputs(path)
    assert notebook.cells[0].outputs[0].text == 'stored'
    assert which == 'stored outputs (make run has not executed it)'


def test_chapter_is_taken_as_executed(book, tmp_path):
    path = save(tmp_path / 'one.ipynb', 'f()', 'stored')
    save(book.EXECUTED / 'one.ipynb', 'f()', 'executed')
    notebook, which = book.choose_outputs(path)
    assert notebook.cells[0].outputs[0].text == 'executed'
    assert which == 'as executed by make run'


def test_chapter_that_changed_since_it_was_executed(book, tmp_path):
    path = save(tmp_path / 'one.ipynb', 'g()', 'stored')
    save(book.EXECUTED / 'one.ipynb', 'f()', 'executed')
    notebook, which = book.choose_outputs(path)
    assert notebook.cells[0].outputs[0].text == 'stored'
    assert which == 'stored outputs (changed since make run executed it)'
