"""Lend MXNet's aarch64 build OpenBLAS instead of Arm Performance Libraries.

libmxnet.so of the aarch64 wheel needs three libraries of Arm's that no wheel
brings. What it takes of two of them, libm and libc have under the same names.
The third is its BLAS and LAPACK. The wheel scipy-openblas32 has all of these
functions, with 'scipy_' before their names.
"""
import ctypes
import os
import sys

from .elf import (
    is_loadable,
    load_bytes,
    machine_of,
    make_library,
    needed_libraries,
)

_BLAS = 'libarmpl_lp64_mp.so'
_IN_SYSTEM = {'libamath.so': 'libm.so.6', 'libastring.so': 'libc.so.6'}

# The functions that libmxnet.so takes from _BLAS (nm -D --undefined-only).
_FUNCTIONS = [
    *('cblas_' + name for name in (
        'cgemm', 'ddot', 'dgemm', 'dger', 'dsyrk', 'dtrmm', 'dtrsm', 'saxpy',
        'sdot', 'sgemm', 'sger', 'ssyrk', 'strmm', 'strsm', 'zgemm')),
    *(f'{kind}{name}_' for kind in 'sd' for name in (
        'gels', 'geqrf', 'gesdd', 'gesv', 'getrf', 'posv', 'potrf')),
    *(f'LAPACKE_{kind}{name}' for kind in 'sd' for name in (
        'geev', 'gelqf', 'gesdd', 'gesv', 'gesvd', 'getrf', 'getri', 'orglq',
        'potrf', 'potri', 'syevd'))]

_openblas = None


def lend_libraries(path):
    """Lend the MXNet library at `path` those of Arm's libraries that it lacks.

    The libraries that are installed are used, also one beside libmxnet.so.
    The builds for other processors need none.

    Raises
    ------
    ImportError
        The wheel scipy-openblas32 is missing, or a library cannot be loaded.
    """
    global _openblas
    lacking = [name for name in needed_libraries(path)
               if name == _BLAS or name in _IN_SYSTEM
               if not _is_installed(name, os.path.dirname(path))]
    try:
        for name in lacking:
            needed, jumps = _IN_SYSTEM.get(name), None
            if name == _BLAS:
                _openblas = ctypes.CDLL(_find_openblas(path))
                needed = os.path.basename(_openblas._name)
                jumps = {name: 'scipy_' + name for name in _FUNCTIONS}
            load_bytes(name, make_library(
                name, needed, jumps, machine_of(path)))
    except OSError as error:
        raise ImportError(
            f'the libraries that MXNet ({path}) needs cannot be loaded: '
            f'{error}. They are made in a folder for temporary files, which '
            'must allow programs to run; TMPDIR names another') from error


def set_num_threads(number):
    """Let OpenBLAS, if it is lent, compute with this number of threads."""
    if _openblas is not None:
        _openblas.scipy_openblas_set_num_threads(number)


def openblas_file():
    """The file of the OpenBLAS that is lent to MXNet, or None."""
    return _openblas and _openblas._name


def _is_installed(name, folder):
    """Whether the loader finds a library; it searches `folder` first."""
    file = os.path.join(folder, name)
    return is_loadable(file if os.path.exists(file) else name)


def _find_openblas(path):
    """The file of OpenBLAS in the wheel scipy-openblas32 on sys.path."""
    for entry in sys.path:
        file = os.path.join(os.path.abspath(entry), 'scipy_openblas32', 'lib',
                            'libscipy_openblas.so')
        if os.path.isfile(file):
            return file
    raise ImportError(
        f'MXNet for this processor ({path}) needs Arm Performance Libraries '
        f'({_BLAS}), or OpenBLAS in their place. Neither was found. To '
        'install OpenBLAS: pip install scipy-openblas32')
