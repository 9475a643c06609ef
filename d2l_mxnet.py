"""Prepare MXNet for this Python when it is imported before d2l.

`d2l_mxnet.pth` calls this at the first import of MXNet or its launcher.
"""
import importlib.util
import os
import sys


def find_spec(fullname, path, target):
    """Install d2l.compat and let it find the module."""
    return _compat().install().find_spec(fullname, path, target)


def _compat():
    """d2l.compat, without running d2l/__init__.py.

    The name `d2l` on the path may be the edition's own helper package, whose
    readers need MXNet to work no less.
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
