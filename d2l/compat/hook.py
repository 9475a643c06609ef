"""The import hook: MXNet's modules run with a private view of others.

Every module of MXNet is executed with `__builtins__` of its own, in which
`__import__` hands out stand-ins for `numpy`, `distutils` and `onnx`. Python
looks builtins up through a function's globals, so this holds at run time too.
"""
import builtins
import importlib.abc
import importlib.machinery
import sys
import warnings

from .distutils_view import distutils_view
from .numpy_view import numpy_view
from .onnx_view import onnx_view
from .repairs import AFTER, FOREIGN, mend, prepare
from .threads import environment


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    """`__import__` as MXNet's modules see it."""
    if level == 0 and name in ('distutils', 'distutils.version'):
        return distutils_view(name if fromlist else 'distutils')
    if level == 0 and name == 'onnx.mapping':
        return onnx_view().mapping
    if level == 0 and name == 'onnx' and 'mapping' in (fromlist or ()):
        return onnx_view()      # before onnx is asked for what it lacks
    module = builtins.__import__(name, globals, locals, fromlist, level)
    if module is sys.modules.get('numpy'):
        return numpy_view()
    if module is sys.modules.get('onnx'):
        return onnx_view()
    return module


_BUILTINS = dict(vars(builtins), __import__=_import)


class _Loader(importlib.machinery.SourceFileLoader):
    """Execute a module of MXNet with its private view, then mend it."""

    def source_to_code(self, data, path, *, _optimize=-1):
        # Python 3.12 warns of MXNet's '\.' and 'is 0' when it compiles them;
        # the reader can do nothing about it
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return super().source_to_code(data, path, _optimize=_optimize)

    def exec_module(self, module):
        vars(module)['__builtins__'] = _BUILTINS
        prepare(module)
        if module.__name__ == 'mxnet.base':     # it loads MXNet's library
            with environment():
                super().exec_module(module)
        else:
            super().exec_module(module)
        mend(module)


class _ForeignLoader(importlib.abc.Loader):
    """Load a module that is not MXNet's own, and mend it."""

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        prepare(module)
        self.loader.exec_module(module)
        mend(module)


class Finder(importlib.abc.MetaPathFinder):
    """Finds MXNet's modules, and the few others that need mending."""

    def find_spec(self, fullname, path=None, target=None):
        own = fullname == 'mxnet' or fullname.startswith('mxnet.')
        if not own and fullname not in FOREIGN:
            return None
        spec = importlib.machinery.PathFinder.find_spec(
            fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        if not own:
            spec.loader = _ForeignLoader(spec.loader)
        elif type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def install():
    """Put the hook in place and mend what is loaded already.

    Calling it again does nothing. It imports neither MXNet nor NumPy.
    Returns the finder.
    """
    for finder in sys.meta_path:
        if isinstance(finder, Finder):
            return finder
    sys.meta_path.insert(0, Finder())
    if 'mxnet' not in sys.modules:
        # an import of MXNet that failed without the hook leaves parts behind
        for name in [n for n in sys.modules if n.startswith('mxnet.')]:
            del sys.modules[name]
    for name in AFTER:
        if name in sys.modules:
            mend(sys.modules[name])
    return sys.meta_path[0]
