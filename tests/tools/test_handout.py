"""What a class gets has no outputs, no solutions, and marked exercises."""
import re

import nbformat
import pytest
from nbformat import v4


@pytest.fixture
def handout(tool, tmp_path):
    """Write the handout of a chapter of these cells; returns its cells."""
    def write(*cells):
        chapters = tmp_path / 'chapters'
        chapters.mkdir()
        nbformat.write(v4.new_notebook(cells=list(cells)),
                       chapters / 'vgg.ipynb')
        nbformat.write(v4.new_notebook(metadata={'d2l': {'solutions': True}}),
                       chapters / 'vgg-exercises.ipynb')
        tool('handout').write(tmp_path / 'out', chapters)
        assert [path.name for path in (tmp_path / 'out').iterdir()] == [
            'vgg.ipynb']
        return nbformat.read(tmp_path / 'out' / 'vgg.ipynb', 4).cells
    return write


def test_outputs_are_left_out(handout):
    cell, = handout(v4.new_code_cell('f()', execution_count=3, outputs=[
        v4.new_output('stream', text='5')]))
    assert (cell.source, cell.outputs, cell.execution_count) == (
        'f()', [], None)


def test_cells_of_solutions_are_left_out(handout):
    cell, = handout(
        v4.new_code_cell('f()'),
        v4.new_code_cell('g()', metadata={'tags': ['solution']}))
    assert cell.source == 'f()'


def test_each_exercise_has_a_cell_for_the_answer(handout):
    cells = handout(v4.new_markdown_cell(
        '## Exercises\n\n1. Count\n   them.\n2. And these.'))
    assert [(cell.cell_type, cell.source) for cell in cells] == [
        ('markdown', '## Exercises'),
        ('markdown', '### Exercise 1\n\nCount\nthem.'),
        ('code', '# Your answer\n'),
        ('markdown', '### Exercise 2\n\nAnd these.'),
        ('code', '# Your answer\n')]


def test_a_link_to_what_is_left_out_keeps_its_words(handout):
    cell, = handout(v4.new_markdown_cell(
        '[Worked](vgg-exercises.ipynb) [here](vgg.ipynb#x) '
        '[there](https://d2l.ai) [docs](../docs/api.md) [up](#top)'))
    assert cell.source == ('Worked [here](vgg.ipynb#x) '
                           '[there](https://d2l.ai) docs [up](#top)')


def test_the_handout_of_the_chapters(tool, tmp_path):
    tool('handout').write(tmp_path / 'out')
    names = {path.stem for path in (tmp_path / 'out').glob('*.ipynb')}
    assert {'index', 'lenet', 'alexnet'} <= names
    assert not {name for name in names if 'exercises' in name}
    for path in (tmp_path / 'out').glob('*.ipynb'):
        text = path.read_text(encoding='utf-8')
        assert '"output_type"' not in text
        assert 'exercises.ipynb' not in text
        assert 'Worked' not in text
    lenet = (tmp_path / 'out' / 'lenet.ipynb').read_text(encoding='utf-8')
    assert len(re.findall('### Exercise', lenet)) == 6


def test_a_folder_that_exists_is_left_alone(tool, tmp_path):
    with pytest.raises(SystemExit, match='expected the name of a new folder'):
        tool('handout').main([str(tmp_path)])
