"""Finding and loading the CUDA libraries; small ones stand in for them.

The stand-ins call each other, so that the loader must resolve the calls.
"""
import os
import pathlib
import shutil
import subprocess
import sys

import mxnet as mx
import pytest
from limits import LIMIT
from stand_ins import build, needs_gcc

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent
LIBMXNET = pathlib.Path(mx.libinfo.find_lib_path()[0])

pytestmark = [needs_gcc, pytest.mark.skipif(
    mx.runtime.Features().is_enabled('CUDA'),
    reason='the stand-ins are for beside the CPU build of MXNet')]


def build_cuda(folder, wheels=True):
    """Build the CUDA libraries, in the wheels' folders or all in one.

    Like NVIDIA's, the libraries have no rpath to the others' folders.
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
    # the first by name needs the second
    build(place('cudnn') / 'libcudnn_cnn_infer.so.8',
          'int ops(); int cnn() {return ops();}', [ops])
    return [cudart, cusolver, cudnn, nvrtc]


def build_driver(folder, version=12040):
    return build(folder / 'libcuda.so.1', '''
int cuInit(unsigned flags) {return 100;}
int cuDriverGetVersion(int *version) {*version = %d; return 0;}''' % version)


def build_libmxnet(file, needs, real=()):
    """Build MXNet's CUDA build; `real` may hold the CPU build to link to."""
    return build(file, '''
int cudart(), cusolver(), cudnn(), nvrtcVersion(), cuInit();
void *used[] = {cudart, cusolver, cudnn, nvrtcVersion, cuInit};''',
                 [*needs, *real], rpath='$ORIGIN:%s' % LIBMXNET.parent)


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """A folder with these: site (wheels), system (all CUDA libraries in one
    folder), driver, old (an older driver), mxnet (only the needs of
    libmxnet.so), full (a library that MXNet can be imported with).
    """
    folder = tmp_path_factory.mktemp('cuda')
    wheels = build_cuda(folder / 'site')
    build_cuda(folder / 'system', wheels=False)
    libcuda = build_driver(folder / 'driver')
    build_driver(folder / 'old', 11040)
    build_libmxnet(folder / 'mxnet' / 'libmxnet.so', [*wheels, libcuda])
    build_libmxnet(folder / 'full' / 'libmxnet_cuda.so', [*wheels, libcuda],
             [LIBMXNET])
    return folder


def python(code, site=None, system=(), **environ):
    """Run code with `site` on sys.path and `system` in LD_LIBRARY_PATH."""
    paths = [str(path) for path in (site, ROOT) if path]
    environ.update(PYTHONPATH=os.pathsep.join(paths),
                   LD_LIBRARY_PATH=':'.join(map(str, system)))
    run = subprocess.run(
        [sys.executable, '-c', code], env=dict(os.environ, **environ),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, timeout=LIMIT)
    return run.stdout


def load(path, before='', after=''):
    """Code that loads the CUDA libraries and then the library `path`."""
    return '''
import ctypes, os
from d2l.compat.cuda import file_of, library_files, load_libraries
%s
try:
    load_libraries(%r)
    ctypes.CDLL(%r)
except ImportError as error:
    print(error)
for name, file in library_files().items():
    print(name, file)
%s''' % (before, str(path), str(path), after)


def parse(output):
    """The lines NAME FILE as a dict."""
    return dict(line.split(' ') for line in output.splitlines())


def skip_if_installed(*names):
    """Skip a test of missing libraries if the system has one of them."""
    for name in names:
        out = python('import ctypes; ctypes.CDLL(%r)' % name)
        if not out:
            pytest.skip(f'this machine has {name}')


NAMES = ('libcublas.so.11', 'libcublasLt.so.11', 'libcudart.so.11.0',
         'libcudnn.so.8', 'libcusolver.so.11', 'libnvrtc.so.11.2')


# -- importing MXNet
def test_the_cuda_build_needs_only_the_wheels_and_a_driver(built):
    skip_if_installed(*NAMES)
    out = python('''
from mxnet import nd
print(nd.ones((2,)).sum().asscalar())
from d2l.compat.cuda import library_files
for name, file in library_files().items():
    print(name, file)''', built / 'site', [built / 'driver'],
        MXNET_LIBRARY_PATH=str(built / 'full' / 'libmxnet_cuda.so'))
    first, _, rest = out.partition('\n')
    assert first == '2.0', out
    files = parse(rest)
    assert sorted(files) == sorted([*NAMES, 'libcuda.so.1'])
    for name in NAMES:
        assert files[name].startswith(str(built / 'site')), out
    assert files['libcuda.so.1'] == str(built / 'driver' / 'libcuda.so.1')


def test_libraries_that_an_earlier_call_loaded_are_our_own(built):
    skip_if_installed(*NAMES)
    path = str(built / 'full' / 'libmxnet_cuda.so')
    again = 'from d2l.compat.cuda import files_before\n' \
            'load_libraries(%r)\nprint(len(files_before()), 0)' % path
    files = parse(python(load(path, after=again), built / 'site',
                         [built / 'driver']))
    assert sorted(files) == sorted(['0', *NAMES, 'libcuda.so.1'])


def test_the_cpu_build_loads_no_cuda_library(built):
    out = python('''
import mxnet
from d2l.compat.cuda import library_files
print(library_files(), [line for line in open('/proc/self/maps')
                    if 'nvidia' in line or 'libcuda' in line])''',
                 built / 'site', [built / 'driver', built / 'system'])
    assert out == '{} []\n', out


def test_the_import_error_without_a_driver_says_so(built):
    skip_if_installed('libcuda.so.1')
    out = python('''
for i in range(2):
    try:
        import mxnet
    except ImportError as error:
        print(error)
from d2l.compat.cuda import library_files
print(library_files()['libcuda.so.1'], library_files()['libcudnn.so.8'])''',
                 built / 'site', MXNET_LIBRARY_PATH=str(
                     built / 'full' / 'libmxnet_cuda.so'))
    first, second, files = out.splitlines()
    assert first == second
    assert ('needs the NVIDIA driver, which cannot be loaded: libcuda.so.1'
            in first)
    assert 'install its driver' in first
    assert ('pip uninstall mxnet-cu112; pip install --no-deps mxnet==1.9.1'
            in first)
    assert files.startswith('None ' + str(built / 'site')), out


# -- where libraries are loaded from
def test_without_the_wheels_the_error_names_them(built):
    skip_if_installed(*NAMES)
    out = python(load(built / 'mxnet' / 'libmxnet.so'), None,
                 [built / 'driver'])
    assert 'libcudart.so.11.0, of the wheel nvidia-cuda-runtime-cu11: ' in out
    assert 'libcudnn.so.8, of the wheel nvidia-cudnn-cu11: ' in out
    assert 'pip install -e ".[cu112]"' in out
    assert 'libcudart.so.11.0 None' in out.splitlines()


def test_only_the_missing_library_is_named(built, tmp_path):
    skip_if_installed(*NAMES)
    site = tmp_path / 'site'
    shutil.copytree(str(built / 'site'), str(site))
    (site / 'nvidia' / 'cublas' / 'lib' / 'libcublasLt.so.11').unlink()
    out = python(load(built / 'mxnet' / 'libmxnet.so'), site,
                 [built / 'driver'])
    assert 'libcublasLt.so.11, of the wheel nvidia-cublas-cu11: ' in out
    assert 'libcudart.so.11.0, ' not in out
    assert 'pip install -e ".[cu112]"' in out


def test_a_missing_system_library_of_a_wheel_is_named(built, tmp_path):
    site = tmp_path / 'site'
    shutil.copytree(str(built / 'site'), str(site))
    lacks = build(tmp_path / 'libabsent.so.1')
    build(site / 'nvidia' / 'cudnn' / 'lib' / 'libcudnn_cnn_infer.so.8',
          needs=[lacks])
    lacks.unlink()
    out = python(load(built / 'mxnet' / 'libmxnet.so'), site,
                 [built / 'driver'])
    assert 'libabsent.so.1' in out and 'the system lacks' in out
    assert '%s: ' % (site / 'nvidia' / 'cudnn' / 'lib' / 'libcudnn.so.8'
                     ) in out
    assert '.[cu112]' not in out


def test_a_library_of_another_cuda_is_named_as_such(built, tmp_path):
    skip_if_installed('libcudart.so.10.2')
    cudart = build(tmp_path / 'libcudart.so.10.2')
    path = build(tmp_path / 'mxnet' / 'libmxnet.so', needs=[cudart])
    out = python(load(path), built / 'site', [built / 'driver'])
    assert ('libcudart.so.10.2, which mxnet-cu112 1.9.1 does not need: '
            in out), out


def test_the_systems_cuda_is_used_without_wheels(built):
    out = python(load(built / 'mxnet' / 'libmxnet.so'), None,
                 [built / 'driver', built / 'system'])
    assert parse(out)['libcudnn.so.8'] == str(
        built / 'system' / 'libcudnn.so.8')


def test_a_library_beside_libmxnet_wins_over_the_system(built, tmp_path):
    shutil.copy(str(built / 'mxnet' / 'libmxnet.so'), str(tmp_path))
    shutil.copy(str(built / 'system' / 'libcudart.so.11.0'), str(tmp_path))
    out = python(load(tmp_path / 'libmxnet.so'), None,
                 [built / 'driver', built / 'system'])
    assert parse(out)['libcudart.so.11.0'] == str(
        tmp_path / 'libcudart.so.11.0')


def test_wheels_win_over_the_system(built):
    out = python(load(built / 'mxnet' / 'libmxnet.so'), built / 'site',
                 [built / 'driver', built / 'system'])
    for name in NAMES:
        assert parse(out)[name].startswith(str(built / 'site')), out


def test_a_library_that_is_loaded_already_is_used(built):
    loaded = built / 'system' / 'libcudart.so.11.0'
    out = python(load(built / 'mxnet' / 'libmxnet.so', before='ctypes.CDLL(%r)'
                      % str(loaded)), built / 'site', [built / 'driver'])
    files = parse(out)
    assert files['libcudart.so.11.0'] == str(loaded)
    assert files['libcudnn.so.8'].startswith(str(built / 'site'))


def test_libraries_that_cuda_loads_at_run_time_are_loaded(built):
    """Those of cuDNN, and NVRTC and the driver by names without version."""
    out = python(load(built / 'mxnet' / 'libmxnet.so', after='''
for name in ('libcudnn_ops_infer.so.8', 'libcudnn_cnn_infer.so.8'):
    print(name, file_of(ctypes.CDLL(name)))
major, minor, version = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
ctypes.CDLL('libnvrtc.so').nvrtcVersion(ctypes.byref(major),
                                        ctypes.byref(minor))
ctypes.CDLL('libcuda.so').cuDriverGetVersion(ctypes.byref(version))
print('versions', '%d,%d,%d' % (major.value, minor.value, version.value))'''),
                 # the system has another cuDNN
                 built / 'site', [built / 'driver', built / 'system'])
    files = parse(out)
    for name in ('libcudnn_ops_infer.so.8', 'libcudnn_cnn_infer.so.8'):
        assert files[name] == str(
            built / 'site' / 'nvidia' / 'cudnn' / 'lib' / name), out
    assert files['versions'] == '11,8,12040'


@pytest.mark.parametrize('folder, own, fusion', [
    ('driver', {}, None), ('old', {}, '0'),
    ('old', {'MXNET_USE_FUSION': '1'}, '1')])
def test_an_older_driver_turns_fusion_off(built, folder, own, fusion):
    out = python(load(built / 'mxnet' / 'libmxnet.so', after='''
print('fusion', os.environ.get('MXNET_USE_FUSION'))
print('check', os.environ.get('MXNET_CUDNN_LIB_CHECKING'))'''),
                 built / 'site', [built / folder], **own)
    assert parse(out)['fusion'] == str(fusion), out
    assert parse(out)['check'] == '0'
