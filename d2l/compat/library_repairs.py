"""Repairs for the shared libraries that MXNet's own library needs.

`repairs` lists them, and explains how they are applied.
"""
import functools

from .repairs import after


@after('mxnet.libinfo')
def load_cuda_libraries(module):
    """MXNet 1.9.1 does not find the CUDA 11 libraries of NVIDIA's wheels.

    They are loaded when MXNet looks for its own library to load it.
    """
    from .cuda import load_libraries
    _call_before_loading(module, load_libraries)


@after('mxnet.libinfo')
def lend_openblas(module):
    """MXNet 1.9.1 for aarch64 needs Arm's libraries, which no wheel brings.

    OpenBLAS takes their place, where they are not installed.
    """
    from .arm64 import lend_libraries
    _call_before_loading(module, lend_libraries)


def _call_before_loading(module, function):
    """Call function(path) when MXNet looks for its library at `path`."""
    find = module.find_lib_path

    @functools.wraps(find)
    def find_lib_path(prefix='libmxnet'):
        paths = find(prefix)
        if prefix == 'libmxnet':
            function(paths[0])
        return paths

    module.find_lib_path = find_lib_path
