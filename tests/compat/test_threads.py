"""The threads that MXNet is loaded with; see docs/performance.md."""
import os

import pytest
from interpreters import run_python

from d2l.compat import threads

NAMES = ('OMP_NUM_THREADS', 'GOMP_SPINCOUNT', 'OMP_WAIT_POLICY',
         'MXNET_CPU_PARALLEL_SIZE')


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_openmp_variables_are_set_only_within():
    with threads.library_environment():
        assert os.environ['OMP_NUM_THREADS'] == str(threads.cores())
        assert os.environ['GOMP_SPINCOUNT'] == '300'
    assert [n for n in NAMES if n in os.environ] == [
        'MXNET_CPU_PARALLEL_SIZE']      # MXNet's own, read later


def test_openmp_variables_are_removed_if_loading_fails():
    with pytest.raises(OSError), threads.library_environment():
        raise OSError('libmxnet.so')
    assert 'OMP_NUM_THREADS' not in os.environ


@pytest.mark.parametrize('name, value, unset', [
    ('OMP_NUM_THREADS', '7', ()), ('GOMP_SPINCOUNT', '5', ()),
    ('OMP_WAIT_POLICY', 'ACTIVE', ('GOMP_SPINCOUNT',)),
    ('MXNET_CPU_PARALLEL_SIZE', '9', ())])
def test_variables_of_the_user_stay(name, value, unset, monkeypatch):
    monkeypatch.setenv(name, value)
    with threads.library_environment():
        assert os.environ[name] == value
        assert not any(n in os.environ for n in unset)
    assert os.environ[name] == value


@pytest.mark.parametrize('processors, siblings, files, expected', [
    ({0, 1}, '{0}', {}, 2),
    ({0, 1, 2, 3}, '{1}', {}, 2),               # two to a core
    ({2}, '{0}', {}, 1),                        # taskset -c 2
    ({0, 1, 2, 3}, '{0}', {'cpu.max': '200000 100000'}, 2),
    ({0, 1, 2, 3}, '{0}', {'cpu.max': '50000 100000'}, 1),
    ({0, 1, 2, 3}, '{0}', {'cpu.max': 'max 100000'}, 4),
    ({0, 1, 2, 3}, '{0}', {'cpu/cpu.cfs_quota_us': '300000',
                           'cpu/cpu.cfs_period_us': '100000'}, 3),
    ({0, 1, 2, 3}, '{0}', {'cpu/cpu.cfs_quota_us': '-1',
                           'cpu/cpu.cfs_period_us': '100000'}, 4),
])
def test_cores_respect_siblings_affinity_and_cgroup(
        processors, siblings, files, expected, monkeypatch):
    def read(path):
        if 'thread_siblings' in path:
            i = int(path.split('/cpu')[-1].split('/')[0])
            return siblings.format(i, i // 2)
        return files.get(path[len('/sys/fs/cgroup/'):])
    monkeypatch.setattr(os, 'sched_getaffinity', lambda pid: processors,
                        raising=False)
    monkeypatch.setattr(threads, '_read_file', read)
    assert threads.cores() == expected


def test_openmp_reads_the_variables_and_the_process_lacks_them():
    # with this variable OpenMP prints its settings when it is loaded
    run = run_python(
        'import os; from mxnet import nd; print(sorted(os.environ))',
        OMP_DISPLAY_ENV='VERBOSE')
    shown, _, left = run.stdout.rpartition('[')
    assert "GOMP_SPINCOUNT = '300'" in shown, run.stdout
    assert "OMP_NUM_THREADS = '%d'" % threads.cores() in shown
    assert "'OMP_NUM_THREADS'" not in left and 'GOMP_SPINCOUNT' not in left


def test_a_forked_process_computes():
    """The workers of gluon's DataLoader are forked."""
    run = run_python('''
import multiprocessing
from mxnet import nd


def compute(n):
    return int(nd.dot(nd.ones((n, n)), nd.ones((n, n))).sum().asscalar())


print(compute(400))
with multiprocessing.get_context('fork').Pool(2) as pool:
    print(pool.map(compute, [400, 400]))''', '-Wignore')
    assert run.stdout == '64000000\n[64000000, 64000000]\n'


def test_waiting_threads_sleep():
    """The process soon uses little processor time, at any load."""
    run = run_python('''
import time
from mxnet import nd
nd.dot(nd.ones((400, 400)), nd.ones((400, 400))).wait_to_read()
limit = time.monotonic() + 60
used = 1
while used > 0.04 and time.monotonic() < limit:
    start = time.process_time()
    time.sleep(0.2)
    used = time.process_time() - start
print(used)''')
    assert float(run.stdout) <= 0.04
