"""Importing MXNet and d2l, in any order; NumPy stays unchanged."""
import pathlib

import pytest
from interpreters import run_python

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


@pytest.mark.parametrize('imports', [
    'import d2l; from mxnet import gluon, init, nd',
    'from mxnet import gluon, init, nd; import d2l',
    'import mxnet as mx; import d2l; nd = mx.nd',
    'from mxnet.gluon import nn; from mxnet import nd; import d2l',
    'import numpy; import mxnet; import d2l; from mxnet import nd',
    'import mxnet.numpy; from mxnet import nd; import d2l',
    'import matplotlib.pyplot; from mxnet import nd; import d2l',
    'from d2l import train_ch5; from mxnet import nd; import d2l',
    'from d2l import *; from mxnet import nd; import d2l; try_gpu()',
])
def test_imports_work_in_any_order(imports):
    run = run_python(imports + '''
assert nd.ones((2,)).sum().asscalar() == 2
assert d2l.try_gpu().device_type in ('cpu', 'gpu')
print('fine')''')
    assert run.stdout == 'fine\n', run.stdout


@pytest.mark.parametrize('failing', [0, 1])
def test_a_checkout_on_the_path_prepares_mxnet(failing, tmp_path):
    """Without the .pth file, also after `import mxnet` failed `failing` times.
    """
    code = '''
import sys
# undo what site-packages did at the start
sys.meta_path[:] = [f for f in sys.meta_path if f.__module__ != 'd2l_mxnet'
                    and 'editable' not in f.__module__]
sys.path[:] = [p for p in sys.path if p != %(root)r]
for failing in range(%(failing)d):
    try:
        import mxnet
    except (AttributeError, ImportError, OSError) as error:
        print('without d2l:', type(error).__name__)
sys.path.insert(0, %(root)r)
import d2l
from mxnet import nd
print(nd.ones((2,)).sum().asscalar())'''
    run = run_python(code % dict(root=str(ROOT), failing=failing),
                     cwd=tmp_path)
    assert run.stdout.splitlines()[-1] == '2.0', run.stdout
    assert failing or run.stdout == '2.0\n', run.stdout


def test_mxnet_works_with_the_books_own_d2l_on_the_path(tmp_path):
    """In the book's repository, its own package d2l is found first."""
    (tmp_path / 'd2l').mkdir()
    (tmp_path / 'd2l' / '__init__.py').write_text(
        'from mxnet import nd\nname = "the edition\'s"\n')
    for imports in ('import d2l; from mxnet import nd',
                    'from mxnet import nd; import d2l'):
        run = run_python('import sys; sys.path.insert(0, %r)\n%s\n'
                         'print(d2l.name, nd.ones(1).asscalar())'
                         % (str(tmp_path), imports), cwd=tmp_path)
        assert run.stdout == "the edition's 1.0\n", run.stdout


def test_numpy_itself_is_not_changed():
    run = run_python('''
import numpy
before = {k: id(v) for k, v in vars(numpy).items()}
had = hasattr(numpy, 'bool'), hasattr(numpy, 'msort'), numpy.dtype(bool)
import d2l
import mxnet
from mxnet import nd, test_utils
mxnet.np.ones(2)
d2l.train_ch5
import sys
assert sys.modules['numpy'] is numpy
new = {k for k, v in vars(numpy).items() if id(v) != before.get(k)}
import types
assert all(isinstance(vars(numpy)[k], types.ModuleType) for k in new), new
assert had == (hasattr(numpy, 'bool'), hasattr(numpy, 'msort'),
               numpy.dtype(bool))
print('same')''', '-W', 'ignore')
    assert run.stdout == 'same\n', run.stdout


def test_import_d2l_loads_only_itself_and_the_standard_library():
    run = run_python('''
import sys
before = set(sys.modules)
import d2l
new = {name: getattr(sys.modules[name], '__file__', None) or ''
       for name in set(sys.modules) - before}
print(sorted(name for name, file in new.items() if 'site-packages' in file
             and name.split('.')[0] != 'd2l'))
print(sorted(name for name in new if name.startswith('d2l.')
             and not name.startswith('d2l.compat')))''')
    assert run.stdout == '[]\n[]\n', run.stdout


def test_an_interpreter_without_mxnet_loads_nothing_of_d2l():
    run = run_python('import sys; print(sorted(m for m in sys.modules if '
                     'm.startswith("d2l")))')
    assert run.stdout == '[]\n', run.stdout


def test_public_names_have_docstrings():
    assert set(d2l.__all__) <= set(dir(d2l))
    for name in d2l.__all__:
        assert getattr(d2l, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'d2l' has no attribute 'nope'"):
        d2l.nope  # noqa: B018


def test_the_pth_line_of_a_removed_checkout_is_silent():
    """The line stays in site-packages and must not print an error."""
    run = run_python('import sys, types; sys.modules["d2l_mxnet"] = None\n'
                     'try: import mxnet\n'
                     'except Exception as error: print(repr(error))\n'
                     'else: print("works without")')
    # MXNet alone works or not, depending on NumPy
    assert run.stdout and 'd2l' not in run.stdout, run.stdout


def test_the_pth_line_loads_no_module_and_opens_no_file():
    """Every start of an interpreter executes it, with or without MXNet."""
    line = (ROOT / 'd2l_mxnet.pth').read_text().splitlines()[1]
    run = run_python('''
import sys
events = []
code = compile(%r, 'line', 'exec')
sys.addaudithook(lambda event, args: events.append(event))
exec(code)
seen = events[:]
print(sorted({event for event in seen if event in (
    'import', 'open', 'os.listdir', 'os.scandir')}))''' % line)
    assert run.stdout == '[]\n', run.stdout


def test_import_d2l_opens_few_files_beside_those_of_mxnet():
    """With all that it prepares for MXNet."""
    run = run_python('''
import sys
opened = []
sys.addaudithook(   # bytecode: once a module, whether it is there or not
    lambda event, args: event == 'open' and str(args[0]).endswith('.pyc')
    and opened.append(args[0]))
import d2l
for_d2l = len(opened)
import mxnet
print(for_d2l / (len(opened) - for_d2l))''')
    assert float(run.stdout) < 0.2, run.stdout


def test_the_packages_of_compat_import_nothing_while_they_are_executed():
    """Python 3.14.8 would import d2l for them, whose name is another's here.

    The book's own d2l may be the first on the path.
    """
    run = run_python('''
import sys

class Watch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        parent = sys.modules.get(name.rpartition('.')[0])
        if name.startswith('d2l.') and parent.__spec__._initializing:
            print(name)

sys.meta_path.insert(0, Watch)
from mxnet import nd
print('d2l' in sys.modules, 'd2l.compat.threads.chooser' in sys.modules)''')
    assert run.stdout == 'False True\n', run.stdout
