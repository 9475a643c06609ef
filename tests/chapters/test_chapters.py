"""The chapters keep to the rules, and every rule can fail.

`make test` runs them as well, by tools/check_chapters.py.
"""
import copy
import pathlib
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4
from notebook_rules import problems

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent
CHAPTERS = sorted((ROOT / 'chapters').glob('*.ipynb'))
VERSIONS = {'tags': ['hide-cell', 'nbval-ignore-output'],
            'jupyter': {'source_hidden': True}}


def ruff(path):
    return subprocess.run(
        [sys.executable, '-m', 'ruff', 'check', '--no-cache',
         '--output-format=concise', '--config', str(ROOT / 'pyproject.toml'),
         str(path)], stdout=subprocess.PIPE, universal_newlines=True)


def test_there_are_chapters():
    assert {'alexnet', 'lenet'} <= {path.stem for path in CHAPTERS}


@pytest.mark.parametrize('path', CHAPTERS, ids=lambda path: path.stem)
def test_the_chapter_keeps_the_rules(path):
    found = problems(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    assert not found, '\n'.join(['%s:' % path.name] + found)


@pytest.mark.parametrize('path', CHAPTERS, ids=lambda path: path.stem)
def test_ruff_reads_the_chapter(path):
    run = ruff(path)
    assert run.returncode == 0, run.stdout


def picture():
    return v4.new_output('display_data', {'image/png': 'iVBO',
                                          'text/plain': '<Figure>'})


def printed(text):
    return v4.new_output('stream', name='stdout', text=text)


@pytest.fixture
def good():
    """A notebook that keeps all rules; cells: text, text, code ..."""
    settings = dict(order=1, summary='words', time_on_cpu='a minute',
                    time_on_gpu='not needed', rehearsal_batches=4)
    return v4.new_notebook(metadata={'d2l': settings}, cells=[
        v4.new_markdown_cell('# A title\n\nWords.', id='title'),
        v4.new_markdown_cell(
            '> **What you need, and how long it takes.** No GPU; a minute '
            'on a\n> CPU.', id='needs'),
        v4.new_code_cell('draw()', id='draw', execution_count=1,
                         outputs=[picture()],
                         metadata={'mystnb': {'image': {'alt': 'a line'}}}),
        v4.new_markdown_cell('**Figure.** A line.', id='caption'),
        v4.new_code_cell('show()', id='versions', execution_count=2,
                         metadata=copy.deepcopy(VERSIONS),
                         outputs=[printed('d2l 0.1, MXNet 1.9.1, '
                                          'Python 3.11.7')]),
    ])


def test_the_good_notebook_keeps_all_rules(good):
    good.cells[1].source += ' See [this](../docs/api.md), 1/tmp, ~/x.'
    good.cells[1].source += '\n\n```sh\n# no title\n```\n\n![a dog](a.png)'
    assert problems(good) == []


def change(number, **what):
    def apply(notebook):
        notebook.cells[number].update(what)
    return apply


def setting(name, value):
    def apply(notebook):
        notebook.metadata['d2l'][name] = value
    return apply


def no_summary(notebook):
    del notebook.metadata['d2l']['summary']


def tag_missing(notebook):
    notebook.cells[4].metadata['tags'].remove('hide-cell')


def shown(notebook):
    del notebook.cells[4].metadata['jupyter']


def error_stored(notebook):
    notebook.cells[2].outputs = [v4.new_output(
        'error', ename='NameError', evalue='no such', traceback=[])]
    notebook.cells[2].metadata.clear()


NEED = '> **What you need, and how long it takes.** '
BAD = {
    'no title': (change(0, source='Words.'), 'first cell is not Markdown'),
    'two titles': (change(3, source='**Figure.** A.\n\n# Another'),
                   'caption: a second title'),
    'no summary': (no_summary, 'lacks "summary"'),
    'unknown setting': (setting('rehersal', 4), '"rehersal": 4; expected '
                        'order (int), summary (str)'),
    'setting of another type': (setting('rehearsal_batches', '4'),
                                '"rehearsal_batches": \'4\'; expected'),
    'invalid': (change(0, cell_type='poem'), 'not a valid notebook'),
    'needs not said': (change(1, source='Words.'), 'no paragraph'),
    'needs said too late': (lambda nb: nb.cells.insert(4, nb.cells.pop(1)),
                            'no paragraph'),
    'no time': (change(1, source=NEED + 'A CPU, no GPU.'), 'second|minute'),
    'GPU not spoken of': (change(1, source=NEED + 'A minute on a CPU.'),
                          r'matches \bGPU'),
    'CPU in another paragraph': (
        change(1, source=NEED + 'No GPU; a minute.\n\nA CPU.'),
        r'matches \bCPU'),
    'error stored': (error_stored, 'draw: a stored error: NameError: no such'),
    'not executed': (change(2, execution_count=None), 'count None'),
    'out of order': (change(2, execution_count=7), 'count 7 where'),
    'path in code': (change(2, source="open('/home/me/data.csv')"),
                     'draw: an absolute path: /home/me/data'),
    'path of Windows': (change(3, source='**Figure.** In C:\\Users'),
                        'caption: an absolute path: C:\\Users'),
    'path in an output': (
        change(4, outputs=[printed('d2l 0.1 MXNet 1.9 Python 3.9 in '
                                   '/home/me/x.py')]),
        'versions: an absolute path: /home/me/x.py'),
    'long line': (change(2, source='x' * 73), 'draw: 73 characters'),
    'no versions': (change(4, id='other'), 'the id "versions"'),
    'tag missing': (tag_missing, "lacks the tags ['hide-cell']"),
    'not folded': (shown, 'lacks "jupyter"'),
    'version not printed': (change(4, outputs=[printed('d2l 0.1 MXNet 1.9')]),
                            'no version of Python'),
    'no alternative text': (change(2, metadata={}), 'draw: draws a picture '
                            'and has no alternative text'),
    'no caption': (change(3, source='A line.'), 'starts with its caption'),
    'Markdown picture': (change(3, source='**Figure.** ![](a.png)'),
                         'caption: a picture without'),
    'HTML picture': (change(3, source='**Figure.** <img src="a.png">'),
                     'caption: a picture without'),
}


@pytest.mark.parametrize('name', BAD)
def test_rule_can_fail(name, good):
    break_it, message = BAD[name]
    break_it(good)
    found = problems(good)
    assert len(found) == 1 and message in found[0], found


def test_ruff_can_fail(good, tmp_path):
    good.cells[2].source = 'import os'
    path = tmp_path / 'bad.ipynb'
    nbformat.write(good, path)
    run = ruff(path)
    assert run.returncode == 1 and 'F401' in run.stdout, run.stdout
