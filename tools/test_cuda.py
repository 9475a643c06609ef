"""Import MXNet's CUDA build with the real CUDA wheels, and train on the CPU.

`make test-cuda` runs it in an environment with the extra cu112. It needs no
GPU: MXNet cannot be imported without NVIDIA's driver, so a stand-in for the
driver reports that there is no GPU. The test shows that the libraries of the
wheels are found, load and fit each other; it computes nothing on a GPU.
"""
import os
import subprocess
import sys
import tempfile

# The functions of the driver that libmxnet.so needs (nm -D --undefined-only),
# and those that CUDA's runtime and d2l call first.
DRIVER = '''
int cuDriverGetVersion(int *version) {*version = 12040; return 0;}
int cuInit(unsigned flags) {return 100;}    /* CUDA_ERROR_NO_DEVICE */
''' + '\n'.join('int %s() {return 100;}' % name for name in (
    'cuDeviceGet', 'cuDeviceGetCount', 'cuDevicePrimaryCtxRetain',
    'cuGetErrorString', 'cuGraphKernelNodeGetParams', 'cuGraphNodeGetType',
    'cuLaunchKernel', 'cuModuleGetFunction', 'cuModuleLoadData',
    'cuModuleLoadDataEx', 'cuModuleUnload'))

IMPORT = '''
import time
start = time.time()
from mxnet import runtime
print('imported in %.1f s' % (time.time() - start))
for feature in ('CUDA', 'CUDNN', 'NCCL'):
    assert runtime.Features().is_enabled(feature), feature

import ctypes, glob, os
from d2l.compat.cuda import file_of, library_files
site = os.path.join(os.path.dirname(os.path.dirname(runtime.__file__)),
                    'nvidia', '')
assert len(library_files()) == 11, library_files()
for name, file in library_files().items():
    print('%-20s %s' % (name, file))
    assert file.startswith(site) or name == 'libcuda.so.1', file

cudnn = ctypes.CDLL('libcudnn.so.8')
cudnn.cudnnGetVersion.restype = ctypes.c_size_t
print('cuDNN', cudnn.cudnnGetVersion())
files = glob.glob(os.path.join(site, 'cudnn', 'lib', 'libcudnn_*.so.8'))
assert len(files) == 6, files
for file in files:      # the ones of the wheel are loaded, and cuDNN uses them
    library = ctypes.CDLL(os.path.basename(file), os.RTLD_NOLOAD)
    assert file_of(library) == file, (file_of(library), file)

# NVRTC compiles, by the name that cuDNN and cuBLAS load; so do its builtins
ctypes.CDLL('libcuda.so').cuInit
nvrtc = ctypes.CDLL('libnvrtc.so')
program = ctypes.c_void_p()
assert not nvrtc.nvrtcCreateProgram(
    ctypes.byref(program), b'__global__ void f(float *x) {*x = sinf(*x);}',
    b'f.cu', 0, None, None)
assert not nvrtc.nvrtcCompileProgram(program, 0, None)
print('NVRTC compiles')

from d2l import devices
cudart = ctypes.CDLL('libcudart.so.11.0')
cudart.cudaGetErrorString.restype = ctypes.c_char_p
for code, reason in {2: 'out of memory', 35: 'driver is too old',
                     209: 'no kernels'}.items():
    text = cudart.cudaGetErrorString(code).decode()
    assert reason in devices._explain_error(text, None), text
    print('CUDA says %r: %s' % (text, devices._explain_error(text, None)))
'''

QUIET = '''
import d2l, mxnet as mx
assert d2l.try_gpu() == mx.cpu() and d2l.try_all_gpus() == [mx.cpu()]
'''

TRAIN = '''
import d2l
from mxnet import gluon, init
from mxnet.gluon import nn
net = nn.Sequential()
net.add(nn.Conv2D(6, kernel_size=5, activation='sigmoid'), nn.MaxPool2D(2, 2),
        nn.Conv2D(16, kernel_size=5, activation='sigmoid'),
        nn.MaxPool2D(2, 2), nn.Dense(120, activation='sigmoid'),
        nn.Dense(84, activation='sigmoid'), nn.Dense(10))
ctx = d2l.try_gpu()
net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.9})
d2l.train_ch5(net, train_iter, test_iter, 256, trainer, ctx, 2)
'''

WITHOUT_DRIVER = '''
try:
    import mxnet
except ImportError as error:
    assert 'needs the NVIDIA driver' in str(error), error
else:
    print('this machine has a driver')
'''


def run(code, **environ):
    """Run code with these environment variables; returns its output."""
    done = subprocess.run(
        [sys.executable, '-c', code], env=dict(os.environ, **environ),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, timeout=600)
    print(done.stdout, end='', flush=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ['gcc', '-shared', '-fPIC', '-Wl,-soname,libcuda.so.1', '-x', 'c',
             '-', '-o', os.path.join(folder, 'libcuda.so.1')],
            input=DRIVER, universal_newlines=True, check=True)
        run(IMPORT, LD_LIBRARY_PATH=folder)
        output = run(QUIET, LD_LIBRARY_PATH=folder)
        if output:
            sys.exit('try_gpu must print nothing on a machine without a GPU, '
                     f'but printed: {output}')
        run(TRAIN, LD_LIBRARY_PATH=folder, D2L_MAX_BATCHES='4')
    run(WITHOUT_DRIVER)
    print('The CUDA build works on the CPU of this machine.')


if __name__ == '__main__':
    main()
