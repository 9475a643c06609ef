"""The threads that MXNet is loaded with; see docs/performance.md."""
import os
import pathlib
import re

import pytest
from test_import import python

from d2l.compat import openmp, threads

NAMES = ('OMP_NUM_THREADS', 'GOMP_SPINCOUNT', 'KMP_BLOCKTIME',
         'OMP_WAIT_POLICY', 'MXNET_CPU_PARALLEL_SIZE')
# as if the wheel were not installed, or its file gone
WITHOUT_INTELS = '\n'.join((
    'from importlib import metadata', 'metadata.files = lambda name: None'))


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_environment_while_mxnet_is_loaded():
    with threads.environment():
        assert os.environ['OMP_NUM_THREADS'] == str(threads.cores())
        # for both kinds of OpenMP: in this process MXNet has one already
        assert os.environ['KMP_BLOCKTIME'] == '1'
        assert os.environ['GOMP_SPINCOUNT'] == '300'
    assert [n for n in NAMES if n in os.environ] == [
        'MXNET_CPU_PARALLEL_SIZE']      # MXNet's own, read later


def test_it_is_taken_back_where_loading_fails():
    with pytest.raises(OSError), threads.environment():
        raise OSError('libmxnet.so')
    assert 'OMP_NUM_THREADS' not in os.environ


@pytest.mark.parametrize('name, value, unset', [
    ('OMP_NUM_THREADS', '7', ()), ('GOMP_SPINCOUNT', '5', ()),
    ('OMP_WAIT_POLICY', 'ACTIVE', ('GOMP_SPINCOUNT', 'KMP_BLOCKTIME')),
    ('KMP_BLOCKTIME', '30', ()),
    ('MXNET_CPU_PARALLEL_SIZE', '9', ())])
def test_what_the_user_has_set_stays(name, value, unset, monkeypatch):
    monkeypatch.setenv(name, value)
    with threads.environment():
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
def test_cores(processors, siblings, files, expected, monkeypatch):
    def read(path):
        if 'thread_siblings' in path:
            i = int(path.split('/cpu')[-1].split('/')[0])
            return siblings.format(i, i // 2)
        return files.get(path[len('/sys/fs/cgroup/'):])
    monkeypatch.setattr(os, 'sched_getaffinity', lambda pid: processors,
                        raising=False)
    monkeypatch.setattr(threads, '_read', read)
    assert threads.cores() == expected


@pytest.mark.parametrize('whose', ['Intel', 'GNU'])
def test_mxnet_is_loaded_with_them_and_nobody_else(whose):
    # OpenMP shows what it is loaded with
    run = python(('' if whose == 'Intel' else WITHOUT_INTELS) + """
import os
from mxnet import nd
print(sorted(os.environ))""", OMP_DISPLAY_ENV='VERBOSE')
    shown, _, left = run.stdout.rpartition('[')
    assert re.search("OMP_NUM_THREADS ?= ?'%d'" % threads.cores(), shown), (
        run.stdout)
    assert ("GOMP_SPINCOUNT = '300'" in shown) == (whose == 'GNU')
    assert ("KMP_BLOCKTIME='1'" in shown) == (whose == 'Intel')
    assert not any(name in left for name in NAMES if name.startswith(
        ('OMP_', 'GOMP_', 'KMP_')))


# -- which OpenMP
def loaded(before='', **environ):
    """The libraries of OpenMP in a process that computes with MXNet."""
    run = python(before + '''
import re
from mxnet import nd
assert nd.dot(nd.ones((400, 400)), nd.ones((400, 400))).sum().asscalar() > 0
with open('/proc/self/maps') as maps:
    print(sorted(set(re.findall('r-xp.*/lib(gomp|iomp5)[^/]*[.]so',
                                maps.read()))))
''', **environ)
    assert run.returncode == 0, run.stdout
    return run.stdout.splitlines()[-1]


def test_mxnet_computes_with_intels_openmp():
    assert loaded() == "['iomp5']"


@pytest.mark.parametrize('before', [
    WITHOUT_INTELS,
    # something else has loaded it
    'import ctypes; ctypes.CDLL("libgomp.so.1")',
    # a file that is no library
    '''from d2l.compat import openmp
openmp._installed = lambda: openmp.__file__''',
    # nowhere to write to
    '''import tempfile
def fail(*args): raise OSError('no space')
tempfile.TemporaryDirectory = fail''',
])
def test_it_stays_with_gnus_where_intels_cannot_be_had(before):
    assert 'gomp' in loaded(before)


def test_it_stays_with_gnus_for_whoever_has_set_its_spins():
    assert loaded(GOMP_SPINCOUNT='5') == "['gomp']"


def test_there_is_never_a_second_one_of_its_family(tmp_path):
    """It would end the process."""
    other = tmp_path / 'libiomp5-0123.so'
    other.write_bytes(pathlib.Path(openmp._installed()).read_bytes())
    assert loaded('import ctypes; ctypes.CDLL(%r).omp_get_max_threads()'
                  % str(other)) == "['gomp', 'iomp5']"


def test_numbers_do_not_depend_on_it():
    """To the last bit."""
    code = '''
import hashlib
import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

mx.random.seed(1)
net = nn.Sequential()
net.add(nn.Conv2D(6, 5, activation='sigmoid'), nn.BatchNorm(),
        nn.MaxPool2D(2, 2), nn.Dense(84, activation='relu'), nn.Dropout(0.5),
        nn.Dense(10))
net.initialize(init.Xavier())
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
for _ in range(3):
    X = nd.random.uniform(shape=(64, 1, 28, 28))
    with autograd.record():
        l = gluon.loss.SoftmaxCrossEntropyLoss()(net(X), nd.arange(64) % 10)
    l.backward()
    trainer.step(64)
digest = hashlib.sha256()
for param in net.collect_params().values():
    digest.update(param.data().asnumpy().tobytes())
print(digest.hexdigest())'''
    intel, gnu = python(code), python(code, GOMP_SPINCOUNT='300')
    assert len(intel.stdout) == 65, intel.stdout
    assert intel.stdout == gnu.stdout


def test_a_forked_process_computes_too():
    """As the workers of gluon's DataLoader do."""
    run = python('''
import multiprocessing
from mxnet import nd


def compute(n):
    return int(nd.dot(nd.ones((n, n)), nd.ones((n, n))).sum().asscalar())


print(compute(400))
with multiprocessing.get_context('fork').Pool(2) as pool:
    print(pool.map(compute, [400, 400]))''', '-Wignore')
    assert run.stdout == '64000000\n[64000000, 64000000]\n'


def test_a_forked_process_that_becomes_another_program():
    """As subprocess starts them before Python 3.10."""
    run = python('''
import os
import sys
from mxnet import nd
print(int(nd.dot(nd.ones((400, 400)), nd.ones((400, 400))).sum().asscalar()))
sys.stdout.flush()
if not os.fork():
    os.execv(sys.executable, [sys.executable, '-c',
                              'from mxnet import nd; print(nd.ones(1)[0])'])
print(os.wait()[1])''', '-Wignore')
    assert run.stdout.startswith('64000000\n'), run.stdout
    assert run.stdout.endswith('\n0\n'), run.stdout


def test_waiting_threads_soon_sleep():
    run = python('''
import time
from mxnet import nd
nd.dot(nd.ones((400, 400)), nd.ones((400, 400))).wait_to_read()
time.sleep(0.5)
start = time.process_time()
time.sleep(1)
print(time.process_time() - start)''')
    assert float(run.stdout) < 0.2
