"""Small shared libraries that stand in for NVIDIA's, built with gcc."""
import shutil
import subprocess

import pytest
from limits import LIMIT

needs_gcc = pytest.mark.skipif(
    shutil.which('gcc') is None,
    reason='needs gcc to build stand-ins for NVIDIA\'s libraries')


def build(file, source='', needs=(), rpath=None):
    """Build the shared library `file`, which needs the libraries `needs`.

    Its SONAME is the file's name. The loader finds the libraries it needs
    only if they are loaded already or lie in the folder `rpath`.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    command = ['gcc', '-shared', '-fPIC', '-x', 'c', '-', '-o', str(file),
               '-Wl,-soname,%s,--no-as-needed' % file.name, '-x', 'none']
    command += map(str, needs)
    if rpath:
        command.append('-Wl,--disable-new-dtags,-rpath,%s' % rpath)
    subprocess.run(command, input=source, universal_newlines=True, check=True,
                   timeout=LIMIT)
    return file


def build_driver(folder):
    """Build the driver's two libraries; returns the folder.

    They report what these environment variables say: GPUS, the number of
    GPUs; CAPABILITY, such as 86; DRIVER, the CUDA version such as 12040, or
    unset for a driver that does not answer.
    """
    common = '''
#include <stdio.h>
#include <stdlib.h>
static int number(char *name) {
    char *value = getenv(name);
    return value ? atoi(value) : 0;
}
static int major() {return number("CAPABILITY") / 10;}
static int minor() {return number("CAPABILITY") % 10;}
'''
    build(folder / 'libcuda.so.1', common + '''
static int initialised;
int cuDriverGetVersion(int *version)
    {*version = number("DRIVER"); return 0;}
int cuInit(unsigned flags)
    {initialised = 1; putenv("CUDA_INITIALISED=1");
     return number("GPUS") ? 0 : 100;}
int cuDeviceGetCount(int *count)
    {*count = number("GPUS"); return initialised ? 0 : 3;}
int cuDeviceGet(int *device, int i) {*device = 40 + i; return 0;}
int cuDeviceGetName(char *name, int length, int device)
    {snprintf(name, length, "NVIDIA Test %d", device - 40); return 0;}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = attribute == 75 ? major() : attribute == 76 ? minor() : -1;
    return 0;
}
''')
    build(folder / 'libnvidia-ml.so.1', common + '''
static int initialised, devices[16];
int nvmlInit_v2() {return number("DRIVER") ? (initialised = 1, 0) : 9;}
int nvmlShutdown() {initialised = 0; return 0;}
int nvmlDeviceGetCount_v2(unsigned *count)
    {*count = number("GPUS"); return initialised ? 0 : 1;}
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **device)
    {*device = devices + i; return 0;}
int nvmlDeviceGetName(int *device, char *name, unsigned length) {
    snprintf(name, length, "NVIDIA Test %d", (int)(device - devices));
    return 0;
}
int nvmlDeviceGetCudaComputeCapability(int *device, int *x, int *y)
    {*x = major(); *y = minor(); return 0;}
''')
    return folder
