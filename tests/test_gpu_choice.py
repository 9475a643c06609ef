"""What serves gpu(i): MXNet's CUDA build, PyTorch, or nothing.

Fake modules named torch stand in for its releases and builds.
"""
import os
import re
import subprocess
import sys

import mxnet as mx
import pytest

from d2l.compat import gpus

choice = gpus._load('choice')
NO_KERNELS = 'MXNet 1.9.1 has no kernels for compute capability 9.0'


@pytest.fixture
def torch(tmp_path, monkeypatch):
    """A function that installs a torch of this version, for this test."""
    for name in [name for name in sys.modules
                 if name.partition('.')[0] == 'torch']:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delenv('D2L_GPU', raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(version, cuda=None, available=False, code='', warning=''):
        (tmp_path / 'torch.py').write_text('''%s
import warnings
class version:
    cuda, hip = %r, None
class cuda:
    def is_available():
        if %r:
            warnings.warn(%r)
        return %r
__version__ = %r
''' % (code, cuda, warning, warning, available, version))
    yield install
    sys.modules.pop('torch', None)


@pytest.fixture
def installed(monkeypatch):
    """What is installed in place of the room's seams: a list of calls."""
    calls = []
    seams = type(sys)('d2l.gpu.seams')
    seams.install = lambda kind, count=None: calls.append((kind, count))
    monkeypatch.setitem(sys.modules, 'd2l.gpu.seams', seams)
    return calls


def test_mxnet_serves_where_its_cuda_build_has_kernels(torch, installed):
    torch('2.13.0', '13.0', True)
    assert choice.serve(None, True, (12, 4)).engine == 'mxnet'
    assert not installed and 'torch' not in sys.modules


@pytest.mark.parametrize('has_cuda_build', [True, False])
def test_pytorch_serves_where_mxnet_has_no_kernels(has_cuda_build, torch,
                                                   installed):
    torch('2.13.0', '12.1', True)
    served = choice.serve(NO_KERNELS, has_cuda_build, (12, 4))
    assert served == ('torch', NO_KERNELS)
    assert installed == [('cuda', None)]


@pytest.mark.parametrize('release, expected', [
    (None, 'is not installed: pip install torch'),
    (('1.13.1', '11.7', True), r'1\.13\.1 is too old; 2\.1 and newer'),
    (('2.13.0+cpu',), r'2\.13\.0\+cpu is a build for the CPU only: pip '
     'install --force-reinstall torch'),
    (('2.13.0', '13.0'), r'driver is too old for PyTorch 2\.13\.0: it '
     r'supports CUDA 12\.4, but CUDA 13\.0 is needed'),
    (('2.13.0', '12.6'), 'finds no GPU: .*nvidia-smi'),
    (('2.13.0', '12.1', False, '', 'Error 804: forward compatibility'),
     r'finds no GPU \(Error 804: forward compatibility\): .*nvidia-smi'),
    (('2.13.0', '12.1', True, 'raise ImportError("libX.so: no")'),
     'cannot be imported: libX.so: no. Install it anew'),
])
def test_what_keeps_pytorch_from_serving_is_said(release, expected, torch,
                                                 installed, monkeypatch):
    if release:
        torch(*release)
    else:
        monkeypatch.setattr(choice.importlib.util, 'find_spec',
                            lambda name: None)
    served = choice.serve(NO_KERNELS, False, (12, 4))
    assert served.engine is None and not installed
    assert served.reason.startswith(NO_KERNELS + ', and ')
    assert re.search(expected, served.reason), served.reason
    monkeypatch.setenv('D2L_GPU', 'torch')
    sys.modules.pop('torch', None)
    with pytest.raises(RuntimeError, match='D2L_GPU=torch, but .*' + expected):
        choice.serve(NO_KERNELS, False, (12, 4))


def test_a_library_that_mxnet_has_loaded_is_named(torch, monkeypatch):
    """MXNet's CUDA build and PyTorch load one file named libnccl.so.2."""
    torch('2.13.0', '12.1', True, 'raise ImportError("libtorch_cuda.so: '
          'undefined symbol: ncclCommWindowRegister")')
    monkeypatch.setattr(choice, '_find_loaded',
                        lambda names: ['/wheels/nccl/lib/libnccl.so.2'])
    problem = choice.find_problem(True, (12, 4), True)
    assert 'has loaded /wheels/nccl/lib/libnccl.so.2, for MXNet' in problem
    assert 'pip uninstall mxnet-cu112 nvidia-nccl-cu11' in problem


def test_loaded_libraries_are_found():
    assert choice._find_loaded(('libmxnet.so',)) == [
        mx.libinfo.find_lib_path()[0]]
    assert choice._find_loaded(('libnccl.so.2',)) == []


@pytest.mark.parametrize('wish', ['cuda', 'stand-in', 'stand-in:0', 'Torch',
                                  'torch:'])
def test_another_value_of_d2l_gpu_is_an_error(wish, torch, monkeypatch):
    monkeypatch.setenv('D2L_GPU', wish)
    with pytest.raises(ValueError, match='must be mxnet, torch, none, or '
                       'for tests stand-in:2 .*, but is %r' % wish):
        choice.serve(None, True, None)


def test_d2l_gpu_decides(torch, installed, monkeypatch):
    torch('2.13.0', '12.1', True)
    monkeypatch.setenv('D2L_GPU', 'none')
    assert choice.serve(None, True, (12, 4)).engine is None
    monkeypatch.setenv('D2L_GPU', 'mxnet')
    assert choice.serve(NO_KERNELS, True, (12, 4)).engine == 'mxnet'
    with pytest.raises(RuntimeError, match='CPU build is installed'):
        choice.serve(NO_KERNELS, False, (12, 4))
    monkeypatch.setenv('D2L_GPU', 'torch')
    assert choice.serve(None, True, (12, 4)).engine == 'torch'
    monkeypatch.setenv('D2L_GPU', 'stand-in:3')
    assert choice.serve(None, True, (12, 4)).engine == 'torch'
    monkeypatch.setenv('D2L_GPU', 'torch:2')
    assert choice.serve(None, True, (12, 4)).engine == 'torch'
    assert installed == [('cuda', None), ('cpu', 3), ('cuda', 2)]


@pytest.mark.parametrize('count, message, expected', [
    (0, 'Check failed: device_count_ > 0 (-1 vs. 0) : GPU usage requires at '
     'least 1 GPU', 'CUDA finds none: .*CUDA_VISIBLE_DEVICES'),
    (2, 'Check failed: e == cudaSuccess : CUDA: invalid device ordinal',
     r'there is only gpu\(0\), gpu\(1\)'),
])
def test_mxnets_own_gpus_that_are_missing_are_explained(
        count, message, expected, monkeypatch):
    module = type(sys)('mxnet.base')
    module.get_last_ffi_error = lambda: mx.MXNetError(message)
    monkeypatch.setattr(gpus, 'visible_gpus', lambda: [None] * count)
    gpus.explain_missing_gpus(module)
    error = module.get_last_ffi_error()
    assert isinstance(error, mx.MXNetError)
    assert re.match('a GPU was asked for, but ' + expected + r'.*d2l\.try_gpu',
                    str(error)), error


def run(code, **settings):
    """Run code in a fresh process; returns what it prints."""
    env = {name: value for name, value in os.environ.items()
           if name != 'D2L_GPU'}
    done = subprocess.run(
        [sys.executable, '-c', code], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True,
        env=dict(env, **settings))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_who_asks_for_no_gpu_never_imports_pytorch(tmp_path):
    (tmp_path / 'torch.py').write_text('raise SystemExit("imported")')
    assert run('''
import sys
sys.path.insert(0, %r)
import d2l
from mxnet import autograd, gluon, init, nd
import mxnet.contrib.amp
net = gluon.nn.Dense(2)
net.initialize(init=init.Xavier(), ctx=d2l.mx.cpu())
trainer = gluon.Trainer(net.collect_params(), 'sgd')
data = [(nd.ones((4, 3)), nd.zeros(4))]
d2l.train_ch5(net, data, data, 4, trainer, d2l.mx.cpu(), 1)
print('torch' in sys.modules, 'd2l.gpu' in sys.modules)
''' % str(tmp_path)).endswith('False False\n')


@pytest.mark.parametrize('create', [
    'nd.ones((2,), ctx=ctx)', 'nd.array([1], ctx=ctx)',
    'nd.ones(2).as_in_context(ctx)', 'nd.random.normal(ctx=ctx)',
    'gluon.nn.Dense(2, in_units=3).initialize(ctx=ctx)'])
def test_an_array_on_a_missing_gpu_names_try_gpu(create):
    out = run('''
import mxnet as mx
from mxnet import gluon, nd
try:
    ctx = mx.gpu(0)
    %s
    nd.waitall()
except mx.MXNetError as error:
    print(error)
''' % create, D2L_GPU='none')
    assert out.startswith('a GPU was asked for, but D2L_GPU=none: unset it')
    assert 'd2l.try_gpu() returns a GPU if there is one' in out
