"""The import hook, and what d2l.compat may import."""
import ast
import pathlib
import sys

import mxnet as mx
import numpy as np
import pytest

from d2l.compat import hook

FILES = sorted(pathlib.Path(hook.__file__).parent.rglob('*.py'))


def test_mxnets_modules_have_builtins_of_their_own():
    assert vars(mx.nd)['__builtins__'] is hook._BUILTINS


def test_other_code_imports_numpy_itself():
    namespace = {}
    exec('import numpy', namespace)
    assert namespace['numpy'] is np is sys.modules['numpy']


def test_installing_twice_changes_nothing():
    before = list(sys.meta_path)
    assert isinstance(hook.install(), hook.Finder)
    assert sys.meta_path == before


@pytest.mark.parametrize('name', ['json', 'mxnets', 'dmlc_tracker.local'])
def test_modules_without_repairs_are_left_to_python(name):
    assert hook.Finder().find_spec(name) is None


@pytest.mark.parametrize('file', FILES, ids=lambda file: file.name)
def test_compat_imports_nothing_from_the_rest_of_d2l(file):
    """Only `from .module import name`: see d2l/compat/__init__.py."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert alias.name.split('.')[0] != 'd2l', alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                assert node.module, 'from . import module'
                folder = file.parents[node.level - 1]
                module = folder.joinpath(*node.module.split('.'))
                assert {module.with_suffix('.py'),
                        module / '__init__.py'} & set(FILES), node.module
            else:
                assert node.module.split('.')[0] != 'd2l', node.module
