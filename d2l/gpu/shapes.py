"""The special numbers in the shapes of MXNet's reshape."""
import math

from mxnet.base import MXNetError


def find_shape(shape, target, reverse=False):
    """The shape that MXNet's special numbers 0, -1, -2, -3, -4 stand for.

    Whether it has as many elements is left to the caller.
    """
    if reverse:     # MXNet turns -4 and its two numbers round as well
        return find_shape(shape[::-1], target[::-1])[::-1]
    sizes, numbers = iter(shape), iter(target)
    found, unknown = [], None
    try:
        for n in numbers:
            if n == 0:
                found.append(next(sizes))
            elif n == -1:
                _require(unknown is None, shape, target)
                unknown = len(found)
                found.append(1)
                next(sizes, None)
            elif n == -2:
                found += sizes
            elif n == -3:
                found.append(next(sizes) * next(sizes))
            elif n == -4:
                found += _split(next(sizes), next(numbers), next(numbers),
                                shape, target)
            else:
                _require(n > 0, shape, target)
                found.append(n)
                next(sizes, None)
    except StopIteration:
        _require(False, shape, target)
    if unknown is not None:
        known = math.prod(found)
        found[unknown] = math.prod(shape) // known if known else 0
    return tuple(found)


def _split(size, a, b, shape, target):
    """The two sizes that -4, a, b stand for; one of them may be -1."""
    _require((a, b) != (-1, -1) and 0 not in (a, b), shape, target)
    if a == -1:
        a = size // b
    if b == -1:
        b = size // a
    _require(a * b == size, shape, target)
    return a, b


def _require(fits, shape, target):
    if not fits:
        raise MXNetError(
            'cannot reshape an array of shape %s to %s: sizes are positive, '
            '0 (keep), -1 (what is left, once), -2 (all others), -3 (join '
            'two), -4, a, b (split into a and b)'
            % (tuple(shape), tuple(target)))
