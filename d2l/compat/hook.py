"""The import hook: MXNet's modules import shims for other modules.

Each module of MXNet, and of the libraries of its time that `LIBRARIES` names,
is executed with its own `__builtins__`, whose `__import__` returns the shims
of `numpy`, `distutils` and `onnx` (`shims`). Python looks builtins up in a
function's globals, so imports inside functions return the shims, too. The
hook also applies the repairs (`repairs`).
"""
import builtins
import importlib.abc
import importlib.machinery
import sys
import threading
import warnings

# importing any name of a module of repairs registers all of them
from .array_repairs import copy_views  # noqa: F401
from .data_repairs import fork_worker_processes  # noqa: F401
from .flag_repairs import allow_bytes_in_text  # noqa: F401
from .gluon_repairs import take_paths  # noqa: F401
from .gpus import importing
from .image_repairs import weigh_all_colors  # noqa: F401
from .ipython_repairs import restore_matplotlib_formats  # noqa: F401
from .kvstore_repairs import refuse_optimizers  # noqa: F401
from .launcher_repairs import restore_is_alive  # noqa: F401
from .library_repairs import lend_openblas  # noqa: F401
from .mxboard_repairs import execute_generated
from .numpy_repairs import add_array_interface  # noqa: F401
from .ports import reserve_trackers_port  # noqa: F401
from .repairs import AFTER, apply_after, apply_before, has_repairs
from .shims import distutils_shim, numpy_shim, onnx_shim
from .threads import library_environment
from .threads.chooser import choose_threads  # noqa: F401

# Their last releases, of 2018 to 2021, also use what NumPy 1.24 and Python
# 3.12 removed; d2l_mxnet.pth names them, too.
LIBRARIES = 'gluoncv', 'gluonnlp', 'mxboard'


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    """`__import__` as MXNet's modules see it."""
    if level == 0 and name in ('distutils', 'distutils.version'):
        return distutils_shim(name if fromlist else 'distutils')
    if level == 0 and name == 'onnx.mapping':
        return onnx_shim().mapping
    if level == 0 and name == 'onnx' and 'mapping' in (fromlist or ()):
        return onnx_shim()      # onnx itself may lack onnx.mapping
    module = builtins.__import__(name, globals, locals, fromlist, level)
    if module is sys.modules.get('numpy'):
        return numpy_shim()
    if module is sys.modules.get('onnx'):
        return onnx_shim()
    return module


_BUILTINS = dict(vars(builtins), __import__=_import)

_installing = threading.RLock()     # repairs may import, and so install


class _Loader(importlib.machinery.SourceFileLoader):
    """Executes a module of MXNet or of LIBRARIES with the shims."""

    # Python 3.15 passes the module's name, too
    def source_to_code(self, data, path, *args, **options):
        # Python 3.12 warns about '\.' and 'is 0' in MXNet's code, which users
        # cannot change
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return super().source_to_code(data, path, *args, **options)

    def exec_module(self, module):
        vars(module)['__builtins__'] = _BUILTINS
        apply_before(module)
        if module.__name__ == 'mxnet.base':     # loads MXNet's library
            self._execute_base(module)
        elif module.__name__.startswith('mxboard.proto.'):
            execute_generated(module, self.get_source(module.__name__))
        elif module.__name__.partition('.')[0] in LIBRARIES:
            super().exec_module(module)
        else:
            with importing():
                super().exec_module(module)
        apply_after(module)

    def _execute_base(self, module):
        try:
            with library_environment():
                super().exec_module(module)
        except OSError as error:
            from .installing import (
                explain_missing_libraries,
                find_missing_libraries,
            )
            path = sys.modules['mxnet.libinfo'].find_lib_path()[0]
            missing = find_missing_libraries(path)
            if not missing:
                raise
            raise ImportError(
                explain_missing_libraries(path, missing)) from error


class _ForeignLoader(importlib.abc.Loader):
    """Loads a module of another package as usual, and repairs it."""

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        apply_before(module)
        self.loader.exec_module(module)
        apply_after(module)


class Finder(importlib.abc.MetaPathFinder):
    """Finds modules that see the shims, and others that have repairs."""

    def find_spec(self, fullname, path=None, target=None):
        sees_shims = fullname.partition('.')[0] in ('mxnet', *LIBRARIES)
        if not sees_shims and not has_repairs(fullname):
            return None
        spec = importlib.machinery.PathFinder.find_spec(
            fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        if not sees_shims:
            spec.loader = _ForeignLoader(spec.loader)
        elif type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def install():
    """Install the hook and repair the modules that are loaded already.

    Calling it again does nothing. It imports neither MXNet nor NumPy.

    Returns
    -------
    Finder
    """
    with _installing:
        for finder in sys.meta_path:
            if isinstance(finder, Finder):
                return finder
        finder = Finder()
        sys.meta_path.insert(0, finder)
        if 'mxnet' not in sys.modules:
            # submodules remain after an import of MXNet that failed without
            # the hook; they lack the shims
            for name in [n for n in sys.modules if n.startswith('mxnet.')]:
                del sys.modules[name]
        for name in AFTER:
            if name in sys.modules:
                apply_after(sys.modules[name])
        return finder
