"""The NVIDIA GPUs of this machine, asked of the driver and not of MXNet.

Each function returns nothing, an empty list or None, where there is no driver
to ask; none prints anything.
"""
import collections
import ctypes
import functools

GPU = collections.namedtuple('GPU', 'name capability')
GPU.__doc__ = """A GPU: its name and its compute capability, such as (8, 6)."""

# What MXNet 1.9.1's CUDA build holds machine code for: compute capability
# 5.0, 6.0, 7.0, 8.0 and 8.6, in each of its 198 files of kernels, and no PTX
# that a driver could compile for others. (By `cuobjdump --list-elf` and
# `--list-ptx` on libmxnet.so of mxnet-cu112 1.9.1.) Code for X.Y runs on X.Z
# with Z >= Y.
CAPABILITIES = ((5, 0), (8, 9))


def has_kernels(gpu):
    """Whether MXNet 1.9.1's CUDA build holds code for this GPU."""
    first, last = CAPABILITIES
    return first <= tuple(gpu.capability) <= last


@functools.lru_cache(maxsize=None)
def installed():
    """The GPUs of this machine, as the driver's management library counts.

    Unlike CUDA itself this leaves no trace in the process: worker processes
    that are forked later can still use CUDA. It takes no notice of
    CUDA_VISIBLE_DEVICES, and may count in another order than `mx.gpu(i)`.

    Returns
    -------
    tuple of GPU
    """
    nvml = _library('libnvidia-ml.so.1')
    count = ctypes.c_uint()
    found = []
    try:
        if nvml is None or nvml.nvmlInit_v2():
            return ()
        if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)):
            count.value = 0
        for i in range(count.value):
            device, name = ctypes.c_void_p(), ctypes.create_string_buffer(96)
            major, minor = ctypes.c_int(), ctypes.c_int()
            if not (nvml.nvmlDeviceGetHandleByIndex_v2(
                        ctypes.c_uint(i), ctypes.byref(device))
                    or nvml.nvmlDeviceGetName(device, name, ctypes.c_uint(96))
                    or nvml.nvmlDeviceGetCudaComputeCapability(
                        device, ctypes.byref(major), ctypes.byref(minor))):
                found.append(GPU(name.value.decode(),
                                 (major.value, minor.value)))
        nvml.nvmlShutdown()
    except AttributeError:      # a function that this library lacks
        return ()
    return tuple(found)


def visible():
    """The GPUs as CUDA counts them: `visible()[i]` is `mx.gpu(i)`.

    It initialises CUDA in this process: not to be asked before MXNet has done
    so, since worker processes that are forked later could not use CUDA.

    Returns
    -------
    list of GPU
    """
    cuda = _library('libcuda.so.1')
    count = ctypes.c_int()
    found = []
    try:
        if (cuda is None or cuda.cuInit(ctypes.c_uint(0))
                or cuda.cuDeviceGetCount(ctypes.byref(count))):
            return []
        for i in range(count.value):
            device, name = ctypes.c_int(), ctypes.create_string_buffer(96)
            major, minor = ctypes.c_int(), ctypes.c_int()
            if (cuda.cuDeviceGet(ctypes.byref(device), i)
                    or cuda.cuDeviceGetName(name, 96, device)
                    # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR
                    or cuda.cuDeviceGetAttribute(
                        ctypes.byref(major), 75, device)
                    or cuda.cuDeviceGetAttribute(
                        ctypes.byref(minor), 76, device)):
                return []
            found.append(GPU(name.value.decode(),
                             (major.value, minor.value)))
    except AttributeError:      # a function that this library lacks
        return []
    return found


def driver_cuda_version():
    """The newest CUDA that the driver supports, such as (12, 4), or None.

    It does not initialise CUDA.
    """
    cuda = _library('libcuda.so.1')
    version = ctypes.c_int()
    try:
        if (cuda is None or cuda.cuDriverGetVersion(ctypes.byref(version))
                or not version.value):
            return None
    except AttributeError:
        return None
    return version.value // 1000, version.value % 1000 // 10


def _library(name):
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
