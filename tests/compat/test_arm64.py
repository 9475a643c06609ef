"""Lending libraries to MXNet's aarch64 build; stand-ins for this processor."""
import os
import pathlib
import platform
import subprocess
import sys

import mxnet as mx
import pytest
from limits import LIMIT
from stand_ins import build, needs_gcc

import d2l
from d2l.compat import arm64

ROOT = pathlib.Path(d2l.__file__).parent.parent

LEND = '''
import ctypes, sys
from d2l.compat import arm64
from d2l.compat.cuda import file_of
arm64.lend_libraries(sys.argv[1])
library = ctypes.CDLL(sys.argv[1])
library.call_log.restype = ctypes.c_double
assert library.call_log(ctypes.c_double(1)) == 1
print(library.call_sgemm(3))
for name in ('libamath.so', 'libastring.so'):
    print(file_of(ctypes.CDLL(name)))
arm64.set_num_threads(7)
print(arm64.openblas_file(), library.call_dpotrf())
'''


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """A folder with libmxnet.so, Arm's libraries (arm) and OpenBLAS (site).

    Arm's sgemm returns a negative number, OpenBLAS's a positive one. The
    dpotrf of OpenBLAS returns the number of threads.
    """
    folder = tmp_path_factory.mktemp('arm')
    arm = [build(folder / 'arm' / 'libarmpl_lp64_mp.so', '''
int cblas_sgemm(int x) {return -x;}
int dpotrf_() {return -1;}'''),
           build(folder / 'arm' / 'libamath.so'),
           build(folder / 'arm' / 'libastring.so')]
    build(folder / 'site' / 'scipy_openblas32' / 'lib'
          / 'libscipy_openblas.so', '''
static int number = 1;
void scipy_openblas_set_num_threads(int n) {number = n;}
int scipy_cblas_sgemm(int x) {return x;}
int scipy_dpotrf_() {return number;}
''' + '\n'.join('void scipy_%s() {}' % name for name in arm64._FUNCTIONS
                if name not in ('cblas_sgemm', 'dpotrf_')))
    build(folder / 'mxnet' / 'libmxnet.so', '''
int cblas_sgemm(int x), dpotrf_();
double log(double x);
int call_sgemm(int x) {return cblas_sgemm(x);}
int call_dpotrf() {return dpotrf_();}
double call_log(double x) {return log(x) + x;}''', arm, rpath='$ORIGIN')
    return folder


def lend(path, site='', **environ):
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join(
        [str(ROOT), str(site)]), **environ)
    return subprocess.run(
        [sys.executable, '-c', LEND, str(path)], env=environ, timeout=LIMIT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True)


@needs_gcc
def test_openblas_and_the_system_take_the_place_of_arms_libraries(built):
    done = lend(built / 'mxnet' / 'libmxnet.so', built / 'site')
    openblas = (built / 'site' / 'scipy_openblas32' / 'lib'
                / 'libscipy_openblas.so')
    number, libamath, libastring, last = done.stdout.splitlines()
    assert (number, last) == ('3', '%s 7' % openblas), done.stderr
    assert str(built) not in libamath + libastring


@needs_gcc
def test_arms_libraries_come_first_where_they_are_installed(built):
    done = lend(built / 'mxnet' / 'libmxnet.so', built / 'site',
                LD_LIBRARY_PATH=str(built / 'arm'))
    assert done.stdout.splitlines() == [
        '-3', str(built / 'arm' / 'libamath.so'),
        str(built / 'arm' / 'libastring.so'), 'None -1'], done.stderr


@needs_gcc
def test_a_library_beside_mxnets_is_used(built, tmp_path):
    for file in ('mxnet/libmxnet.so', 'arm/libarmpl_lp64_mp.so'):
        (tmp_path / pathlib.Path(file).name).symlink_to(built / file)
    lines = lend(tmp_path / 'libmxnet.so').stdout.splitlines()
    assert (lines[0], lines[-1]) == ('-3', 'None -1')


@needs_gcc
def test_a_missing_openblas_is_named_with_the_remedy(built):
    done = lend(built / 'mxnet' / 'libmxnet.so')
    error = done.stderr.splitlines()[-1]
    for part in ('ImportError', str(built / 'mxnet' / 'libmxnet.so'),
                 'libarmpl_lp64_mp.so', 'pip install scipy-openblas32'):
        assert part in error


@needs_gcc
def test_a_folder_without_programs_is_explained(built, monkeypatch):
    def fail(*args):
        raise OSError('failed to map segment from shared object')

    monkeypatch.setattr(arm64, 'load_bytes', fail)
    monkeypatch.setattr(arm64, '_openblas', None)
    monkeypatch.syspath_prepend(built / 'site')
    with pytest.raises(ImportError, match='failed to map.*TMPDIR'):
        arm64.lend_libraries(str(built / 'mxnet' / 'libmxnet.so'))


@pytest.mark.skipif(platform.machine() != 'x86_64',
                    reason='the build for another processor')
def test_the_build_for_x86_64_needs_nothing():
    arm64.lend_libraries(mx.libinfo.find_lib_path()[0])
    assert arm64.openblas_file() is None
