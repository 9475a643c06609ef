"""What d2l does before it is imported.

`d2l_mxnet.pth` imports this module at the first import of a module that is
found here. MXNet, its launcher (dmlc_tracker) and libraries of its time are
prepared for this Python. IPython.display gets back a function that notebooks
of the edition begin with. Where translations of the book for other libraries
are missing, an error explains what they are.

While Python looks for a module, other threads cannot import, and this one must
not wait for them. So until a module is executed, nothing is imported that
Python has not loaded at its start; that is why importlib's own parts are.
"""
import _frozen_importlib as _bootstrap
import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import PathFinder, spec_from_file_location


def find_spec(fullname, path, target):
    """Find one of the modules that `d2l_mxnet.pth` names."""
    if fullname == 'IPython.display':
        return _find_display(fullname, path, target)
    if fullname.startswith('d2lzh_'):
        return _find_or_raise(_no_translation, fullname, path, target)
    return _find_mxnet(fullname, path, target)


def _find_mxnet(fullname, path, target):
    """Find MXNet or its launcher; executing it loads d2l.compat before."""
    spec = PathFinder.find_spec(fullname, path, target)
    if spec is None and fullname == 'mxnet':
        return _find_or_raise(_no_mxnet, fullname, path, target)
    if spec is None or spec.loader is None:
        return spec
    loader = spec.loader
    execute = loader.exec_module

    def exec_module(module):
        del loader.exec_module
        # the import hook
        found = _load_compat().install().find_spec(fullname, path, target)
        if found is None:
            return execute(module)
        module.__spec__.loader = module.__loader__ = found.loader
        return found.loader.exec_module(module)

    loader.exec_module = exec_module
    return spec


class _Raise:
    """A loader of a module that is missing: it raises what explains that."""

    exec_module = None      # never called, but Python asks for it

    def __init__(self, make_error):
        self.make_error = make_error

    def create_module(self, spec):
        raise self.make_error(spec.name)


def _find_or_raise(make_error, fullname, path, target):
    """Find a module elsewhere; importing it raises make_error(fullname)."""
    spec = _find_elsewhere(fullname, path, target)
    if spec is not None:
        return spec
    util = sys.modules.get('importlib.util')
    frame = sys._getframe()
    while util and frame is not None:
        # somebody asks whether the module is there, and it is not
        if frame.f_code is util.find_spec.__code__:
            return None
        frame = frame.f_back
    return ModuleSpec(fullname, _Raise(make_error))


def _no_mxnet(name):
    _load_compat()
    installing = _load('d2l.compat.installing', 'compat', 'installing.py')
    return ModuleNotFoundError("No module named 'mxnet': d2l needs "
                               + installing.explain_no_mxnet(), name=name)


def _no_translation(name):
    editions = _load('d2l.editions', 'editions.py')
    return ImportError(editions.explain_import('', name, ()), name=name)


def _find_elsewhere(fullname, path, target):
    """What the finders of others find, such as those of editable installs."""
    for finder in sys.meta_path:
        find = getattr(finder, 'find_spec', None)   # old finders lack it
        if find and getattr(finder, '__module__', None) != __name__:
            spec = find(fullname, path, target)
            if spec is not None:
                return spec
    return None


def _find_display(fullname, path, target):
    """Find IPython.display, with what IPython 9 removed.

    All kernels import the module, also those of readers of other books.
    """
    spec = PathFinder.find_spec(fullname, path, target)
    if spec is None or spec.loader is None:
        return spec
    execute = spec.loader.exec_module

    def exec_module(module):
        execute(module)
        if not hasattr(module, 'set_matplotlib_formats'):
            module.__getattr__ = restore

    def restore(name):
        module = sys.modules[fullname]
        if name == 'set_matplotlib_formats':
            del module.__getattr__
            _load_compat().install()
            return getattr(module, name)
        raise AttributeError('module %r has no attribute %r'
                             % (fullname, name))

    spec.loader.exec_module = exec_module
    return spec


def _load_compat():
    return _load('d2l.compat', 'compat', '__init__.py')


def _load(name, *path):
    """Load a module of d2l without running d2l/__init__.py.

    The first `d2l` on the path may be the helper package of the book's own
    repository; MXNet must work for its users, too.
    """
    # with Python's own locks: threads that import it wait for each other
    if name not in sys.modules:
        with _bootstrap._ModuleLockManager(name):
            if name not in sys.modules:
                file = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                    'd2l', *path)
                spec = spec_from_file_location(name, file)
                return _bootstrap._load_unlocked(spec)
    _bootstrap._lock_unlock_module(name)
    return sys.modules[name]
