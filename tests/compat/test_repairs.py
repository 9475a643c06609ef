"""The list of repairs of MXNet; each has its test elsewhere."""
import re
import types

import pytest

from d2l.compat import repairs
from d2l.compat.numpy_repairs import pack_with_tobytes


@pytest.mark.parametrize('repair', sorted(
    {repair for table in (repairs.BEFORE, repairs.AFTER)
     for group in table.values() for repair in group},
    key=lambda repair: repair.__name__))
def test_each_repair_says_since_which_version_it_is_necessary(repair):
    first = (repair.__doc__ or '').split('\n')[0]
    assert re.search(r'\b(NumPy|SciPy|Python|IPython|MXNet|Slurm) \d', first)
    assert first.endswith('.')


def test_repairs_are_applied_in_order_before_or_after_their_module(
        monkeypatch):
    for name, value in (('BEFORE', {}), ('AFTER', {}), ('applied', [])):
        monkeypatch.setattr(repairs, name, value)
    calls = []
    before = repairs.before('a', 'b')(lambda module: calls.append('before'))
    for name in 'first', 'second':
        repairs.after('a')(lambda module, name=name: calls.append(name))
    module = types.ModuleType('a')
    repairs.apply_before(module)
    assert calls == ['before'] and repairs.applied == [('a', before)]
    repairs.apply_after(module)
    assert calls == ['before', 'first', 'second']
    assert repairs.has_repairs('b') and not repairs.has_repairs('c')


def test_applied_repairs_are_recorded():
    assert ('mxnet.recordio', pack_with_tobytes) in repairs.applied
