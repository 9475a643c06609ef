"""Libraries of MXNet's time see the names that NumPy and Python removed."""
import pytest
from interpreters import run_python
from test_before_d2l import START

from d2l.compat.hook import LIBRARIES

MODEL = '''
import numpy as np
from distutils.version import LooseVersion

from . import shapes


def predict(x):
    import numpy
    assert numpy is np and LooseVersion('2.0') > '1.9'
    return x.asnumpy().astype(np.float).sum(dtype=np.int) + shapes.area(x)
'''
SHAPES = '''
import numpy as np
is_large = np.bool(True)


def area(x):
    return int(np.product(x.shape))
'''


@pytest.fixture
def folder(tmp_path):
    """A stand-in for each library, written as in 2019, and one for others."""
    for name in (*LIBRARIES, 'modern'):
        package = tmp_path / name / 'model_zoo'
        package.mkdir(parents=True)
        (tmp_path / name / '__init__.py').write_text('')
        (package / '__init__.py').write_text(
            MODEL if name in LIBRARIES else '')
        (package / 'shapes.py').write_text(SHAPES)
    return tmp_path


@pytest.mark.parametrize('name, before', [
    ('gluoncv', ''), ('gluonnlp', 'import d2l'), ('mxboard', 'import mxnet')])
def test_a_library_of_the_time_sees_the_removed_names(name, before, folder):
    run = run_python(START + '''
sys.path.append(%r)
%s
from %s import model_zoo
from mxnet import nd
import numpy
print(model_zoo.predict(nd.ones((2, 3))), model_zoo.shapes.is_large,
      model_zoo.np is numpy)''' % (str(folder), before, name))
    assert run.stdout == '12 True False\n', run.stdout


def test_a_library_that_is_not_listed_sees_numpy_itself(folder):
    run = run_python(START + '''
sys.path.append(%r)
import d2l, mxnet, numpy
try:
    from modern.model_zoo import shapes
    print(shapes.np is numpy)
except AttributeError as error:     # NumPy >= 1.24, < 2
    print('bool' in str(error))''' % str(folder), '-W', 'ignore')
    assert run.stdout == 'True\n', run.stdout


@pytest.mark.parametrize('name', LIBRARIES)
def test_a_library_that_is_missing_is_missing_as_ever(name):
    run = run_python(START + '''
sys.path[:] = [path for path in sys.path if 'site-packages' not in path]
try:
    import %s
except ModuleNotFoundError as error:
    print(error)''' % name)
    assert run.stdout == "No module named '%s'\n" % name, run.stdout
