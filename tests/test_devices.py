"""The devices; MXNet's errors are raised in place of real GPUs' ones."""
import re
import sys
import warnings

import mxnet as mx
import pytest

import d2l
from d2l import devices
from d2l.compat import gpus, nvidia

H200 = nvidia.GPU('NVIDIA H200', (9, 0))
A100 = nvidia.GPU('NVIDIA A100-SXM4-40GB', (8, 0))

# What MXNet 1.9.1 raises, with cudaGetErrorString's texts.
NO_KERNELS = (
    'Traceback (most recent call last):\n'
    '  File "../src/operator/tensor/./././mxnet_op.h", line 1131\n'
    'MXNetError: Check failed: err == cudaSuccess (209 vs. 0) : Name: '
    'mxnet_generic_kernel ErrStr:no kernel image is available for execution '
    'on the device')
OLD_DRIVER = (
    'Traceback (most recent call last):\n'
    '  File "../include/mxnet/base.h", line 455\n'
    'MXNetError: Check failed: e == cudaSuccess (35 vs. 0) :  CUDA: CUDA '
    'driver version is insufficient for CUDA runtime version')
NO_MEMORY = (
    'Traceback (most recent call last):\n'
    '  File "../src/storage/./pooled_storage_manager.h", line 187\n'
    'MXNetError: cudaMalloc retry failed: out of memory')
ORDINAL = (
    'Traceback (most recent call last):\n'
    '  File "../src/storage/storage.cc", line 97\n'
    'MXNetError: Check failed: e == cudaSuccess || e == '
    'cudaErrorCudartUnloading: CUDA: invalid device ordinal')


@pytest.fixture
def machine(monkeypatch):
    """A function that makes this a machine with certain GPUs.

    `fail` holds for each GPU the error that a kernel raises, or None if it
    runs; `count` is the number that MXNet counts, or the error it raises;
    `found` the GPUs of the driver; `cuda` the build of MXNet.
    """
    monkeypatch.setattr(devices, '_warned', set())
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    monkeypatch.delenv('D2L_GPU', raising=False)
    choice = gpus._load('choice')
    monkeypatch.setattr(choice.importlib.util, 'find_spec',
                        lambda name: None)      # no PyTorch

    def machine(fail=(), count=None, found=(), cuda=True, driver=(12, 4)):
        class Features:
            def is_enabled(self, name):
                return name == 'CUDA' and cuda

        class Zeros:
            def __init__(self, shape, ctx):
                assert cuda, 'asked for a GPU, a CPU build prints'
                assert ctx.device_id < len(fail), 'MXNet prints'
                self.ctx = ctx

            def __add__(self, other):
                return self

            def wait_to_read(self):     # where a kernel's failure shows
                if fail[self.ctx.device_id]:
                    raise mx.MXNetError(fail[self.ctx.device_id])

        def num_gpus():
            if isinstance(count, str):
                raise mx.MXNetError(count)
            return len(fail) if count is None else count
        monkeypatch.setattr(mx.runtime, 'Features', Features)
        monkeypatch.setattr(mx.context, 'num_gpus', num_gpus)
        monkeypatch.setattr(devices.nd, 'zeros', Zeros)
        monkeypatch.setattr(gpus, '_choice', None)
        monkeypatch.setattr(nvidia, 'visible_gpus', lambda: list(found))
        for module in (nvidia, gpus):
            monkeypatch.setattr(module, 'installed_gpus',
                                lambda: tuple(found))
            monkeypatch.setattr(module, 'driver_cuda_version',
                                lambda: driver)
    return machine


def catch_warning(function=d2l.try_gpu):
    """The one warning of the call, which returns no GPU."""
    with pytest.warns(UserWarning) as record:
        assert function() in (mx.cpu(), [mx.cpu()])
    assert len(record) == 1 and record[0].filename == __file__
    return str(record[0].message)


def test_without_a_gpu_it_is_the_cpu():
    if mx.context.num_gpus() or nvidia.installed_gpus():
        pytest.skip('this machine has a GPU')
    assert d2l.try_gpu() == mx.cpu()
    assert d2l.try_all_gpus() == [mx.cpu()]


@pytest.mark.filterwarnings('ignore:A GPU')     # on a machine with one
def test_asking_prints_nothing(capfd):
    d2l.try_gpu()
    d2l.try_all_gpus()
    assert capfd.readouterr() == ('', '')


@pytest.mark.filterwarnings('ignore:A GPU')
@pytest.mark.parametrize('working, first, all_', [
    ([], mx.cpu(), [mx.cpu()]),
    ([0], mx.gpu(0), [mx.gpu(0)]),
    ([1, 3], mx.cpu(), [mx.gpu(1), mx.gpu(3)]),
    ([0, 1, 2, 3], mx.gpu(0), [mx.gpu(i) for i in range(4)]),
])
def test_only_gpus_that_compute_are_returned(working, first, all_, machine):
    machine([None if i in working else NO_KERNELS for i in range(4)])
    assert d2l.try_gpu() == first
    assert d2l.try_all_gpus() == all_


@pytest.mark.parametrize('settings', [
    {},                                             # a CUDA build
    {'cuda': False},                                # the CPU build
    {'fail': [None, None], 'found': [A100, A100]},  # GPUs that work
])
def test_no_warning_if_nothing_is_wrong(settings, machine):
    machine(**settings)
    d2l.try_gpu()       # warnings are errors here
    d2l.try_all_gpus()


@pytest.mark.parametrize('hidden', ['', '-1'])
@pytest.mark.parametrize('cuda', [True, False])
def test_no_warning_about_hidden_gpus(hidden, cuda, machine,
                                            monkeypatch):
    machine(found=[A100], cuda=cuda)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', hidden)
    assert d2l.try_gpu() == mx.cpu()


@pytest.mark.parametrize('settings, expected', [
    (dict(fail=[NO_KERNELS], found=[H200]),
     r'\(NVIDIA H200\).*no kernels for compute capability 9\.0, and PyTorch.*'
     r'not installed: pip uninstall mxnet-cu112 .*; pip install torch'),
    # the driver does not answer
    (dict(fail=[NO_KERNELS]), r'no kernels for its compute capability\.'),
    (dict(cuda=False, found=[H200]), 'no kernels for compute capability 9.0.*'
     'PyTorch.*not installed: pip install torch'),
    (dict(count=0, found=[H200]), 'no kernels for compute capability 9.0'),
    (dict(cuda=False, found=[A100]), r'\(NVIDIA A100.*CPU build is '
     r'installed, and .*: pip install torch. Or .*"\.\[cu112\]"'),
    # MXNet counts 0 GPUs where CUDA says that the driver is too old ...
    (dict(count=0, found=[A100], driver=(10, 2)),
     'driver is too old: it supports CUDA 10.2.*520 or newer'),
    (dict(count=OLD_DRIVER, driver=None),
     'driver is too old. Install a driver of version 520 or newer'),
    # ... or that there is none
    (dict(count=0, found=[A100]),
     'CUDA finds no GPU.*nvidia-smi.*CUDA_VISIBLE_DEVICES'),
    (dict(fail=[NO_MEMORY], found=[A100]),
     r'\(NVIDIA A100.*: it is out of memory\. `nvidia-smi` .*lists'),
    (dict(fail=[ORDINAL], found=[A100]),
     "failed with 'MXNetError: .*: CUDA: invalid device ordinal'"),
    (dict(count=ORDINAL), 'A GPU is not used: computing on it failed with '
     "'MXNetError: Check failed.* CUDA: invalid device ordinal'"),
])
def test_one_warning_says_why_and_what_to_do(settings, expected, machine):
    machine(**settings)
    message = catch_warning()
    assert re.search(expected, message), message
    assert 'Traceback' not in message
    d2l.try_gpu()       # no second warning: warnings are errors here
    d2l.try_all_gpus()
    machine(**settings)
    devices._warned.clear()
    assert catch_warning(d2l.try_all_gpus) == message


def test_one_warning_for_each_reason(machine):
    machine([NO_KERNELS, None, NO_MEMORY, NO_KERNELS],
            found=[H200, A100, A100, H200._replace(name='NVIDIA H100')])
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter('always')
        assert d2l.try_all_gpus() == [mx.gpu(1)]
    assert [str(w.message)[:22] for w in record] == [
        'A GPU (NVIDIA H200) is', 'A GPU (NVIDIA A100-SXM']


def test_kernels_that_pytorch_lacks(monkeypatch):
    torch = type(re)('torch')
    torch.__version__, torch.cuda = '2.13.0', type(re)('torch.cuda')
    torch.cuda.get_arch_list = lambda: ['sm_75', 'sm_120']
    monkeypatch.setitem(sys.modules, 'torch', torch)
    monkeypatch.setattr(gpus, '_choice', gpus._load('choice').Choice(
        'torch', "MXNet's CPU build is installed"))
    reason = devices._explain_error(
        mx.MXNetError('operator _plus_scalar: CUDA error: no kernel image is '
                      'available for execution on the device'),
        nvidia.GPU('GeForce GTX 980', (5, 2)))
    assert reason.startswith('PyTorch 2.13.0 has kernels for sm_75, sm_120 '
                             'only, not for its compute capability')
    assert 'pip install -e ".[cu112]"' in reason
