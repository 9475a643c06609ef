"""MXNet's CUDA build where PyTorch's libraries were loaded before it.

Small libraries stand in: NCCL of two versions, the driver, both packages.
"""
import os
import pathlib
import subprocess
import sys

import mxnet as mx
import pytest
from limits import LIMIT
from stand_ins import build, needs_gcc

import d2l
from d2l import devices
from d2l.compat import cuda

ROOT = pathlib.Path(d2l.__file__).parent.parent
LIBMXNET = pathlib.Path(mx.libinfo.find_lib_path()[0])

pytestmark = [needs_gcc, pytest.mark.skipif(
    mx.runtime.Features().is_enabled('CUDA'),
    reason='the stand-ins are for beside the CPU build of MXNet')]


@pytest.fixture
def machine(tmp_path):
    """A function that builds all and imports torch, then MXNet.

    It takes the functions of PyTorch's NCCL, and returns what is printed.
    """
    def machine(functions):
        own = build(tmp_path / 'nvidia' / 'nccl' / 'lib' / 'libnccl.so.2',
                    'int nccl_of_mxnet() {return 1;}')
        other = build(tmp_path / 'torch' / 'lib' / 'libnccl.so.2', functions)
        (tmp_path / 'torch' / '__init__.py').write_text(
            'import ctypes\nctypes.CDLL(%r)' % str(other))
        driver = build(tmp_path / 'driver' / 'libcuda.so.1',
                       'int cuInit(unsigned flags) {return 100;}')
        library = build(tmp_path / 'libmxnet_cuda.so', '''
int nccl_of_mxnet(), cuInit();
void *used[] = {nccl_of_mxnet, cuInit};''', [own, driver, LIBMXNET],
                        rpath=str(LIBMXNET.parent))
        return subprocess.run(
            [sys.executable, '-c', '''
import torch
try:
    import mxnet
except ImportError as error:
    print(error)
else:
    print(mxnet.nd.ones(2).sum().asscalar())
from d2l.compat.cuda import files_before
print(files_before())'''], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            universal_newlines=True, timeout=LIMIT, env=dict(
                os.environ, MXNET_LIBRARY_PATH=str(library),
                PYTHONPATH=os.pathsep.join(map(str, (tmp_path, ROOT))),
                LD_LIBRARY_PATH=str(driver.parent))).stdout, str(other)
    return machine


def test_mxnet_uses_a_newer_library_of_pytorch(machine):
    out, other = machine('int nccl_of_mxnet() {return 2;}')
    assert out == "2.0\n{'libnccl.so.2': '%s'}\n" % other


def test_a_library_that_lacks_a_function_is_named(machine):
    out, other = machine('int nccl_of_pytorch() {return 2;}')
    assert 'cannot be loaded: ' in out and 'symbol: nccl_of_mxnet' in out, out
    assert 'had loaded %s before' % other in out
    assert 'Import mxnet before torch. Or' in out
    assert ('pip uninstall mxnet-cu112; pip install --no-deps mxnet==1.9.1'
            in out)


def test_a_failure_on_the_gpu_names_them(monkeypatch):
    assert 'import mxnet before' not in devices._explain_error('odd', None)
    monkeypatch.setattr(cuda, '_before', {'libnccl.so.2': '/torch/nccl.so'})
    assert ('MXNet uses /torch/nccl.so, which was loaded before it'
            in devices._explain_error('odd', None))
