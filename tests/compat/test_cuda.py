"""The CUDA libraries are found and loaded; small ones stand in for them.

The stand-ins call each other, so that the loader must resolve them, and say
in which folder they were built.
"""
import os
import pathlib
import shutil
import subprocess
import sys

import mxnet as mx
import pytest
from stand_ins import build, needs_gcc

import d2l
from d2l.compat.elf import needed

ROOT = pathlib.Path(d2l.__file__).parent.parent
LIBMXNET = pathlib.Path(mx.libinfo.find_lib_path()[0])

pytestmark = [needs_gcc, pytest.mark.skipif(
    mx.runtime.Features().is_enabled('CUDA'),
    reason='the stand-ins are for beside the CPU build of MXNet')]


def cuda(folder, wheels=True):
    """Build what MXNet's CUDA build needs, as in the wheels or in a system.

    As there, no library says where another one's folder is.
    """
    def place(wheel):
        return folder / 'nvidia' / wheel / 'lib' if wheels else folder

    lt = build(place('cublas') / 'libcublasLt.so.11', 'int lt() {return 11;}')
    cublas = build(place('cublas') / 'libcublas.so.11',
                   'int lt(); int cublas() {return lt();}', [lt])
    cusolver = build(place('cusolver') / 'libcusolver.so.11',
                     'int cublas(); int cusolver() {return cublas();}',
                     [cublas, lt])
    cudart = build(place('cuda_runtime') / 'libcudart.so.11.0',
                   'int cudart() {return 11;}')
    nvrtc = build(place('cuda_nvrtc') / 'libnvrtc.so.11.2',
                  'int nvrtcVersion(int *major, int *minor)'
                  '{*major = 11; *minor = 8; return 0;}')
    cudnn = build(place('cudnn') / 'libcudnn.so.8', 'int cudnn() {return 8;}')
    ops = build(place('cudnn') / 'libcudnn_ops_infer.so.8',
                'int ops() {return 8;}')
    # comes first by name, but needs the other
    build(place('cudnn') / 'libcudnn_cnn_infer.so.8',
          'int ops(); int cnn() {return ops();}', [ops])
    return [cudart, cusolver, cudnn, nvrtc]


def driver(folder, version=12040):
    return build(folder / 'libcuda.so.1', '''
int cuInit(unsigned flags) {return 100;}
int cuDriverGetVersion(int *version) {*version = %d; return 0;}''' % version)


def libmxnet(file, needs, real=()):
    """MXNet's CUDA build: the CPU build's functions where `real` names it."""
    return build(file, '''
int cudart(), cusolver(), cudnn(), nvrtcVersion(), cuInit();
void *used[] = {cudart, cusolver, cudnn, nvrtcVersion, cuInit};''',
                 [*needs, *real], rpath='$ORIGIN:%s' % LIBMXNET.parent)


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """Folders: site (wheels), system, driver, old (a driver), mxnet."""
    folder = tmp_path_factory.mktemp('cuda')
    wheels = cuda(folder / 'site')
    cuda(folder / 'system', wheels=False)
    libcuda = driver(folder / 'driver')
    driver(folder / 'old', 11040)
    libmxnet(folder / 'mxnet' / 'libmxnet.so', [*wheels, libcuda])
    libmxnet(folder / 'whole' / 'libmxnet_cuda.so', [*wheels, libcuda],
             [LIBMXNET])
    return folder


def python(code, site=None, system=(), **environ):
    """Run code where `site` is on sys.path, and the loader sees `system`."""
    paths = [str(path) for path in (site, ROOT) if path]
    environ.update(PYTHONPATH=os.pathsep.join(paths),
                   LD_LIBRARY_PATH=':'.join(map(str, system)))
    run = subprocess.run(
        [sys.executable, '-c', code], env=dict(os.environ, **environ),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, timeout=120)
    return run.stdout


def load(path, before='', after=''):
    """Code that loads the CUDA libraries and then the library `path`."""
    return '''
import ctypes, os
from d2l.compat.cuda import _file, libraries, load
%s
try:
    load(%r)
    ctypes.CDLL(%r)
except ImportError as error:
    print(error)
for name, file in libraries().items():
    print(name, file)
%s''' % (before, str(path), str(path), after)


def found(output):
    return dict(line.split(' ') for line in output.splitlines())


def skip_if_here(*names):
    """Tests of what is missing make no sense where the system has it."""
    for name in names:
        out = python('import ctypes; ctypes.CDLL(%r)' % name)
        if not out:
            pytest.skip('this machine has %s' % name)


NAMES = ('libcublas.so.11', 'libcublasLt.so.11', 'libcudart.so.11.0',
         'libcudnn.so.8', 'libcusolver.so.11', 'libnvrtc.so.11.2')


# -- where MXNet is imported
def test_the_wheels_are_all_it_needs(built):
    skip_if_here(*NAMES)
    out = python('''
from mxnet import nd
print(nd.ones((2,)).sum().asscalar())
from d2l.compat.cuda import libraries
for name, file in libraries().items():
    print(name, file)''', built / 'site', [built / 'driver'],
        MXNET_LIBRARY_PATH=str(built / 'whole' / 'libmxnet_cuda.so'))
    first, _, rest = out.partition('\n')
    assert first == '2.0', out
    files = found(rest)
    assert sorted(files) == sorted([*NAMES, 'libcuda.so.1'])
    for name in NAMES:
        assert files[name].startswith(str(built / 'site')), out
    assert files['libcuda.so.1'] == str(built / 'driver' / 'libcuda.so.1')


def test_the_cpu_build_loads_nothing(built):
    out = python('''
import mxnet
from d2l.compat.cuda import libraries
print(libraries(), [line for line in open('/proc/self/maps')
                    if 'nvidia' in line or 'libcuda' in line])''',
                 built / 'site', [built / 'driver', built / 'system'])
    assert out == '{} []\n', out


def test_import_without_a_driver_says_so(built):
    skip_if_here('libcuda.so.1')
    out = python('''
for i in range(2):
    try:
        import mxnet
    except ImportError as error:
        print(error)
from d2l.compat.cuda import libraries
print(libraries()['libcuda.so.1'], libraries()['libcudnn.so.8'])''',
                 built / 'site', MXNET_LIBRARY_PATH=str(
                     built / 'whole' / 'libmxnet_cuda.so'))
    first, second, files = out.splitlines()
    assert first == second
    assert 'needs the NVIDIA driver, and finds none: libcuda.so.1' in first
    assert 'install its driver' in first
    assert 'pip uninstall mxnet-cu112; pip install "d2l-gluon[cpu]"' in first
    assert files.startswith('None ' + str(built / 'site')), out


# -- what is loaded from where
def test_a_missing_library_is_named(built, tmp_path):
    skip_if_here(*NAMES)
    path = built / 'mxnet' / 'libmxnet.so'
    out = python(load(path), None, [built / 'driver'])
    assert 'libcudart.so.11.0, of the wheel nvidia-cuda-runtime-cu11: ' in out
    assert 'libcudnn.so.8, of the wheel nvidia-cudnn-cu11: ' in out
    assert 'pip install "d2l-gluon[cu112]"' in out
    assert 'libcudart.so.11.0 None' in out.splitlines()

    site = tmp_path / 'site'
    shutil.copytree(str(built / 'site'), str(site))
    (site / 'nvidia' / 'cublas' / 'lib' / 'libcublasLt.so.11').unlink()
    out = python(load(path), site, [built / 'driver'])
    assert 'libcublasLt.so.11, of the wheel nvidia-cublas-cu11: ' in out
    assert 'libcudart.so.11.0, ' not in out     # only what is missing
    assert 'pip install "d2l-gluon[cu112]"' in out


def test_what_a_library_of_a_wheel_lacks_is_named(built, tmp_path):
    site = tmp_path / 'site'
    shutil.copytree(str(built / 'site'), str(site))
    lacks = build(tmp_path / 'libabsent.so.1')
    build(site / 'nvidia' / 'cudnn' / 'lib' / 'libcudnn_cnn_infer.so.8',
          needs=[lacks])
    lacks.unlink()
    out = python(load(built / 'mxnet' / 'libmxnet.so'), site,
                 [built / 'driver'])
    assert 'libabsent.so.1' in out and 'what the system lacks' in out
    assert '%s: ' % (site / 'nvidia' / 'cudnn' / 'lib' / 'libcudnn.so.8'
                     ) in out
    assert 'd2l-gluon[cu112]' not in out


def test_a_build_for_another_cuda(built, tmp_path):
    skip_if_here('libcudart.so.10.2')
    cudart = build(tmp_path / 'libcudart.so.10.2')
    path = build(tmp_path / 'mxnet' / 'libmxnet.so', needs=[cudart])
    out = python(load(path), built / 'site', [built / 'driver'])
    assert ('libcudart.so.10.2, which mxnet-cu112 1.9.1 does not need: '
            in out), out


def test_a_cuda_of_the_system(built):
    out = python(load(built / 'mxnet' / 'libmxnet.so'), None,
                 [built / 'driver', built / 'system'])
    assert found(out)['libcudnn.so.8'] == str(
        built / 'system' / 'libcudnn.so.8')


def test_a_library_beside_mxnets_own(built, tmp_path):
    shutil.copy(str(built / 'mxnet' / 'libmxnet.so'), str(tmp_path))
    shutil.copy(str(built / 'system' / 'libcudart.so.11.0'), str(tmp_path))
    out = python(load(tmp_path / 'libmxnet.so'), None,
                 [built / 'driver', built / 'system'])
    assert found(out)['libcudart.so.11.0'] == str(
        tmp_path / 'libcudart.so.11.0')


def test_wheels_win_over_the_system(built):
    out = python(load(built / 'mxnet' / 'libmxnet.so'), built / 'site',
                 [built / 'driver', built / 'system'])
    for name in NAMES:
        assert found(out)[name].startswith(str(built / 'site')), out


def test_what_is_loaded_already_is_used(built):
    loaded = built / 'system' / 'libcudart.so.11.0'
    out = python(load(built / 'mxnet' / 'libmxnet.so', before='ctypes.CDLL(%r)'
                      % str(loaded)), built / 'site', [built / 'driver'])
    files = found(out)
    assert files['libcudart.so.11.0'] == str(loaded)
    assert files['libcudnn.so.8'].startswith(str(built / 'site'))


def test_what_is_looked_up_at_run_time(built):
    """cuDNN's parts by their names, NVRTC and the driver by short ones."""
    out = python(load(built / 'mxnet' / 'libmxnet.so', after='''
for name in ('libcudnn_ops_infer.so.8', 'libcudnn_cnn_infer.so.8'):
    print(name, _file(ctypes.CDLL(name)))
major, minor, version = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
ctypes.CDLL('libnvrtc.so').nvrtcVersion(ctypes.byref(major),
                                        ctypes.byref(minor))
ctypes.CDLL('libcuda.so').cuDriverGetVersion(ctypes.byref(version))
print('versions', '%d,%d,%d' % (major.value, minor.value, version.value))'''),
                 # not the parts of another cuDNN that the loader sees
                 built / 'site', [built / 'driver', built / 'system'])
    files = found(out)
    for name in ('libcudnn_ops_infer.so.8', 'libcudnn_cnn_infer.so.8'):
        assert files[name] == str(
            built / 'site' / 'nvidia' / 'cudnn' / 'lib' / name), out
    assert files['versions'] == '11,8,12040'


@pytest.mark.parametrize('folder, own, fusion', [
    ('driver', {}, None), ('old', {}, '0'),
    ('old', {'MXNET_USE_FUSION': '1'}, '1')])
def test_an_older_driver_runs_no_fused_kernels(built, folder, own, fusion):
    out = python(load(built / 'mxnet' / 'libmxnet.so', after='''
print('fusion', os.environ.get('MXNET_USE_FUSION'))
print('check', os.environ.get('MXNET_CUDNN_LIB_CHECKING'))'''),
                 built / 'site', [built / folder], **own)
    assert found(out)['fusion'] == str(fusion), out
    assert found(out)['check'] == '0'


# -- reading what a library needs
def test_what_a_library_says_it_needs(tmp_path):
    assert 'libopenblas.so.0' in needed(str(LIBMXNET))
    one = build(tmp_path / 'libone.so.1')
    assert 'libone.so.1' in needed(str(build(
        tmp_path / 'libtwo.so', needs=[one])))
    (tmp_path / 'text').write_text('text')
    assert needed(str(tmp_path / 'text')) == []
