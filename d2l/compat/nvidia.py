"""The NVIDIA GPUs of this machine, as the driver reports them, without MXNet.

On a machine without a driver the functions return an empty result or None.
They print nothing.
"""
import collections
import ctypes
import functools

GPU = collections.namedtuple('GPU', 'name capability')
GPU.__doc__ = """A GPU: its name and its compute capability, such as (8, 6)."""

# The first and last compute capability that MXNet 1.9.1's CUDA build runs on.
# `cuobjdump --list-elf` and `--list-ptx` on libmxnet.so of mxnet-cu112 1.9.1
# list machine code for 5.0, 6.0, 7.0, 8.0 and 8.6 in each of its 198 files of
# kernels, and no PTX that the driver could compile for other GPUs. Code for
# X.Y runs on X.Z with Z >= Y.
CAPABILITIES = ((5, 0), (8, 9))


def has_kernels(gpu):
    """Whether MXNet 1.9.1's CUDA build has machine code for this GPU."""
    first, last = CAPABILITIES
    return first <= tuple(gpu.capability) <= last


@functools.lru_cache(maxsize=None)
def installed_gpus():
    """All GPUs of this machine, from the driver's management library (NVML).

    NVML does not initialise CUDA, so that worker processes forked later can
    still use it. It ignores CUDA_VISIBLE_DEVICES, and its order may differ
    from that of `mx.gpu(i)`.

    Returns
    -------
    tuple of GPU
    """
    nvml = _load_library('libnvidia-ml.so.1')
    count = ctypes.c_uint()
    gpus = []
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
                gpus.append(GPU(name.value.decode(),
                                 (major.value, minor.value)))
        nvml.nvmlShutdown()
    except AttributeError:      # the library lacks a function
        return ()
    return tuple(gpus)


def visible_gpus():
    """The GPUs that CUDA sees: `visible_gpus()[i]` is `mx.gpu(i)`.

    This initialises CUDA, and worker processes forked after that cannot use
    it. Call it only after MXNet has initialised CUDA.

    Returns
    -------
    list of GPU
    """
    cuda = _load_library('libcuda.so.1')
    count = ctypes.c_int()
    gpus = []
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
            gpus.append(GPU(name.value.decode(),
                             (major.value, minor.value)))
    except AttributeError:      # the library lacks a function
        return []
    return gpus


def driver_cuda_version():
    """The newest CUDA version the driver supports, such as (12, 4), or None.

    This does not initialise CUDA.
    """
    cuda = _load_library('libcuda.so.1')
    version = ctypes.c_int()
    try:
        if (cuda is None or cuda.cuDriverGetVersion(ctypes.byref(version))
                or not version.value):
            return None
    except AttributeError:
        return None
    return version.value // 1000, version.value % 1000 // 10


def _load_library(name):
    """Load a library of the driver; None if it is not installed."""
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
