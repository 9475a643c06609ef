"""The types in d2l/__init__.pyi: true to the code, and seen by mypy."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

import d2l

PACKAGE = pathlib.Path(d2l.__file__).parent
CONFIG = '[mypy]\nignore_missing_imports = True\nfollow_imports = skip\n'
PROGRAM = '''
from typing import List

import d2l
from mxnet import gluon

net, ctx, history = d2l.nn.Dense(10), d2l.try_gpu(), d2l.History()
trainer = gluon.Trainer(net.collect_params(), 'sgd')
batches = d2l.load_data_fashion_mnist(256)
d2l.train_ch5(net, *batches, 256, trainer, ctx, 5, history=history)
best: float = max(history.test_acc)
names: List[str] = d2l.get_fashion_mnist_labels([0, 1])
with d2l.Benchmark('training'):
    d2l.train_ch3(net, *batches, d2l.squared_loss, 5, 256, trainer=trainer)

d2l.train_ch5(net, *batches, 256, trainer, ctx, '5')            # wrong
d2l.train_ch5(net, *batches, 256, trainer, ctx, 5, save='x')    # wrong
d2l.use_amp('float8')                                           # wrong
history.accuracy                                                # wrong
d2l.load_data_fashion_mnist(256, resize='96')                   # wrong
len(d2l.train_2d(lambda x1, x2, s1, s2: (x1, x2)))              # wrong
for X, y in d2l.try_all_gpus(1):                                # wrong
    pass
d2l.train_ch6(net)                                              # wrong
'''


@pytest.fixture
def run_mypy(tmp_path):
    """Run a module of mypy on the types alone, without d2l's modules."""
    types = tmp_path / 'types'
    (types / 'd2l').mkdir(parents=True)
    (types / 'd2l' / '__init__.pyi').write_text(
        (PACKAGE / '__init__.pyi').read_text(encoding='utf-8'),
        encoding='utf-8')
    (tmp_path / 'mypy.ini').write_text(CONFIG, encoding='utf-8')

    def run(module, *arguments):
        return subprocess.run(
            [sys.executable, '-m', module, *arguments], cwd=str(tmp_path),
            env=dict(os.environ, MYPYPATH=str(types),
                     PYTHONPATH=str(PACKAGE.parent)),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            universal_newlines=True)
    return run


@pytest.mark.slow
def test_names_and_signatures_are_those_of_the_code(run_mypy):
    done = run_mypy('mypy.stubtest', 'd2l', '--concise',
                    '--mypy-config-file', 'mypy.ini',
                    '--ignore-missing-stub')    # of d2l's modules
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_wrong_calls_are_found_and_right_ones_are_not(run_mypy, tmp_path):
    (tmp_path / 'program.py').write_text(PROGRAM, encoding='utf-8')
    out = run_mypy('mypy', '--config-file', 'mypy.ini', 'program.py').stdout
    found = {int(number) for number in re.findall(
        r'^program\.py:(\d+): error', out, re.MULTILINE)}
    wrong = {number for number, line in enumerate(PROGRAM.splitlines(), 1)
             if line.endswith('# wrong')}
    assert found == wrong, out


def test_type_checkers_are_told_that_there_are_types():
    assert (PACKAGE / 'py.typed').exists()
