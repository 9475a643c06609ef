"""The forms in which the registry has an update of an optimizer.

An update is a function of the parameters, the weight, its gradient and the
states. It has forms with a float32 copy of a float16 weight (mp_), and of
several weights (multi_).
"""
import math
import types

from ..compute import writable

# parameters of several weights, and what they are of one
_OF_ONE = dict(lrs='lr', learning_rates='lr', wds='wd', etas='eta',
               step_count='t')


def single(update):
    def compute(p, w, *arrays):
        w = writable(0, w)
        update(p, w, *arrays)
        return w
    return compute


def mixed(update):
    """The last array is the weight in float32."""
    def compute(p, w, *arrays):
        *arrays, w32 = arrays
        update(p, w32, *arrays)
        w.copy_(w32)
    return compute


def multi(update, count, preloaded=False):
    """There are `count` arrays for each weight, one weight after another.

    The last two of all have the learning rates and the weight decays, if
    these are preloaded.
    """
    def compute(p, *arrays):
        if preloaded:
            *arrays, lrs, wds = arrays
            parts = _split(p, lrs=lrs.tolist(), wds=wds.tolist())
        else:
            parts = _split(p)
        weights = []
        for i, part in enumerate(parts):
            w, *more = arrays[i * count:(i + 1) * count]
            w = writable(i, w)
            update(part, w, *more)
            weights.append(w)
        return tuple(weights)
    return compute


def together(update_all, update, count):
    """The same by fewer launches, if all weights have the same parameters."""
    one_by_one = multi(update, count)

    def compute(p, *arrays):
        if (p.clip_gradient >= 0 or len({*p.lrs}) > 1 or len({*p.wds}) > 1
                or len({x.dtype for x in arrays}) > 1):
            return one_by_one(p, *arrays)
        weights = [writable(i, w) for i, w in enumerate(arrays[::count])]
        update_all(p, p.lrs[0], p.wds[0], weights,
                   *[arrays[i::count] for i in range(1, count)])
        return tuple(weights)
    return compute


def _split(p, **lists):
    """The parameters of each weight."""
    values = dict(vars(p), **lists)
    number = values.get('num_weights') or values['num_tensors']
    return [types.SimpleNamespace(**values, **{
        one: values[several][i] for several, one in _OF_ONE.items()
        if several in values}) for i in range(number)]


def scaled(compute, count=None):
    """The last array is rescale_grad: no update if it is 0 or not finite."""
    def compute_scaled(p, *arrays):
        *arrays, scale = arrays
        scale = float(scale)
        if scale and math.isfinite(scale):
            p = types.SimpleNamespace(**vars(p), rescale_grad=scale)
            return compute(p, *arrays)
        weights = arrays[::count] if count else arrays[:1]
        return tuple(w.clone() for w in weights)
    return compute_scaled
