"""pip installs d2l into a kernel that runs: its .pth file is not read."""
import pathlib

import pytest
from interpreters import run_python

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent
# what a kernel is that was started before d2l was installed
START = '''
import sys
sys.meta_path[:] = [f for f in sys.meta_path if f.__module__ != 'd2l_mxnet'
                    and 'editable' not in f.__module__]
sys.path[:] = [p for p in sys.path if p != %(root)r]
def attempt(statement):
    try:
        exec(statement, {})
    except Exception as error:
        print('failed:', type(error).__name__)
'''
INSTALL = 'sys.path.insert(0, %(root)r)\n'
USE = '''
import d2l
from mxnet import autograd, gluon, init, nd
net = gluon.nn.HybridSequential()
net.add(gluon.nn.Conv2D(2, 3), gluon.nn.MaxPool2D(), gluon.nn.Dense(10))
net.initialize(init.Xavier())
net.hybridize()
X, y = nd.ones((4, 1, 8, 8)), nd.ones(4)
trainer = gluon.Trainer(net.collect_params(), 'adam')
d2l.train_ch5(net, [(X, y)], [(X, y)], 4, trainer, d2l.try_gpu(), 1)
print('%%f' %% nd.ones(1).asnumpy(), 'fine')
'''


@pytest.mark.parametrize('statements', [
    ['from mxnet import nd'] * 3,
    ['from mxnet.gluon import nn', 'import mxnet.ndarray', 'import mxnet'],
    ['import numpy, IPython.display',
     'from mxnet import autograd, gluon, init, nd']])
def test_imports_that_failed_leave_nothing_behind(statements, tmp_path):
    code = START + INSTALL + ''.join(
        'attempt(%r)\n' % statement for statement in statements) + USE
    run = run_python(code % {'root': str(ROOT)}, cwd=tmp_path,
                     D2L_PROGRESS='0')
    assert run.returncode == 0, run.stdout
    assert run.stdout.splitlines()[-1] == '1.000000 fine', run.stdout
