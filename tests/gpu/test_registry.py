"""All operators of MXNet's registry: as on the CPU, or refused by both."""
import os
import subprocess
import sys

import pytest
import registry_walk

from d2l.gpu.fallback import function_of
from d2l.gpu.registry import OPS, definition_of

NAMES = [name for name in registry_walk.operators()
         if 'backward' not in name and name not in registry_walk.SKIPPED]


def walk(names):
    """What the program says of each operator."""
    program = os.path.join(os.path.dirname(__file__), 'registry_walk.py')
    found = {}
    while len(found) < len(names):
        rest = [name for name in names if name not in found]
        result = subprocess.run([sys.executable, program, *rest], text=True,
                                capture_output=True, check=False)
        lines = [line.split('\t') for line in result.stdout.splitlines()]
        found.update(line for line in lines if line[1:] and line[1])
        # MXNet's operators may spoil memory for a later one: once more
        assert result.returncode == 0 or len(lines) > 1, '%s: %s' % (
            lines, result.stderr[-1000:])
    return found


@pytest.mark.parametrize('part', range(4))
def test_each_operator_is_as_on_the_cpu(part):
    found = walk(NAMES[part::4])
    assert len(found) == len(NAMES[part::4])
    wrong = {name: what for name, what in found.items()
             if not what.startswith('computed')
             and name not in registry_walk.DIFFERENT
             and not (what.startswith('lenient')
                      and name in registry_walk.LENIENT)}
    assert not wrong, '\n'.join(map(str, wrong.items()))
    computed = [name for name, what in found.items()
                if what.startswith('computed') and what != 'computed 0']
    assert len(computed) > len(found) / 2


def test_lists_name_operators():
    listed = {*registry_walk.LENIENT, *registry_walk.DIFFERENT}
    assert listed <= set(NAMES)


def test_operators_that_change_their_inputs_have_code_or_are_refused():
    import mxnet as mx
    real = mx.base._LIB.real
    for name in NAMES:
        if '_update' in name:
            definition = definition_of(real, name)
            try:
                function = function_of(definition)
            except mx.MXNetError as error:
                assert 'use it on mx.cpu()' in str(error)
            else:
                assert function is OPS[name]
