"""Private attributes of gluon are used in one module."""
import ast
import pathlib

import pytest

import d2l

PACKAGE = pathlib.Path(d2l.__file__).parent
COMPANION = PACKAGE.parent / 'chapters' / 'companion'
# Not gluon's: Python's own, MXNet's amp (amp.py says why), a module's own.
ALLOWED = {'sys._getframe', 'os._exit', 'amp._amp_initialized',
           'd2l._HOME', 'd2l._EXPOSED'}


def private_attributes(tree):
    """What is asked of objects other than `self`, such as 'trainer._params'.

    Only the last two names of a chain are told.
    """
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr.startswith('_')
                and not node.attr.endswith('__')):
            owner = getattr(node.value, 'id', getattr(node.value, 'attr', ''))
            if owner not in ('self', 'cls') and not owner.startswith('_'):
                yield '%s.%s' % (owner, node.attr)


# compat and gpu stand between MXNet and the rest, and must know its insides
@pytest.mark.parametrize('path', sorted(
    path for path in PACKAGE.rglob('*.py')
    if not {'compat', 'gpu'}.intersection(path.relative_to(PACKAGE).parts)
    and path.name != 'gluon_internals.py')
    + sorted(COMPANION.glob('*.py')), ids=lambda path: path.stem)
def test_no_other_module_uses_them(path):
    tree = ast.parse(path.read_text(encoding='utf-8'))
    assert set(private_attributes(tree)) <= ALLOWED


def test_the_search_finds_them():
    code = 'a = trainer._params[0]._data\nself._own = net.collect()._x'
    assert set(private_attributes(ast.parse(code))) == {
        'trainer._params', '._data', '._x'}
