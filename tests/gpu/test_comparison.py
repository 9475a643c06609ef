"""The comparison itself: it finds differences, and lists no needless one."""
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from case import Case
from comparison import check, difference
from exceptions import EXCEPTIONS, exception_for

from d2l.gpu import invoke, registry

# what the fallback computes is compared as well
pytestmark = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU')

X = np.array([[1, -2, 3]], 'float32')


@pytest.fixture
def replace_operator(monkeypatch):
    def replace(name, function):
        monkeypatch.setitem(registry.OPS, name, function)
        invoke._calls.clear()
    yield replace
    invoke._calls.clear()


def test_equal_operators_pass():
    check(Case('square', [X]))


@pytest.mark.parametrize('function, found', [
    (lambda p, x: x * x + 1e-2, 'output 0: values'),
    (lambda p, x: (x * x).detach(), 'gradient 0: values'),
    (lambda p, x: (x * x).double(), 'output 0: float32'),
    (lambda p, x: (x * x).T, 'output 0: float32'),
    (lambda p, x: (x * x).reshape(2, 2), 'only gpu'),
    (lambda p, x: (x * x, x), 'on gpu(0)')])
def test_differences_are_found(replace_operator, function, found):
    replace_operator('square', function)
    assert found in difference(Case('square', [X]))


def test_a_changed_input_is_found(replace_operator):
    replace_operator('square', lambda p, x: x.mul_(x))
    assert 'input 0' in difference(Case('square', [X], differentiate=0))


def test_refused_by_both_is_equal():
    assert difference(Case('dot', [X, X])) is None      # both refuse


@pytest.mark.parametrize('known', EXCEPTIONS,
                         ids=lambda known: str(known.example))
def test_each_exception_is_needed(known):
    assert exception_for(known.example) is known
    found = (difference_elsewhere(known) if known.crashes
             else difference(known.example))
    assert found is not None, (
        'no difference any more: remove it from EXCEPTIONS')
    assert known.reason


def difference_elsewhere(known):
    """The difference, or how the process that looked for it has ended."""
    code = ('import comparison, exceptions\n'
            'known = exceptions.EXCEPTIONS[%d]\n'
            'print(comparison.difference(known.example), flush=True)'
            % EXCEPTIONS.index(known))
    ended = subprocess.run(
        [sys.executable, '-c', code], cwd=pathlib.Path(__file__).parent,
        stdout=subprocess.PIPE, universal_newlines=True)
    if ended.stdout.strip() == 'None':
        return None
    # what MXNet writes outside its arrays may end it before or after that
    assert ended.stdout or ended.returncode < 0
    return ended.stdout or ended.returncode


def test_states_changed_in_place_are_compared():
    w, g, m = (np.ones((2, 2), 'float32') * i for i in (1, 2, 3))
    check(Case('sgd_mom_update', [w, g, m], dict(lr=.1, momentum=.9),
               differentiate=0, out=(0,)))
