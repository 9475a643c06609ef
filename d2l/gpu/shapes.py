"""The special numbers in the shapes of MXNet's reshape."""
from mxnet.base import MXNetError


def find_shape(shape, target, reverse=False):
    """The shape that MXNet's special codes 0, -1, -2, -3, -4 stand for."""
    if reverse:
        if -4 in target:    # (-4, a, b) is a unit
            target, out, i = list(target), [], 0
            while i < len(target):
                step = 3 if target[i] == -4 else 1
                out.append(target[i:i + step])
                i += step
            target = [n for part in reversed(out) for n in (
                [-4, part[2], part[1]] if len(part) == 3 else part)]
        else:
            target = target[::-1]
        return tuple(find_shape(shape[::-1], target)[::-1])
    result, source, i, unknown = [], 0, 0, None
    target = list(target)
    size = 1
    for n in shape:
        size *= n
    while i < len(target):
        n = target[i]
        if n == 0:
            result.append(shape[source])
            source += 1
        elif n == -1:
            if unknown is not None:
                raise MXNetError('reshape: more than one -1')
            unknown = len(result)
            result.append(1)
            source += 1
        elif n == -2:
            result += shape[source:]
            source = len(shape)
        elif n == -3:
            result.append(shape[source] * shape[source + 1])
            source += 2
        elif n == -4:
            a, b = target[i + 1], target[i + 2]
            whole = shape[source]
            a = whole // b if a == -1 else a
            b = whole // a if b == -1 else b
            result += [a, b]
            source += 1
            i += 2
        else:
            result.append(n)
            source += 1
        i += 1
    if unknown is not None:
        known = 1
        for n in result:
            known *= n
        result[unknown] = size // known if known else 0
    total = 1
    for n in result:
        total *= n
    if total != size:
        raise MXNetError('Cannot reshape array of size %d into shape %s'
                         % (size, tuple(target)))
    return tuple(result)
