"""Key-value stores: sums of gradients over GPUs, and over processes.

All stores are MXNet's own. For a key with an array on a GPU, a store of one
process leaves the arithmetic to this module, which keeps the key's value on
the GPU; a distributed store gets a copy on the CPU.
"""
import functools

import mxnet.kvstore
import numpy as np
from mxnet import autograd, cpu, nd
from mxnet.base import MXNetError
from mxnet.kvstore import KVStore, KVStoreBase
from mxnet.kvstore.base import _ctype_key_value
from mxnet.ndarray import NDArray

from .arrays import is_ours

CPU = cpu()


class _Kept:
    """What this module keeps for a store.

    Attributes
    ----------
    values : dict of int or str to NDArray
        The values of the keys that had an array on a GPU.
    dtypes : dict of int or str to type
        Of the values that init() was given.
    threshold : float or None
        Of compressed gradients.
    rests : dict of tuple to NDArray
        What compression has left of the gradients of a key and a place.
    """

    def __init__(self):
        self.values, self.dtypes = {}, {}
        self.threshold, self.rests = None, {}


def _kept(store):
    return vars(store).setdefault('_kept', _Kept())


def _list(values):
    return [values] if isinstance(values, NDArray) else list(values)


def _group(key, values):
    """The arrays of each key; a key that is given twice has them all."""
    _ctype_key_value(key, values)       # MXNet's own checks
    if not isinstance(key, (list, tuple)):
        return {key: _list(values)}
    groups = {}
    for k, vs in zip(key, values):
        groups.setdefault(k, []).extend(_list(vs))
    return groups


def _concerns_us(store, groups):
    """Whether an array of these keys is, or was, on a GPU."""
    values = _kept(store).values
    return any(k in values or any(is_ours(x.handle) for x in arrays)
               for k, arrays in groups.items())


def _is_distributed(store):
    return 'dist' in store.type


def _copy(source, targets):
    with autograd.pause(autograd.is_training()):
        for target in targets:
            if target is not source:    # a single array is its own sum
                source.copyto(target)


def _to_cpu(array):
    with autograd.pause(autograd.is_training()):
        return array.as_in_context(CPU)


def _sum(store, key, arrays):
    """The sum, on the first GPU; a single array is its own, as in MXNet."""
    if len(arrays) == 1:
        return arrays[0]
    shapes = {x.shape for x in arrays}
    if len(shapes) > 1:
        raise MXNetError('key %s: arrays of one shape are summed, but these '
                         'have the shapes %s' % (key, sorted(shapes)))
    ctx = next((x.context for x in arrays if is_ours(x.handle)), CPU)
    dtype = _kept(store).dtypes.get(key, arrays[0].dtype)
    with autograd.pause(autograd.is_training()):
        total = arrays[0].as_in_context(ctx).astype(dtype)
        for x in arrays[1:]:
            total += x.as_in_context(ctx).astype(dtype, copy=False)
    return total


def _find_value(store, key, like):
    """The value of a key; MXNet's store has it until a GPU is concerned."""
    kept = _kept(store)
    if key not in kept.values:
        value = nd.empty(like.shape, CPU, kept.dtypes.get(key, like.dtype))
        _theirs['pull'](store, key, value, ignore_sparse=False)
        kept.values[key] = value
    return kept.values[key]


def init(store, key, value):
    groups = _group(key, value)
    _kept(store).dtypes.update((k, arrays[0].dtype)
                               for k, arrays in groups.items())
    if not _concerns_us(store, groups):
        return _theirs['init'](store, key, value)
    for k, arrays in groups.items():
        _theirs['init'](store, k, [_to_cpu(x) for x in arrays])


def broadcast(store, key, value, out, priority=0):
    values, outs = _group(key, value), _group(key, out)
    if not (_concerns_us(store, values) or _concerns_us(store, outs)):
        return _theirs['broadcast'](store, key, value, out, priority)
    for k, arrays in values.items():
        if _is_distributed(store):
            first = _to_cpu(arrays[0])
            found = nd.empty(first.shape, CPU, first.dtype)
            _theirs['broadcast'](store, k, first, found, priority)
            _copy(found, outs[k])
        else:
            init(store, k, arrays)
            _copy(_find_value(store, k, outs[k][0]), outs[k])


def push(store, key, value, priority=0):
    groups = _group(key, value)
    if not _concerns_us(store, groups):
        return _theirs['push'](store, key, value, priority)
    for k, arrays in groups.items():
        if _is_distributed(store):
            _theirs['push'](store, k, _to_cpu(_sum(store, k, arrays)),
                            priority)
        else:
            _update(store, k, arrays)


def _update(store, key, arrays):
    """What a store of one process does with what is pushed."""
    kept = _kept(store)
    if kept.threshold:
        arrays = [_compress(kept, (key, i), x) for i, x in enumerate(arrays)]
    total = _sum(store, key, arrays)
    value = _find_value(store, key, total)
    if store._updater is None:
        kept.values[key] = total
        return
    if not is_ours(value.handle):
        value = kept.values[key] = value.as_in_context(total.context)
    # MXNet, too, calls the updater with bytes
    store._updater(key.encode() if isinstance(key, str) else key,
                   total.as_in_context(value.context), value)


def _compress(kept, place, array):
    """What two bits say of each number: -threshold, 0 or threshold.

    The rest is added to what is pushed next in the same place.
    """
    if array.dtype != np.float32:
        raise MXNetError('key %s: gradients of dtype float32 are compressed, '
                         'but this one has %s' % (
                             place[0], np.dtype(array.dtype).name))
    t = kept.threshold
    with autograd.pause(autograd.is_training()):
        rest = array + kept.rests.get(place, 0)
        found = t * ((rest >= t) - (rest <= -t))
        kept.rests[place] = rest - found
    return found


def pull(store, key, out=None, priority=0, ignore_sparse=True):
    groups = _group(key, out)
    if not _concerns_us(store, groups):
        return _theirs['pull'](store, key, out, priority, ignore_sparse)
    for k, arrays in groups.items():
        if _is_distributed(store):
            found = _to_cpu(arrays[0])      # stays so if the key is sparse
            _theirs['pull'](store, k, found, priority, ignore_sparse)
        else:
            found = _find_value(store, k, arrays[0])
        _copy(found, arrays)


def pushpull(store, key, value, out=None, priority=0):
    values = _group(key, value)
    outs = values if out is None else _group(key, out)
    if not (_concerns_us(store, values) or _concerns_us(store, outs)):
        return _theirs['pushpull'](store, key, value, out, priority)
    for k, arrays in values.items():
        if _is_distributed(store):
            total = _to_cpu(_sum(store, k, arrays))
            found = nd.empty(outs[k][0].shape, CPU, outs[k][0].dtype)
            _theirs['pushpull'](store, k, total, found, priority)
        else:
            _update(store, k, arrays)
            found = _find_value(store, k, outs[k][0])
        _copy(found, outs[k])


def set_gradient_compression(store, compression_params):
    _theirs['set_gradient_compression'](store, compression_params)
    if not _is_distributed(store):
        _kept(store).threshold = float(compression_params.get('threshold',
                                                              0.5))


_METHODS = (init, broadcast, push, pull, pushpull, set_gradient_compression)
_theirs = {method.__name__: getattr(KVStore, method.__name__)
           for method in _METHODS}


def install():
    """Let MXNet's stores take arrays of ours."""
    for method in _METHODS:
        setattr(KVStore, method.__name__,
                functools.wraps(_theirs[method.__name__])(method))
    # MXNet's CPU build has none
    KVStoreBase.kv_registry['nccl'] = functools.partial(
        mxnet.kvstore.create, 'device')
