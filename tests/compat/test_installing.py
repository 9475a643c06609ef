"""What the errors say where MXNet, or a library of the system, is missing."""
import os
import sys

import pytest
from interpreters import run_python

from d2l.compat import elf, installing

NO_MXNET = '''
import importlib.util, sys
# as if MXNet were not installed
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *args: (
    None if name == 'mxnet' else find(name, *args))
'''


@pytest.mark.parametrize('code', [
    'from mxnet import nd', 'import mxnet.gluon', 'import d2l; d2l.try_gpu',
    'import d2l; from mxnet import nd', 'from d2l import *',
    'import gluonbook; gluonbook.train_ch5', 'import d2lzh; d2lzh.nd'])
def test_the_first_use_says_that_mxnet_is_missing(code):
    run = run_python(NO_MXNET + '''
try:
    exec(%r)
except ModuleNotFoundError as error:
    print(error.name, error)''' % code)
    assert run.stdout.startswith('mxnet '), run.stdout
    assert ('needs MXNet 1.9.1, which is not installed: pip install '
            '--no-deps mxnet==1.9.1; for' in run.stdout)


@pytest.mark.skipif(os.uname().machine != 'x86_64',
                    reason="MXNet's CUDA build is for x86-64")
def test_the_cuda_build_is_named_for_a_checkout_and_for_a_wheel():
    text = installing.explain_no_mxnet()
    assert ('in the checkout of d2l-gluon: pip install -e ".[cu112]" (with '
            'its wheel: pip install "FILE.whl[cu112]")' in text)


def test_who_asks_whether_mxnet_is_there_hears_that_it_is_not():
    run = run_python(NO_MXNET + '''
print(importlib.util.find_spec('mxnet'))
try:
    import mxnet
except ImportError:
    print('without')''')
    assert run.stdout == 'None\nwithout\n', run.stdout


def make_needing(folder, name, needed):
    path = folder / name
    path.write_bytes(elf.make_library(name, needed))
    return str(path)


@pytest.fixture
def machine_lacks(monkeypatch):
    """Names of libraries of GCC that no machine has."""
    packages = {'libgomp.so.99': ('libgomp99', 'libgomp'),
                'libquadmath.so.99': ('libquadmath99', 'libquadmath')}
    monkeypatch.setattr(installing, '_GCC_LIBRARIES', packages)
    return sorted(packages)


@pytest.mark.skipif(sys.platform != 'linux', reason='ELF is of Linux')
def test_libraries_are_missing_for_the_wheels_own_libraries_too(
        tmp_path, machine_lacks):
    gomp, quadmath = machine_lacks
    make_needing(tmp_path, 'libgfortran.so.3', quadmath)
    make_needing(tmp_path, 'libopenblas.so.0', 'libgfortran.so.3')
    path = make_needing(tmp_path, 'libmxnet.so', 'libopenblas.so.0')
    assert installing.find_missing_libraries(path) == [quadmath]
    make_needing(tmp_path, 'libopenblas.so.0', gomp)
    assert installing.find_missing_libraries(path) == [gomp]


def test_nothing_is_missing_where_mxnet_works():
    import mxnet
    path = mxnet.libinfo.find_lib_path()[0]
    assert installing.find_missing_libraries(path) == []


def test_the_message_names_all_packages_of_each_system():
    text = installing.explain_missing_libraries(
        '/mxnet/libmxnet.so', ['libgomp.so.1', 'libquadmath.so.0'])
    assert ('(/mxnet/libmxnet.so) needs libraries that this system lacks: '
            'libgomp.so.1, libquadmath.so.0.' in text)
    assert 'apt install libgomp1 libquadmath0;' in text
    assert 'dnf install libgomp libquadmath;' in text
    assert 'apk add libgomp libquadmath' in text


@pytest.mark.skipif(sys.platform != 'linux', reason='ELF is of Linux')
def test_the_import_of_mxnet_names_the_packages(tmp_path):
    path = make_needing(tmp_path, 'libmxnet.so', 'libgomp.so.99')
    run = run_python('''
import os
os.environ['MXNET_LIBRARY_PATH'] = %r
import d2l
from d2l.compat import installing
installing._GCC_LIBRARIES = {'libgomp.so.99': ('libgomp99', 'libgomp')}
for attempt in range(2):
    try:
        import mxnet
    except ImportError as error:
        print(error)''' % path)
    first, second = run.stdout.splitlines()
    assert first == second
    assert 'system lacks: libgomp.so.99. ' in first
    assert 'apt install libgomp99;' in first


def test_another_failure_to_load_the_library_stays_as_it_is(tmp_path):
    (tmp_path / 'libmxnet.so').write_bytes(b'not a library' * 100)
    run = run_python('''
import os
os.environ['MXNET_LIBRARY_PATH'] = %r
try:
    import mxnet
except OSError as error:
    print(error)''' % str(tmp_path / 'libmxnet.so'))
    assert 'invalid ELF header' in run.stdout, run.stdout


@pytest.mark.parametrize('platform, machine, libc, expected', [
    ('linux', 'x86_64', 'glibc 2.36', None),
    ('linux', 'aarch64', 'glibc 2.36', None),
    ('darwin', 'x86_64', '', None),
    ('darwin', 'arm64', '', 'not for Apple silicon: use a container'),
    ('win32', '', '', 'not for Windows: install WSL2'),
    ('linux', 'x86_64', '', 'not for musl, the C library of Alpine'),
    ('linux', 'riscv64', 'glibc 2.41', 'not for riscv64'),
])
def test_a_system_that_no_wheel_fits_is_named(
        platform, machine, libc, expected, monkeypatch):
    monkeypatch.setattr(sys, 'platform', platform)
    monkeypatch.setattr(os, 'uname', lambda: os.uname_result(
        ('', '', '', '', machine)))
    monkeypatch.setattr(os, 'confstr', lambda name: libc)
    obstacle = installing.find_obstacle()
    if expected is None:
        assert obstacle is None
        assert 'pip install --no-deps' in installing.explain_no_mxnet()
    else:
        assert expected in obstacle
        assert obstacle in installing.explain_no_mxnet()
