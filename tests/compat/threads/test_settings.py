"""The number of threads that MXNet is loaded with, and how they wait."""
import os

import pytest
from interpreters import run_python

from d2l.compat.threads import settings

NAMES = ('OMP_NUM_THREADS', 'GOMP_SPINCOUNT', 'OMP_WAIT_POLICY',
         'MXNET_CPU_PARALLEL_SIZE', 'MXNET_ENGINE_TYPE', 'DMLC_ROLE')


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_openmp_variables_are_set_only_within():
    with settings.library_environment():
        assert os.environ['OMP_NUM_THREADS'] == str(settings.cores())
        assert os.environ['GOMP_SPINCOUNT'] in ('300', '10000')
    assert [n for n in NAMES if n in os.environ] == [
        'MXNET_CPU_PARALLEL_SIZE']      # MXNet's own, read later


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(settings, 'cores', lambda: 2)


def spins(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with settings.library_environment():
        return os.environ.get('GOMP_SPINCOUNT'), settings.is_adaptable()


def test_threads_spin_where_their_number_can_follow_the_load(
        two_cores, monkeypatch):
    assert spins(monkeypatch) == ('10000', True)


@pytest.mark.parametrize('variables, expected', [
    ({'OMP_NUM_THREADS': '2'}, '300'), ({'GOMP_SPINCOUNT': '7'}, '7'),
    ({'OMP_WAIT_POLICY': 'PASSIVE'}, None),
    ({'OMP_PROC_BIND': 'true'}, '300'),
    ({'MXNET_ENGINE_TYPE': 'NaiveEngine'}, '300'),
    ({'MXNET_CPU_WORKER_NTHREADS': '2'}, '300'),
    ({'DMLC_ROLE': 'worker'}, '300')])
def test_the_number_stays_where_the_reader_has_decided(
        variables, expected, two_cores, monkeypatch):
    assert spins(monkeypatch, **variables) == (expected, False)


@pytest.mark.parametrize('what, value', [
    ('cores', lambda: 1), ('sample', lambda: None),
    ('library_files', lambda: {'libcudart.so.11.0': None})])
def test_the_number_stays_where_nothing_can_be_chosen(
        what, value, two_cores, monkeypatch):
    """One core, a system that does not count, MXNet's CUDA build."""
    monkeypatch.setattr(settings, what, value)
    assert spins(monkeypatch) == ('300', False)


def test_openmp_variables_are_removed_if_loading_fails():
    with pytest.raises(OSError), settings.library_environment():
        raise OSError('libmxnet.so')
    assert 'OMP_NUM_THREADS' not in os.environ


@pytest.mark.parametrize('name, value, unset', [
    ('OMP_NUM_THREADS', '7', ()), ('GOMP_SPINCOUNT', '5', ()),
    ('OMP_WAIT_POLICY', 'ACTIVE', ('GOMP_SPINCOUNT',)),
    ('MXNET_CPU_PARALLEL_SIZE', '9', ())])
def test_variables_of_the_user_stay(name, value, unset, monkeypatch):
    monkeypatch.setenv(name, value)
    with settings.library_environment():
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
    # version 1; a group within a group, version 2; a group of the host
    ({0, 1, 2, 3}, '{0}', {
        '/proc/self/cgroup': '4:cpu,cpuacct:/\n1:name=systemd:/user',
        'cpu/cpu.cfs_quota_us': '300000',
        'cpu/cpu.cfs_period_us': '100000'}, 3),
    ({0, 1, 2, 3}, '{0}', {
        '/proc/self/cgroup': '4:cpu,cpuacct:/a\n0::/',
        'cpu/a/cpu.cfs_quota_us': '-1',
        'cpu/a/cpu.cfs_period_us': '100000'}, 4),
    ({0, 1, 2, 3}, '{0}', {
        '/proc/self/cgroup': '0::/a/b', 'a/cpu.max': '100000 100000',
        'a/b/cpu.max': '300000 100000'}, 1),
    ({0, 1, 2, 3}, '{0}', {
        '/proc/self/cgroup': '4:cpu:/docker/1', 'cpu/docker/1': None,
        'cpu/cpu.cfs_quota_us': '200000',
        'cpu/cpu.cfs_period_us': '100000'}, 2),
])
def test_cores_respect_siblings_affinity_and_cgroup(
        processors, siblings, files, expected, monkeypatch):
    def read(path):
        if 'thread_siblings' in path:
            i = int(path.split('/cpu')[-1].split('/')[0])
            return siblings.format(i, i // 2)
        return files.get(path.replace('/sys/fs/cgroup/', ''))
    monkeypatch.setattr(os, 'sched_getaffinity', lambda pid: processors,
                        raising=False)
    monkeypatch.setattr(settings, '_read_file', read)
    assert settings.cores() == expected


def test_openmp_reads_the_variables_and_the_process_lacks_them():
    # with this variable OpenMP prints its settings when it is loaded
    run = run_python(
        'import os; from mxnet import nd; print(sorted(os.environ))',
        OMP_DISPLAY_ENV='VERBOSE')
    shown, _, left = run.stdout.rpartition('[')
    assert "GOMP_SPINCOUNT = '300'" in shown, run.stdout
    assert "OMP_NUM_THREADS = '%d'" % settings.cores() in shown
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
