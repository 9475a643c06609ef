"""The benchmark beside other programs."""
import os
import subprocess
import sys
import time

import psutil
import pytest
from limits import LIMIT

from benchmarks import crowd


def children():
    return psutil.Process().children(recursive=True)


@pytest.mark.slow
@pytest.mark.parametrize('situation', ['idle', 'niced, beside one'])
def test_each_side_runs(situation, monkeypatch):
    monkeypatch.setitem(crowd.TASKS, 'lenet-loop', ('', '', 2560))
    for side in crowd.SIDES:
        assert 0 < crowd.measure(side, 'lenet-loop', situation) < 60000
    assert not children()


@pytest.mark.parametrize('situation, count', [('idle', 0), ('beside one', 1),
                                              ('beside four', 4)])
def test_busy_processes_run_for_as_long_as_they_should(situation, count):
    before = len(children())
    with crowd.SITUATIONS[situation]('here') as prefix:
        assert prefix == [] and len(children()) == before + count
    assert len(children()) == before


def test_niced_is_the_one_that_is_measured_or_the_other():
    with crowd.SITUATIONS['niced, beside one']('here') as prefix:
        nice = subprocess.run(
            [*prefix, sys.executable, '-c', 'import os; print(os.nice(0))'],
            stdout=subprocess.PIPE, universal_newlines=True).stdout
    assert int(nice) == min(os.nice(0) + 10, 19)
    with crowd.SITUATIONS['beside one niced']('here') as prefix:
        child, = children()
        limit = time.monotonic() + LIMIT    # `nice` first has to run
        while child.nice() == os.nice(0) and time.monotonic() < limit:
            time.sleep(0.01)
        assert prefix == [] and child.nice() == min(os.nice(0) + 10, 19)


def test_a_cgroup_holds_the_process_and_is_removed():
    with crowd.SITUATIONS['quota of a core']('here') as prefix:
        if prefix is None:
            pytest.skip('this user may make no cgroups')
        shown = subprocess.run([*prefix, 'cat', '/proc/self/cgroup'],
                               stdout=subprocess.PIPE,
                               universal_newlines=True).stdout
        assert crowd._GROUP in shown
    with open('/proc/self/cgroup') as file:
        assert crowd._GROUP not in file.read()


def test_the_table_has_medians_and_their_ratio():
    runs = {situation: {'book': [10, 30, 20], 'here': [8, 9, 10]}
            for situation in crowd.SITUATIONS}
    runs['quota of a core'] = {'book': [None], 'here': [None]}
    lines = crowd.table({'lenet': runs}).splitlines()
    assert lines[0] == '|  | LeNet, 15,000 images, s |'
    assert lines[2] == '| idle | 20 : 9 = 2.22 |'
    assert '| quota of a core | no right to make a cgroup |' in lines
    assert len(lines) == 2 + len(crowd.SITUATIONS)
