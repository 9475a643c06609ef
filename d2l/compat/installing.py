"""What to install where MXNet is missing, or a library of the system is."""
import os
import platform
import sys

from .elf import is_loadable, needed_libraries

CPU_BUILD = 'pip install --no-deps mxnet==1.9.1'
if platform.machine() == 'aarch64':
    CPU_BUILD += ' scipy-openblas32'    # see arm64.py
CUDA_BUILD = (
    'in the checkout of d2l-gluon: pip install -e ".[cu112]" (with its wheel: '
    'pip install "FILE.whl[cu112]")')
if sys.version_info >= (3, 13):     # there, pip refuses MXNet's numpy<2
    CUDA_BUILD += '; pip install --no-deps mxnet-cu112==1.9.1'

# Libraries of GCC that MXNet's wheels need and do not bring, with the
# packages of Debian and of Fedora.
_GCC_LIBRARIES = {
    'libgcc_s.so.1': ('libgcc-s1', 'libgcc'),
    'libgomp.so.1': ('libgomp1', 'libgomp'),
    'libquadmath.so.0': ('libquadmath0', 'libquadmath'),
    'libstdc++.so.6': ('libstdc++6', 'libstdc++'),
}


def explain_no_mxnet():
    """How to install MXNet, or why that is not possible on this system."""
    return 'MXNet 1.9.1, which is not installed: ' + (
        find_obstacle() or CPU_BUILD + (
            '; for an NVIDIA GPU, ' + CUDA_BUILD
            if platform.machine() == 'x86_64' else ''))


def find_obstacle():
    """Why no wheel of MXNet 1.9.1 fits this system; None if one does."""
    wheels = ('MXNet 1.9.1 has wheels for Linux with glibc (x86-64, aarch64) '
              'and for macOS on Intel processors, not for ')
    if sys.platform == 'win32':
        return wheels + ('Windows: install WSL2 (wsl --install), and work in '
                         'its Linux')
    machine = os.uname().machine
    if sys.platform == 'darwin' and machine == 'arm64':
        return wheels + ('Apple silicon: use a container of Linux, such as '
                         'Debian or Ubuntu')
    if sys.platform == 'linux' and not _has_glibc():
        return wheels + ('musl, the C library of Alpine: use a distribution '
                         'or an image with glibc, such as Debian')
    if sys.platform == 'linux' and machine not in ('x86_64', 'aarch64'):
        return wheels + machine
    return None


def _has_glibc():
    try:
        return os.confstr('CS_GNU_LIBC_VERSION').startswith('glibc')
    except (AttributeError, OSError, ValueError):
        return False


def find_missing_libraries(path):
    """Those of GCC's libraries that MXNet's library lacks on this system.

    Parameters
    ----------
    path : str
        The file of MXNet's library. Libraries beside it are searched, too.

    Returns
    -------
    list of str
        Their names, sorted.
    """
    folder = os.path.dirname(path)
    files, missing = [path], set()
    for file in files:
        for name in needed_libraries(file):
            beside = os.path.join(folder, name)
            if os.path.exists(beside):
                if beside not in files:
                    files.append(beside)
            elif name in _GCC_LIBRARIES and not is_loadable(name):
                missing.add(name)
    return sorted(missing)


def explain_missing_libraries(path, names):
    """The message for libraries that `find_missing_libraries` returned."""
    debian, fedora = (
        ' '.join(packages) for packages in zip(
            *(_GCC_LIBRARIES[name] for name in names)))
    return (
        f"MXNet ({path}) needs libraries that this system lacks: "
        f'{", ".join(names)}. They come with GCC. Debian and Ubuntu: apt '
        f'install {debian}; Fedora and Red Hat: dnf install {fedora}; Wolfi: '
        f'apk add {fedora}')
