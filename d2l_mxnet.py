"""Prepare MXNet for this Python when it is imported before d2l.

`d2l_mxnet.pth` imports this module at the first import of MXNet or of its
launcher (dmlc_tracker).
"""
import importlib.util
import os
import sys


def find_spec(fullname, path, target):
    """Install the import hook of d2l.compat and find the module with it."""
    return _load_compat().install().find_spec(fullname, path, target)


def _load_compat():
    """Load d2l.compat without running d2l/__init__.py.

    The first `d2l` on the path may be the helper package of the book's own
    repository; MXNet must work for its users, too.
    """
    if 'd2l.compat' not in sys.modules:
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                            'd2l', 'compat', '__init__.py')
        spec = importlib.util.spec_from_file_location('d2l.compat', path)
        module = importlib.util.module_from_spec(spec)
        sys.modules['d2l.compat'] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules['d2l.compat']
            raise
    return sys.modules['d2l.compat']
