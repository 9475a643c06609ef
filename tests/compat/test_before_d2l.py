"""What d2l_mxnet.pth and d2l_mxnet.py do before d2l is imported."""
import os
import pathlib
import subprocess
import sys

import pytest
from interpreters import run_python
from limits import LIMIT

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent
# the line of this checkout in place of that in site-packages
START = '''
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path
                    if getattr(finder, '__module__', '') != 'd2l_mxnet']
%s
''' % (ROOT / 'd2l_mxnet.pth').read_text().splitlines()[1]

FORMATS = '''
from IPython import display
display.set_matplotlib_formats('svg')
'''


def loaded(*packages):
    """Code that prints which modules of these packages are loaded."""
    return '''
import sys
print(sorted(name for name in sys.modules
             if name.split('.')[0] in %r))''' % (packages,)


def test_importing_ipython_loads_nothing_of_d2l_but_the_finder():
    pytest.importorskip('IPython')
    run = run_python(START + 'import IPython.display\n'
                     'from IPython.display import display, HTML'
                     + loaded('d2l', 'd2l_mxnet', 'mxnet', 'numpy') + '''
print(hasattr(IPython.display, 'no_such_name'))''')
    assert run.stdout == "['d2l_mxnet']\nFalse\n", run.stdout


def test_the_formats_of_figures_are_set_without_mxnet_or_d2l():
    pytest.importorskip('IPython')
    run = run_python(START + '''
import logging, warnings
logging.disable()       # a new Matplotlib says that it looks for fonts
warnings.simplefilter('ignore', DeprecationWarning)     # of IPython 7 and 8
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
''' + FORMATS + '''
from IPython.display import set_matplotlib_formats
from matplotlib.figure import Figure
print(Figure in shell.display_formatter.formatters[
    'image/svg+xml'].type_printers)''' + loaded('mxnet'))
    assert run.stdout == 'True\n[]\n', run.stdout


@pytest.mark.parametrize('imports', [
    'import IPython.display, d2l', 'import d2l, IPython.display',
    'import IPython.display; from mxnet import nd',
    'from mxnet import nd; import IPython.display'])
def test_d2l_and_mxnet_set_them_as_well(imports):
    pytest.importorskip('IPython')
    run = run_python(START + imports + '''
from IPython import display
print(callable(vars(display)['set_matplotlib_formats']))''')
    assert run.stdout == 'True\n', run.stdout


def test_a_notebook_that_begins_with_the_formats_runs(tmp_path):
    manager = pytest.importorskip('jupyter_client.manager')
    (tmp_path / 'sitecustomize.py').write_text(START)
    paths = [str(tmp_path), str(ROOT), os.environ.get('PYTHONPATH', '')]
    kernel, client = manager.start_new_kernel(
        startup_timeout=LIMIT, kernel_name='python3',
        extra_arguments=['--IPKernelApp.log_level=40'],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths))))
    found = []
    try:
        for cell in (loaded('d2l', 'mxnet'), '%matplotlib inline\n' + FORMATS
                     + 'from matplotlib import pyplot\npyplot.plot([1, 2])'):
            reply = client.execute_interactive(
                cell, timeout=LIMIT, output_hook=found.append)
            assert reply['content']['status'] == 'ok', reply
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    texts = [m['content']['text'] for m in found if m['msg_type'] == 'stream']
    assert texts[0] == '[]\n'
    pictures = [m['content']['data'] for m in found
                if m['msg_type'] == 'display_data']
    assert 'image/svg+xml' in pictures[0], found


@pytest.mark.parametrize('before, line', [
    ('', 'import d2lzh_pytorch as d2l'),
    ('', 'from d2lzh_pytorch.utils import *'),
    ('', 'import d2lzh_tensorflow2 as d2l'),
    ('import d2l', 'import d2lzh_tensorflow2 as d2l'),
    ('from mxnet import nd', 'import d2lzh_pytorch as d2l')])
def test_a_missing_translation_is_explained(before, line):
    run = run_python(START + before + '''
try:
    %s
except ImportError as error:
    print(error.name, '|', error)''' % line)
    name = line.split()[1].partition('.')[0]
    assert run.stdout.startswith(name + ' | ' + name), run.stdout
    assert 'import d2lzh as d2l' in run.stdout


def test_a_translation_that_is_there_is_imported(tmp_path):
    package = tmp_path / 'd2lzh_pytorch'
    package.mkdir()
    (package / '__init__.py').write_text('from .utils import *\n')
    (package / 'utils.py').write_text('name = "its own"\n')
    for imports in ('', 'import d2l\n'):
        run = run_python(START + imports + 'sys.path.append(%r)\n'
                         'import d2lzh_pytorch.utils as d2l; print(d2l.name)'
                         % str(tmp_path))
        assert run.stdout == 'its own\n', run.stdout


def test_a_module_that_no_finder_has_is_missing_as_ever():
    run = run_python(START + '''
try:
    import d2lzh_cobol
except ModuleNotFoundError as error:
    print(error)''')
    assert run.stdout == "No module named 'd2lzh_cobol'\n", run.stdout


def test_python_reads_the_line():
    """As site does at the start: it executes lines that begin with import."""
    run = subprocess.run(
        [sys.executable, '-S', '-c', 'import site, sys; '
         'site.addpackage(%r, "d2l_mxnet.pth", set()); '
         'print([f.__module__ for f in sys.meta_path][0])' % str(ROOT)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, timeout=LIMIT)
    assert run.stdout == 'd2l_mxnet\n'
