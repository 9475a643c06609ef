"""Several GPUs: sums of gradients, by MXNet's own seam for key-value stores.

MXNet looks a name up among registered Python classes before its own stores.
These are its own stores, but for arrays on GPUs.
"""
import ctypes

import mxnet.base
from mxnet.base import KVStoreHandle, MXNetError, check_call
from mxnet.kvstore import KVStore, KVStoreBase
from mxnet.ndarray import NDArray

from .arrays import is_ours


def _list(values):
    return [values] if isinstance(values, NDArray) else list(values)


def _ours(key, *values):
    """Whether all arrays of one key are on GPUs."""
    return isinstance(key, (int, str)) and all(
        is_ours(v.handle) for vs in values for v in _list(vs))


class _Store(KVStore):
    name = None

    def __init__(self):
        handle = KVStoreHandle()
        check_call(mxnet.base._LIB.MXKVStoreCreate(
            self.name.encode(), ctypes.byref(handle)))
        super().__init__(handle)
        self.kept = {}

    def set_gradient_compression(self, compression_params):
        raise MXNetError(
            'gradients are not compressed between GPUs that PyTorch serves: '
            'leave out compression_params')

    def init(self, key, value):
        if not _ours(key, value):
            return super().init(key, value)
        self.kept[key] = _list(value)[0].copy()

    def broadcast(self, key, value, out, priority=0):
        if not _ours(key, value, out):
            return super().broadcast(key, value, out, priority)
        self.init(key, value)
        self.pull(key, out)

    def push(self, key, value, priority=0):
        if not _ours(key, value):
            return super().push(key, value, priority)
        values = _list(value)
        total = values[0].copy()
        for v in values[1:]:
            total += v.as_in_context(total.context)
        if self._updater is None:
            self.kept[key] = total
        else:
            self._updater(key, total.as_in_context(self.kept[key].context),
                          self.kept[key])

    def pull(self, key, out=None, priority=0, ignore_sparse=True):
        if not _ours(key, out):
            return super().pull(key, out, priority, ignore_sparse)
        for o in _list(out):
            self.kept[key].copyto(o)

    def pushpull(self, key, value, out=None, priority=0):
        if not _ours(key, value):
            return super().pushpull(key, value, out, priority)
        self.push(key, value)
        self.pull(key, value if out is None else out)


def install():
    for name in ('device', 'local'):
        KVStoreBase.kv_registry[name] = type(name.title(), (_Store,),
                                             dict(name=name))
