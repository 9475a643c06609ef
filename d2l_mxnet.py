"""Prepare MXNet for this Python when it is imported, not before.

`d2l_mxnet.pth` imports this module at every start of the interpreter, so it
imports nothing and does nothing but put a finder in place.
"""
import sys


class LazyFinder:
    """Installs d2l.compat at the first import of MXNet or its launcher."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if fullname not in ('mxnet', 'dmlc_tracker'):
            return None
        sys.meta_path.remove(LazyFinder)
        return _compat().install().find_spec(fullname, path, target)


def _compat():
    """d2l.compat, without running d2l/__init__.py.

    The name `d2l` on the path may be the edition's own helper package, whose
    readers need MXNet to work no less.
    """
    if 'd2l.compat' not in sys.modules:
        import importlib.util
        import os
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


if 'mxnet' not in sys.modules and LazyFinder not in sys.meta_path:
    sys.meta_path.insert(0, LazyFinder)
