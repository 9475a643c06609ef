"""Make the real MXNet 1.9.1 work on today's Python, NumPy and IPython.

MXNet's last release was written for NumPy < 1.24 and Python < 3.12. Nothing
of MXNet is changed on disk, and NumPy is changed for nobody: an import hook
shows MXNet's own modules, and no others, the NumPy and the standard library
that they were written for (`hook` and the modules ending in `_view`), and
mends what is not a missing name after the module is loaded (`repairs`). The
libraries of CUDA are loaded before MXNet's own (`cuda`).

This package knows nothing of the rest of d2l and can be loaded without it:
`d2l_mxnet.pth` does so when MXNet is imported before d2l. Its modules
therefore import by `from .module import name` only: `from . import module`
would run d2l/__init__.py.
"""
from .hook import install

__all__ = ['install']
