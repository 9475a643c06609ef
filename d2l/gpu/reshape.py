"""x.reshape(): as cheap as an operator.

MXNet's method computes both sizes by NumPy, which takes longer than all else.
"""
import functools

from mxnet.ndarray import NDArray

from .arrays import FIRST, VOID_P, add, arrays
from .compute import view


def install():
    """Let NDArray.reshape view arrays of ours without a detour."""
    theirs = NDArray.reshape

    @functools.wraps(theirs)
    def reshape(self, *shape, **kwargs):
        number = self.handle.value
        if number is None or number < FIRST or kwargs:
            return theirs(self, *shape, **kwargs)
        target = shape
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            target = shape[0]
        try:
            if target and min(target) >= -1 and 0 not in target:
                found = view(arrays[number], lambda t: t.view(target))
                return self.__class__(VOID_P(add(found)), self.writable)
        except (RuntimeError, TypeError):   # MXNet's method says why
            pass
        return theirs(self, *shape, **kwargs)

    NDArray.reshape = reshape
