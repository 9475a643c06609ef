"""Devices: how many there are, their memory, random numbers, profiles."""
import warnings

import torch

from ..errors import translated
from ..library import answer, as_int
from ..operators import random
from ..state import devices
from .ndarrays import GPU


@answer('MXGetGPUCount')
def count(real, out):
    out._obj.value = devices.count
    return 0


@answer('MXGetGPUMemoryInformation64')
@translated('the memory of a GPU')
def write_memory(real, device, free, total):
    chosen = devices[as_int(device)]
    if devices.kind == 'cpu':
        import psutil  # the tests have it
        memory = psutil.virtual_memory()
        free._obj.value, total._obj.value = memory.available, memory.total
    else:
        free._obj.value, total._obj.value = torch.cuda.mem_get_info(chosen)
    return 0


@answer('MXStorageEmptyCache')
@translated('empty_cache')
def empty_cache(real, dev_type, dev_id):
    if as_int(dev_type) != GPU:
        return real.MXStorageEmptyCache(dev_type, dev_id)
    if devices.kind != 'cpu':
        torch.cuda.empty_cache()
    return 0


@answer('MXRandomSeed')
@translated('seed')
def seed_all(real, seed):
    random.seed(as_int(seed), None)
    return real.MXRandomSeed(seed)


@answer('MXRandomSeedContext')
@translated('seed')
def seed_one(real, seed, dev_type, dev_id):
    if as_int(dev_type) != GPU:
        return real.MXRandomSeedContext(seed, dev_type, dev_id)
    random.seed(as_int(seed), as_int(dev_id))
    return 0


@answer('MXSetProcessProfilerState')
def set_profiler_state(real, value, process, handle):
    if as_int(value):
        warnings.warn(
            "MXNet's profiler does not see what is computed on a GPU that "
            'PyTorch serves: torch.profiler.profile() does', stacklevel=3)
    return real.MXSetProcessProfilerState(value, process, handle)
