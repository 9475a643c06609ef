"""The book shows chapters as executed last, and offers all that they need."""
import os
import re
import subprocess
import sys
import zipfile

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


@pytest.mark.parametrize('executed, outputs, which', [
    (None, 'stored', 'stored outputs (make run has not executed it)'),
    ('g()', 'executed', 'as executed by make run'),
    ('f()', 'stored', 'stored outputs (changed since make run executed it)')])
def test_outputs_are_those_of_the_chapter_as_it_is(
        book, tmp_path, executed, outputs, which):
    path = save(tmp_path / 'one.ipynb', 'g()', 'stored')
    if executed:
        save(book.EXECUTED / 'one.ipynb', executed, 'executed')
    notebook, found = book.choose_outputs(path)
    assert notebook.cells[0].outputs[0].text == outputs
    assert found == which


def test_what_pages_link_to_is_copied(book, monkeypatch, tmp_path):
    monkeypatch.setattr(book, 'SOURCE', tmp_path / 'source')
    book.write_sources()
    pages = sorted(book.SOURCE.rglob('*.md'))
    assert book.SOURCE / 'README.md' in pages
    for page in pages:
        for link in re.findall(r'\]\(([^)\s#:]+)(?:#[^)]*)?\)',
                               page.read_text(encoding='utf-8')):
            assert (page.parent / link).exists(), '%s: %s' % (page, link)


def test_bundle_has_what_the_chapters_import(tool, tmp_path):
    path = tool('book').write_bundle(tmp_path)
    with zipfile.ZipFile(path) as bundle:
        bundle.extractall(tmp_path)
    folder = tmp_path / path.stem
    program = ("import sys; sys.path.insert(0, '..'); import d2l; "
               'from companion import results, trainings; '
               'd2l.load_data_fashion_mnist(256); '
               'print(d2l.__file__); print(trainings.__file__)')
    printed = subprocess.run(
        [sys.executable, '-c', program], cwd=str(folder / 'chapters'),
        env=dict(os.environ, PYTHONPATH=''), check=True,
        stdout=subprocess.PIPE, universal_newlines=True).stdout
    for line in printed.splitlines():
        assert os.path.abspath(str(
            folder / 'chapters' / line)).startswith(str(folder)), line
    for name in ('Makefile', 'setup.py', 'tools/lab.py',
                 'chapters/results/alexnet.json'):
        assert (folder / name).exists(), name


def test_find_files_leaves_out_what_running_left_behind(tool, tmp_path):
    for name in ('a/one.py', 'a/b/two.py', 'a/__pycache__/one.pyc',
                 'a/.ipynb_checkpoints/x.ipynb', '.git/config', 'three.md'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = tool('book').find_files(('a', '*.md'), tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        'a/b/two.py', 'a/one.py', 'three.md']
