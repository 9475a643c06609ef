"""Pieces of code that must do the same on cpu() and on gpu(0)."""
import mxnet as mx
import numpy as np
from mxnet import autograd, nd

CPU, GPU, OTHER = mx.cpu(), mx.gpu(0), mx.gpu(1)


def outcome(code, ctx):
    """What a piece of code leaves behind on a device.

    The code finds `ctx` (the device), `x` (2x3x4), `v` (6 numbers), `mx`,
    `nd`, `np` and `autograd`.

    Returns
    -------
    dict
        Its variables, arrays as NumPy's; under 'error' what it raised.
    """
    names = dict(ctx=ctx, mx=mx, nd=nd, np=np, autograd=autograd)
    exec('x = nd.arange(24, ctx=ctx).reshape((2, 3, 4))\n'
         'v = nd.array([3, -1, 2, 0, 5, -4], ctx=ctx)\n'
         'for array in (x, v):\n'
         '    array.attach_grad()\n', names)
    error = None
    try:
        exec(code, names)
    except Exception as raised:     # noqa: BLE001
        error = type(raised).__name__
    found = {name: _plain(value, ctx) for name, value in names.items()
             if name not in ('ctx', 'array') and _is_value(value)}
    if error is not None:
        found['error'] = error
    return found


def _is_value(value):
    return isinstance(value, (nd.NDArray, np.ndarray, np.generic, list, tuple,
                              int, float, str, bool, type(None)))


def _plain(value, ctx):
    """Something that NumPy can compare."""
    if isinstance(value, (list, tuple)):
        return [_plain(v, ctx) for v in value]
    if not isinstance(value, nd.NDArray):
        return value
    grad = value.grad
    return [type(value).__name__, str(value.dtype), value.shape,
            value.context == ctx, value.asnumpy(),
            None if grad is None else grad.asnumpy()]


def assert_same(found, expected, path='', rtol=1e-6, atol=1e-6):
    """Values of two devices are equal, arrays to a few last digits."""
    assert type(found) is type(expected), (path, found, expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), (found, expected)
        for name in expected:
            assert_same(found[name], expected[name], name, rtol, atol)
    elif isinstance(expected, list):
        assert len(found) == len(expected), (path, found, expected)
        for i, (a, b) in enumerate(zip(found, expected)):
            assert_same(a, b, '%s[%d]' % (path, i), rtol, atol)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, path
        assert found.shape == expected.shape, path
        np.testing.assert_allclose(found, expected, rtol, atol, err_msg=path)
    else:
        assert found == expected, (path, found, expected)


def assert_alike(code, refused=False):
    """The code does the same on both devices; it fails only if it should."""
    expected = outcome(code, CPU)
    assert ('error' in expected) == refused, expected.get('error')
    assert_same(outcome(code, GPU), expected)
