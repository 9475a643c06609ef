"""Load the CUDA libraries for MXNet's CUDA build before its own library.

The wheel mxnet-cu112 contains no CUDA libraries. NVIDIA's wheels, which the
extra cu112 installs, put each of them into a folder that the dynamic loader
does not search (site-packages/nvidia/cublas/lib, ...). The loader does not
search for a library whose name (the SONAME) is loaded already, so loading them
first is enough.
"""
import ctypes
import glob
import os
import re
import sys

from .elf import load_bytes, make_library, needed_libraries
from .installing import CPU_BUILD, CUDA_BUILD

# Folder in site-packages/nvidia: the libraries in it that libmxnet.so needs,
# directly or indirectly. The wheel of 'cuda_nvrtc' is nvidia-cuda-nvrtc-cu11.
_WHEELS = {
    'cublas': ('libcublas.so.11', 'libcublasLt.so.11'),
    'cuda_nvrtc': ('libnvrtc.so.11.2',),    # so named since CUDA 11.2
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

_files = {}
_before = {}    # libraries that were loaded before MXNet, such as PyTorch's


def library_files():
    """The CUDA libraries that MXNet needs, and the files they came from.

    Empty until MXNet has been imported or its import has failed.

    Returns
    -------
    dict of str to (str or None)
        The file of each library name, such as 'libcudnn.so.8', or None if
        the library could not be loaded. Empty for the CPU build.
    """
    return dict(_files)


def files_before():
    """The CUDA libraries that the process had loaded before MXNet.

    Returns
    -------
    dict of str to str
        The file of each library name, the driver's left out. MXNet uses them.
    """
    return dict(_before)


def load_libraries(path):
    """Load the CUDA libraries that the MXNet library at `path` needs.

    The CPU build needs none. The list of needed libraries in the file tells
    the builds apart, even if MXNET_LIBRARY_PATH names the file.

    A library that the process has loaded already is used. Otherwise NVIDIA's
    wheels take precedence over the system's CUDA, including one in
    LD_LIBRARY_PATH: the wheels' versions fit each other and MXNet, whereas a
    system may have any CUDA 11 with any cuDNN. The dynamic loader searches
    for the libraries that are in no wheel.

    Raises
    ------
    ImportError
        A library is missing. The message names it and the wheel to install.
        Or MXNet cannot use a library that was loaded before.
    """
    names = [name for name in needed_libraries(path)
             if re.match('lib(cu|nv|nccl)', name)]
    if not names:
        return
    ours = _files.keys() - _before.keys()   # loaded by an earlier call
    _files.clear()
    _before.clear()
    _before.update(_find_loaded(set(names) - {_DRIVER} - ours))
    errors = {}
    for name in sorted(names, key=lambda name: name != _DRIVER):
        _load_library(name, os.path.dirname(path), errors)
        if _DRIVER in errors:       # the others are useless without it
            _files.update({name: _find_in_wheels(name) for name in names})
            raise ImportError(_explain_no_driver(path, errors[_DRIVER]))
    if errors:
        raise ImportError(_explain_missing(path, errors))
    _set_defaults(names)
    if _before:
        try:
            ctypes.CDLL(path)
        except OSError as error:
            raise ImportError(_explain_others(path, error)) from error
    # cuDNN and cuBLAS load these at run time by names without a version, which
    # the wheels and some drivers lack
    _add_alias('libcuda.so', _DRIVER)
    for name in names:
        if name.startswith('libnvrtc.so.'):
            _add_alias('libnvrtc.so', name)


def _find_loaded(names):
    """The files of the libraries that are loaded already, by name."""
    found = {}
    for name in sorted(names):
        try:
            found[name] = file_of(ctypes.CDLL(name, os.RTLD_NOLOAD))
        except OSError:
            pass
    return found


def _load_library(name, folder, errors):
    """Load a library after the libraries of other wheels that it needs.

    A library that is in no wheel may lie in `folder`, beside libmxnet.so. A
    failure is added to `errors`.
    """
    if name in _files:
        return
    _files[name] = None
    wheel = _find_in_wheels(name)
    try:
        # fails unless the library is loaded already
        library = ctypes.CDLL(name, os.RTLD_NOLOAD)
    except OSError:
        for other in needed_libraries(wheel) if wheel else ():
            if other in _FOLDER:
                _load_library(other, folder, errors)
                if other in errors:
                    return
        # the loader, too, searches the folder of libmxnet.so first
        file = os.path.join(folder, name)
        try:
            library = ctypes.CDLL(wheel or (
                file if os.path.exists(file) else name))
            if wheel and name.startswith('libcudnn.so.'):
                _load_cudnn_libraries(wheel)
        except OSError as error:
            errors[name] = error
            return
    _files[name] = file_of(library)


def _load_cudnn_libraries(cudnn):
    """Load the libraries that cuDNN itself would load at their first use.

    cuDNN would search LD_LIBRARY_PATH before its own folder, and another
    cuDNN there would not fit.
    """
    files = {os.path.basename(file): file for file in glob.glob(os.path.join(
        glob.escape(os.path.dirname(cudnn)), 'libcudnn_*.so.*'))}

    def load(name):
        file = files.pop(name)
        for other in needed_libraries(file):
            if other in files:
                load(other)
        ctypes.CDLL(file)

    while files:
        load(min(files))


def _set_defaults(names):
    """Set MXNet's environment variables for these libraries, if unset."""
    # otherwise MXNet warns at every start that it was built with another
    # cuDNN; all versions 8 are compatible
    os.environ.setdefault('MXNET_CUDNN_LIB_CHECKING', '0')
    # a driver older than NVRTC runs CUDA 11's kernels, but not the kernels of
    # fused operators, which MXNet compiles at run time
    driver, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    try:
        ctypes.CDLL(_DRIVER).cuDriverGetVersion(ctypes.byref(driver))
        for name in names:
            if name.startswith('libnvrtc.so.'):
                ctypes.CDLL(name).nvrtcVersion(ctypes.byref(major),
                                               ctypes.byref(minor))
    except AttributeError:      # a stub of the driver on a build machine
        return
    if 0 < driver.value < 1000 * major.value + 10 * minor.value:
        os.environ.setdefault('MXNET_USE_FUSION', '0')


def _find_in_wheels(name):
    """The file of this name in NVIDIA's wheels on sys.path, or None."""
    if name in _FOLDER:
        for entry in sys.path:
            file = os.path.join(os.path.abspath(entry), 'nvidia',
                                _FOLDER[name], 'lib', name)
            if os.path.isfile(file):
                return file
    return None


# -- error messages
_CPU_BUILD = 'pip uninstall mxnet-cu112; ' + CPU_BUILD


def _explain_no_driver(path, error):
    return (
        f"MXNet's CUDA build ({path}) needs the NVIDIA driver, which cannot "
        f'be loaded: {error}. On a machine with an NVIDIA GPU, install its '
        'driver, version 520 or newer. On any other machine, replace the '
        f'CUDA build by the CPU build: {_CPU_BUILD}')


def _explain_missing(path, errors):
    lines = [f"MXNet's CUDA build ({path}) needs libraries that cannot be "
             'loaded:']
    for name, error in errors.items():
        if _find_in_wheels(name):
            source = f'of {_find_in_wheels(name)}'
        elif name in _FOLDER:
            source = ('of the wheel nvidia-%s-cu11'
                      % _FOLDER[name].replace('_', '-'))
        else:
            source = 'which mxnet-cu112 1.9.1 does not need'
        lines.append(f'  {name}, {source}: {error}')
    if all(map(_find_in_wheels, errors)):
        lines.append('They are installed, but the system lacks the libraries '
                     'named at the end of the lines.')
    else:
        lines.append('To install the CUDA 11.8 libraries for mxnet-cu112, '
                     + CUDA_BUILD)
    lines.append(f'To compute without a GPU: {_CPU_BUILD}')
    return '\n'.join(lines)


def _explain_others(path, error):
    return (
        f"MXNet's CUDA build ({path}) cannot be loaded: {error}. A process "
        'can hold one library of a name, and this one had loaded '
        f'{" and ".join(_before.values())} before, as PyTorch does. Import '
        'mxnet before torch. Or let PyTorch serve the GPU, with MXNet\'s CPU '
        f'build: {_CPU_BUILD}')


# -- the dynamic loader
def _add_alias(alias, name):
    """Make dlopen(alias) return the loaded library `name`.

    This loads an empty library named `alias` that needs `name`. Failures are
    ignored: without the alias only the few kernels fail that cuDNN and cuBLAS
    compile at run time.
    """
    try:
        ctypes.CDLL(alias, os.RTLD_NOLOAD)
        return
    except OSError:
        pass
    try:
        load_bytes(alias, make_library(alias, name))
    except OSError:     # no temporary folder, or it is mounted noexec
        pass


class _LinkMap(ctypes.Structure):
    _fields_ = [('l_addr', ctypes.c_void_p), ('l_name', ctypes.c_char_p)]


def file_of(library):
    """The file that a loaded library (ctypes.CDLL) came from."""
    link_map = ctypes.POINTER(_LinkMap)()
    request = 2     # RTLD_DI_LINKMAP
    if ctypes.CDLL(None).dlinfo(ctypes.c_void_p(library._handle), request,
                                ctypes.byref(link_map)):
        return library._name
    return os.fsdecode(link_map.contents.l_name)
