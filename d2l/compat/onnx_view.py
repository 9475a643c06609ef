"""onnx as MXNet's exporter knows it: with `onnx.mapping`.

onnx 1.13 deprecated its two tables and 1.19 removed them; functions of
onnx.helper, which came with 1.13, take their place.
"""
import functools
import types


class _Table:
    """A function that is called with square brackets."""

    def __init__(self, function):
        self.function = function

    def __getitem__(self, key):
        return self.function(key)


class _Onnx(types.ModuleType):
    """The stand-in; the rest it takes from onnx when asked."""

    def __getattr__(self, name):
        import onnx
        return getattr(onnx, name)


@functools.lru_cache(maxsize=None)
def onnx_view():
    """The stand-in for onnx, or onnx itself before 1.13."""
    import onnx
    from onnx import helper
    if not hasattr(helper, 'np_dtype_to_tensor_dtype'):
        return onnx
    view = _Onnx('onnx', onnx.__doc__)
    view.__path__ = onnx.__path__
    view.mapping = types.ModuleType('onnx.mapping', __doc__)
    view.mapping.NP_TYPE_TO_TENSOR_TYPE = _Table(
        helper.np_dtype_to_tensor_dtype)
    view.mapping.TENSOR_TYPE_TO_NP_TYPE = _Table(
        helper.tensor_dtype_to_np_dtype)
    return view
