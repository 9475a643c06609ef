"""MXNet and d2l in any order, and nobody else's NumPy changed."""
import os
import pathlib
import subprocess
import sys

import pytest

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


def python(code, *options, cwd=None, **environ):
    """Run code in a new interpreter; returns what it prints."""
    return subprocess.run(
        [sys.executable, *options, '-c', code], cwd=cwd and str(cwd),
        env=dict(os.environ, **environ), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True, timeout=120)


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
def test_any_order(imports):
    run = python(imports + '''
assert nd.ones((2,)).sum().asscalar() == 2
assert d2l.try_gpu().device_type in ('cpu', 'gpu')
print('fine')''')
    assert run.stdout == 'fine\n', run.stdout


def test_checkout_that_is_not_installed(tmp_path):
    """As the chapters do, in an environment without the .pth file."""
    code = '''
import sys
# what site-packages would have done at the start, taken back
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
    run = python(code % dict(root=str(ROOT), failing=0), cwd=tmp_path)
    assert run.stdout == '2.0\n', run.stdout
    # and where the reader tried MXNet alone before
    run = python(code % dict(root=str(ROOT), failing=1), cwd=tmp_path)
    assert run.stdout.splitlines()[-1] == '2.0', run.stdout


def test_the_editions_own_d2l_on_the_path(tmp_path):
    """Readers of its repository have that package first; MXNet works."""
    (tmp_path / 'd2l').mkdir()
    (tmp_path / 'd2l' / '__init__.py').write_text(
        'from mxnet import nd\nname = "the edition\'s"\n')
    for imports in ('import d2l; from mxnet import nd',
                    'from mxnet import nd; import d2l'):
        run = python('import sys; sys.path.insert(0, %r)\n%s\n'
                     'print(d2l.name, nd.ones(1).asscalar())'
                     % (str(tmp_path), imports), cwd=tmp_path)
        assert run.stdout == "the edition's 1.0\n", run.stdout


def test_numpy_is_what_numpy_made_it():
    run = python('''
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


def test_import_d2l_loads_nothing_else():
    run = python('import sys; import d2l; print(sorted({m.split(".")[0] for m '
                 'in sys.modules} & {"mxnet", "numpy", "matplotlib"}))')
    assert run.stdout == '[]\n', run.stdout


def test_an_interpreter_without_mxnet_loads_nothing_of_d2l():
    run = python('import sys; print(sorted(m for m in sys.modules if '
                 'm.startswith("d2l")))')
    assert run.stdout == '[]\n', run.stdout


def test_public_names():
    assert set(d2l.__all__) <= set(dir(d2l))
    for name in d2l.__all__:
        assert getattr(d2l, name).__doc__, name
    with pytest.raises(AttributeError, match="'d2l' has no attribute 'nope'"):
        d2l.nope  # noqa: B018


def test_without_mxnet_the_error_says_how_to_install_it():
    run = python('''
import sys
sys.modules['mxnet'] = None
import d2l
try:
    d2l.try_gpu
except ModuleNotFoundError as error:
    print(error)''')
    assert 'pip install "d2l-gluon[cpu]"' in run.stdout, run.stdout


def test_a_checkout_that_was_moved_away_does_no_harm(tmp_path):
    """The .pth line stays behind; it must not print an error at each start."""
    run = python('import sys, types; sys.modules["d2l_mxnet"] = None\n'
                 'try: import mxnet\n'
                 'except Exception as error: print(repr(error))\n'
                 'else: print("works without")')
    # as without d2l, which depends on NumPy; nothing speaks of d2l
    assert run.stdout and 'd2l' not in run.stdout, run.stdout


def test_what_the_start_of_an_interpreter_costs():
    """Less than a millisecond: the .pth file's line, as site executes it."""
    line = (ROOT / 'd2l_mxnet.pth').read_text().splitlines()[1]
    run = python('import sys, time; line = %r\n'
                 'a = time.perf_counter(); exec(line)\n'
                 'print(time.perf_counter() - a)' % line)
    assert float(run.stdout) < 0.001


def test_what_import_d2l_costs_beside_mxnet():
    """At most a twentieth, with all that it prepares for MXNet."""
    ratios = []
    for _ in range(3):
        run = python('import time; a = time.time(); import d2l; '
                     'b = time.time(); import mxnet; c = time.time(); '
                     'print((b - a) / (c - b))')
        ratios.append(float(run.stdout))
    assert min(ratios) < 0.05, ratios
