"""Imports under the package's other names, and those of other editions."""
import pytest
from interpreters import run_python

import d2l  # noqa: F401


@pytest.mark.parametrize('line', [
    'import gluonbook as package', 'from gluonbook import utils as package',
    'import gluonbook.utils as package', 'import d2l.utils as package',
    'from d2l import utils as package', 'import d2lzh.utils as package',
    'from d2lzh import utils as package', 'import d2l; package = d2l.utils',
    'import d2lzh; package = d2lzh.utils',
    'from d2lzh.utils import *; import d2lzh as package',
    'from gluonbook.utils import train_ch5; import d2lzh as package'])
def test_the_package_has_the_names_of_its_history(line):
    run = run_python(line + '''
import d2l
import d2lzh
print(package is (d2l if package.__name__ == 'd2l' else d2lzh),
      package.train_ch5.__name__)''')
    assert run.stdout == 'True train_ch5\n', run.stdout


@pytest.mark.parametrize('line, edition, here', [
    ('from d2l import mxnet as d2l', '0.13 and later', 'import d2l'),
    ('from d2l import torch as d2l', '0.13 and later', 'import d2l'),
    ('import d2l.torch', '0.13 and later', 'import d2l'),
    ('from d2l.mxnet import train_ch6', '0.13 and later', 'import d2l'),
    ('from d2l import Animator, train_ch6', '0.10 and later', 'd2l.History'),
    ('from d2l import train_ch6', '0.12 and later', 'd2l.train_ch5('),
    ('from d2lzh import train_ch6', '0.12 and later', 'd2lzh.train_ch5('),
    ('import d2lzh_pytorch as d2l', 'PyTorch', 'import d2lzh as d2l'),
    ('from d2l import trian_ch5', '', 'did you mean d2l.train_ch5?')])
def test_an_import_of_another_edition_is_explained(line, edition, here):
    with pytest.raises(ImportError) as info:
        exec(line, {})
    assert edition in str(info.value) and here in str(info.value)


def test_a_missing_module_of_another_package_gets_pythons_own_error():
    with pytest.raises(ModuleNotFoundError, match="^No module named 'qwer'$"):
        import qwer  # noqa: F401
