"""The CUDA libraries of MXNet's CUDA build, loaded before its own.

libmxnet.so of the wheel mxnet-cu112 brings no CUDA. The wheels that do, those
of the extra cu112, keep each library in a folder that the dynamic loader does
not search (site-packages/nvidia/cublas/lib, ...). A library that is loaded
already is not searched for: the loader goes by its name (the SONAME).
"""
import ctypes
import glob
import os
import re
import sys

from .elf import empty_library, needed

# Folder of site-packages/nvidia: what libmxnet.so needs of it, directly or
# not. The wheel of 'cuda_nvrtc' is nvidia-cuda-nvrtc-cu11, and so on.
_WHEELS = {
    'cublas': ('libcublas.so.11', 'libcublasLt.so.11'),
    'cuda_nvrtc': ('libnvrtc.so.11.2',),    # the name since CUDA 11.2
    'cuda_runtime': ('libcudart.so.11.0',),
    'cudnn': ('libcudnn.so.8',),
    'cufft': ('libcufft.so.10',),
    'curand': ('libcurand.so.10',),
    'cusolver': ('libcusolver.so.11',),
    'nccl': ('libnccl.so.2',),
    'nvtx': ('libnvToolsExt.so.1',),
}
_FOLDER = {name: folder for folder, names in _WHEELS.items()
           for name in names}
_DRIVER = 'libcuda.so.1'

_found = {}


def libraries():
    """The CUDA libraries that MXNet needs, and where they were found.

    Known once MXNet has been imported, or its import has failed.

    Returns
    -------
    dict of str to (str or None)
        Library name, such as 'libcudnn.so.8': the file, None where it could
        not be loaded. Empty for the CPU build.
    """
    return dict(_found)


def load(path):
    """Load what the MXNet library at `path` needs of CUDA; else do nothing.

    What the library itself says it needs tells a CUDA build from the CPU
    build, whatever it was installed as, MXNET_LIBRARY_PATH included.

    What the process has loaded already is used as it is. Otherwise the wheels
    win over a CUDA of the system, also over one in LD_LIBRARY_PATH: they are
    versions that fit each other and this MXNet, where a system may have any
    CUDA 11 with any cuDNN. What no wheel brings is left to the loader.

    Raises
    ------
    ImportError
        Naming the library that is missing and what brings it.
    """
    names = [name for name in needed(path)
             if re.match('lib(cu|nv|nccl)', name)]
    if not names:
        return
    _found.clear()
    errors = {}
    for name in sorted(names, key=_DRIVER.__ne__):
        _load(name, os.path.dirname(path), errors)
        if _DRIVER in errors:       # the others would be of no use
            _found.update({name: _in_a_wheel(name) for name in names})
            raise ImportError(_NO_DRIVER % (path, errors[_DRIVER]))
    if errors:
        raise ImportError(_missing(path, errors))
    _settings(names)
    # cuDNN and cuBLAS look these up at run time by names without a version,
    # which neither the wheels nor every driver have
    _alias('libcuda.so', _DRIVER)
    for name in names:
        if name.startswith('libnvrtc.so.'):
            _alias('libnvrtc.so', name)


def _load(name, beside, errors):
    """Load a library by its name, what it needs of other wheels first."""
    if name in _found:
        return
    _found[name] = None
    wheel = _in_a_wheel(name)
    try:
        library = ctypes.CDLL(name, os.RTLD_NOLOAD)     # if it is loaded
    except OSError:
        for other in needed(wheel) if wheel else ():
            if other in _FOLDER:
                _load(other, beside, errors)
                if other in errors:
                    return
        # libmxnet.so would look beside itself first, too
        file = os.path.join(beside, name)
        try:
            library = ctypes.CDLL(wheel or (
                file if os.path.exists(file) else name))
            if wheel and name.startswith('libcudnn.so.'):
                _load_helpers(wheel)
        except OSError as error:
            errors[name] = error
            return
    _found[name] = _file(library)


def _load_helpers(cudnn):
    """The parts of cuDNN that it loads when it first needs them.

    It finds those beside it, but only after those of another cuDNN in
    LD_LIBRARY_PATH, which would not fit.
    """
    parts = {os.path.basename(file): file for file in glob.glob(os.path.join(
        glob.escape(os.path.dirname(cudnn)), 'libcudnn_*.so.*'))}

    def load_part(name):
        file = parts.pop(name)
        for other in needed(file):
            if other in parts:
                load_part(other)
        ctypes.CDLL(file)

    while parts:
        load_part(min(parts))


def _settings(names):
    """Settings of MXNet that these libraries call for; the reader's win."""
    # or it warns at every start that this cuDNN is not the one it was built
    # with; within version 8 they are compatible
    os.environ.setdefault('MXNET_CUDNN_LIB_CHECKING', '0')
    # A driver older than NVRTC runs CUDA 11's kernels, but not those that
    # MXNet compiles at run time to fuse operators
    driver, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    try:
        ctypes.CDLL(_DRIVER).cuDriverGetVersion(ctypes.byref(driver))
        for name in names:
            if name.startswith('libnvrtc.so.'):
                ctypes.CDLL(name).nvrtcVersion(ctypes.byref(major),
                                               ctypes.byref(minor))
    except AttributeError:      # a stub of the driver, on a build machine
        return
    if 0 < driver.value < 1000 * major.value + 10 * minor.value:
        os.environ.setdefault('MXNET_USE_FUSION', '0')


def _in_a_wheel(name):
    """The file of this name in a wheel of NVIDIA's on the path, or None."""
    if name in _FOLDER:
        for entry in sys.path:
            file = os.path.join(os.path.abspath(entry), 'nvidia',
                                _FOLDER[name], 'lib', name)
            if os.path.isfile(file):
                return file
    return None


# -- what the errors say
_CPU_BUILD = ('pip uninstall mxnet-cu112; pip install "d2l-gluon[cpu]" (on '
              'Python 3.13 and newer: pip install --no-deps mxnet==1.9.1)')
_NO_DRIVER = (
    "MXNet's CUDA build (%s) needs the NVIDIA driver, and finds none: %s. On "
    'a machine with an NVIDIA GPU, install its driver, version 520 or newer; '
    'on any other, replace the CUDA build by the CPU build: ' + _CPU_BUILD)


def _missing(path, errors):
    lines = ["MXNet's CUDA build (%s) needs libraries that cannot be loaded:"
             % path]
    installed = True
    for name, error in errors.items():
        wheel = _in_a_wheel(name)
        installed = installed and wheel is not None
        lines.append('  %s, %s: %s' % (
            name, 'of %s' % wheel if wheel else 'of the wheel nvidia-%s-cu11'
            % _FOLDER[name].replace('_', '-') if name in _FOLDER else
            'which mxnet-cu112 1.9.1 does not need', error))
    if installed:
        lines.append('They are installed; what the system lacks is named at '
                     'the end of each line.')
    else:
        lines.append('The CUDA 11.8 libraries for mxnet-cu112 come with: '
                     'pip install "d2l-gluon[cu112]"')
    lines.append('To compute without a GPU: ' + _CPU_BUILD)
    return '\n'.join(lines)


# -- the dynamic loader
def _alias(alias, name):
    """Let dlopen(alias) give the loaded library `name` from now on.

    By loading a library of that name which is empty but for its need of the
    other. Without it a GPU still works but for the few kernels that cuDNN
    and cuBLAS compile at run time: a failure is none of the import.
    """
    import tempfile  # not at the top: of use to the CUDA build only

    try:
        ctypes.CDLL(alias, os.RTLD_NOLOAD)
        return
    except OSError:
        pass
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, alias)
            with open(file, 'wb') as out:
                out.write(empty_library(alias, name))
            ctypes.CDLL(file)
    except OSError:     # no temporary folder, or one that nothing runs from
        pass


class _LinkMap(ctypes.Structure):
    _fields_ = [('l_addr', ctypes.c_void_p), ('l_name', ctypes.c_char_p)]


def _file(library):
    """The file that a loaded library came from."""
    link_map = ctypes.POINTER(_LinkMap)()
    request = 2     # RTLD_DI_LINKMAP
    if ctypes.CDLL(None).dlinfo(ctypes.c_void_p(library._handle), request,
                                ctypes.byref(link_map)):
        return library._name
    return os.fsdecode(link_map.contents.l_name)
