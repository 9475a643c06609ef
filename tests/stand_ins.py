"""Small shared libraries that stand in for NVIDIA's, built with gcc."""
import shutil
import subprocess

import pytest

needs_gcc = pytest.mark.skipif(
    shutil.which('gcc') is None,
    reason='no gcc to build the stand-ins for the libraries of NVIDIA with')


def build(file, source='', needs=(), rpath=None):
    """Build the shared library `file`; it needs those of the files `needs`.

    Its name for the loader is its file's. It finds what it needs only where
    that is loaded already, or in the folder `rpath`.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    command = ['gcc', '-shared', '-fPIC', '-x', 'c', '-', '-o', str(file),
               '-Wl,-soname,%s,--no-as-needed' % file.name, '-x', 'none']
    command += map(str, needs)
    if rpath:
        command.append('-Wl,--disable-new-dtags,-rpath,%s' % rpath)
    subprocess.run(command, input=source, universal_newlines=True, check=True,
                   timeout=120)
    return file
