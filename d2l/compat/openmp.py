"""Intel's OpenMP in place of GNU's for MXNet's library, where it is installed.

Both run what GNU's compiler made of MXNet. A thread of Intel's that waits
lets others go first (it yields), one of GNU's only spins or sleeps. So it can
wait awake, which small nets gain most from, and yet leaves a core that the
host, or another training, has work for; see docs/performance.md.
"""
import ctypes
import os
import re

from .elf import alias

_GNU, _INTEL = 'libgomp.so.1', 'libiomp5.so'
# the environment variable by which it knows of another one in a process
_NOTE = '__KMP_REGISTERED_LIB_%d'
# of Intel's and LLVM's family, or GNU's by that name: scikit-learn and others
# bring one of their own, libgomp-e985bcbb.so.1.0.0, which is no obstacle
_LOADED = '/lib(i?omp[^/]*|gomp)[.]so'


def load():
    """Load it for the MXNet library that is loaded next.

    Others keep what they bring; only one that is loaded later and asks for
    libgomp.so.1 by that name gets it too. Not where the wheel intel-openmp
    is absent, where the process has another OpenMP of this family (they
    refuse to be two), or one of GNU's already, or where the user has set
    what only GNU's understands. Returns whether MXNet will use it.
    """
    if 'GOMP_SPINCOUNT' in os.environ:
        return False
    file = _installed()
    if file is None or re.search(_LOADED, _maps()):
        return False
    # The process forked from one with this library, which then left a note for
    # this process, and became another program: the note would end that.
    os.environ.pop(_NOTE % os.getpid(), None)
    try:
        # reads its settings (OMP_NUM_THREADS, ...) now
        ctypes.CDLL(file).omp_get_max_threads()
    except OSError:     # not for this kind of processor
        return False
    return alias(_GNU, _INTEL)


def _installed():
    """The library's file in the wheel, or None."""
    from importlib import metadata  # only a process with MXNet pays for it

    try:
        files = metadata.files('intel-openmp') or ()
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == _INTEL and os.path.isfile(file.locate()):
            return str(file.locate())
    return None


def _maps():
    """The files that this process has loaded, and more."""
    try:
        with open('/proc/self/maps') as file:
            return file.read()
    except OSError:
        return ''
