"""The tools find the chapters, and how to run them, in the notebooks."""
import os
import pathlib
import shutil

import nbformat
import pytest
from nbformat import v4

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAPTERS = ROOT / 'chapters'


def write_notebook(path, code='f()', output='', **settings):
    """A chapter with one cell of code and its stored output."""
    outputs = [v4.new_output('stream', text=output)] if output else []
    nbformat.write(v4.new_notebook(
        cells=[v4.new_markdown_cell('# Networks Using Blocks (VGG)', id='a'),
               v4.new_code_cell(code, id='b', execution_count=1,
                                outputs=outputs)],
        metadata={'d2l': settings} if settings else {}), path)
    return path


@pytest.fixture
def chapters(tmp_path):
    """A copy of the chapters with a new one, vgg."""
    folder = tmp_path / 'chapters'
    shutil.copytree(str(CHAPTERS), str(folder))
    write_notebook(folder / 'vgg.ipynb', order=4, summary='repeated blocks',
                   time_on_cpu='hours', time_on_gpu='minutes',
                   rehearsal_batches=5)
    return folder


def names(found):
    return [chapter.name for chapter in found]


def test_reading_order_is_that_of_the_metadata(tool):
    found = names(tool('notebooks').read_chapters())
    assert found[:3] == ['lenet', 'lenet-exercises', 'alexnet']
    assert set(found) == {path.stem for path in CHAPTERS.glob('*.ipynb')} - {
        'index'}


def test_new_chapter_is_found_at_its_place(tool, chapters):
    found = names(tool('notebooks').read_chapters(chapters))
    assert found[2:5] == ['alexnet', 'alexnet-exercises', 'vgg']


def test_chapter_without_settings_is_found_last(tool, chapters):
    write_notebook(chapters / 'a.ipynb')
    write_notebook(chapters / 'b.ipynb')
    assert names(tool('notebooks').read_chapters(chapters))[-2:] == ['a', 'b']


@pytest.mark.parametrize('full, batches', [
    (False, {'alexnet': 4, 'alexnet-distributed': 2, 'vgg': 5}),
    (True, {'alexnet-distributed': 2, 'vgg': 5})])
def test_make_run_runs_the_new_chapter(full, batches, tool, chapters):
    plan = tool('run_chapters').plan(full, chapters)
    assert names(chapter for chapter, _ in plan) == names(
        tool('notebooks').read_chapters(chapters))
    assert {chapter.name: n for chapter, n in plan if n} == batches


def test_make_test_runs_the_new_chapter(tool, chapters):
    plan = tool('check_chapters').plan(chapters)
    assert [path for path, _ in plan][0] == chapters / 'index.ipynb'
    assert {path for path, _ in plan} == set(chapters.glob('*.ipynb'))
    assert {path.stem: n for path, n in plan if n} == {
        'alexnet': 4, 'alexnet-distributed': 2, 'vgg': 5}


def test_the_book_lists_the_new_chapter(tool, chapters):
    assert ('\nalexnet-exercises\nvgg\nimage-augmentation\n'
            in tool('book').contents(chapters))


def test_index_table_lists_the_new_chapter(tool, chapters):
    assert ('| 5 | [Networks Using Blocks (VGG)](vgg.ipynb): repeated blocks '
            '| hours | minutes |' in tool('index_page').table(chapters))


def test_index_page_is_up_to_date(tool):
    index_page = tool('index_page')
    index = nbformat.read(CHAPTERS / 'index.ipynb', as_version=4)
    assert index_page.table_cell(index).source == index_page.table(), (
        'call: python tools/index_page.py')


@pytest.fixture
def small_chapters(tmp_path):
    """An index and a chapter that print how many batches they rehearse."""
    code = 'import os\nprint(os.environ.get("D2L_MAX_BATCHES"))'
    write_notebook(tmp_path / 'index.ipynb', code, 'None\n', order=0)
    write_notebook(tmp_path / 'one.ipynb', code, '3\n', order=1,
                   rehearsal_batches=3)
    return tmp_path


@pytest.mark.slow
def test_chapters_run_with_the_batches_of_their_metadata(
        tool, small_chapters, monkeypatch):
    monkeypatch.setitem(os.environ, 'D2L_MAX_BATCHES', '7')
    assert tool('check_chapters').main([], small_chapters) == 0


@pytest.mark.slow
def test_chapter_that_prints_something_else_fails(
        tool, small_chapters, capfd):
    write_notebook(small_chapters / 'index.ipynb', 'print(1)', '2\n')
    assert tool('check_chapters').main([], small_chapters) == 1
    out, err = capfd.readouterr()
    assert '1 failed' in out        # pytest's output
    assert '1 passed' in out        # the other chapter ran nevertheless
    assert 'Chapters that failed, see above: index.ipynb' in err


@pytest.mark.parametrize('script', ['check_chapters', 'run_chapters'])
def test_unknown_chapter_is_refused(script, tool):
    with pytest.raises(SystemExit, match='alexnet, .* but got vgg'):
        tool(script).main(['vgg'])
