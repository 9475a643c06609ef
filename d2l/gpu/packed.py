"""mx.np.zeros and mx.np.tensordot: MXNet calls them in a way of their own.

These two are packed functions of MXNet's C++, which its other functions
will be in MXNet 2. On a GPU the operators of the same names take their place.
"""
import mxnet.ndarray.numpy._api_internal as packed
import mxnet.ndarray.numpy._internal as operators

from .arrays import is_ours


def install():
    """Let the two compute on arrays of ours."""
    zeros, tensordot = packed.zeros, packed.tensordot

    def make_zeros(shape, dtype, ctx):
        if not str(ctx).startswith('gpu'):
            return zeros(shape, dtype, ctx)
        return operators.zeros(shape=shape, dtype=dtype, ctx=str(ctx))

    def multiply(a, b, axes):
        if not (is_ours(a.handle) or is_ours(b.handle)):
            return tensordot(a, b, axes)
        if isinstance(axes, int):
            return operators.tensordot_int_axes(a, b, axes)
        a_axes, b_axes = ((x,) if isinstance(x, int) else tuple(x)
                          for x in axes)
        return operators.tensordot(a, b, a_axes, b_axes)

    packed.zeros, packed.tensordot = make_zeros, multiply
