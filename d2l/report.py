"""What `python -m d2l` prints: the state of an installation.

It must work where nothing else does, so every part is looked at on its own.
"""
import importlib.metadata
import os
import platform
import sys
import warnings

import d2l

from .compat import cuda, nvidia, repairs, shipped_data

_PACKAGES = ('numpy', 'matplotlib', 'ipython', 'ipykernel', 'jupyterlab')


def main():
    """Print the report; returns 0 if the chapters can run, else 1."""
    problems = []
    for title, part in (('d2l', _d2l), ('Python', _python),
                        ('packages', _packages), ('MXNet', _mxnet),
                        ('repairs', _repairs), ('CUDA', _cuda),
                        ('GPUs', _gpus), ('data set', _data_set)):
        print('%-9s' % title, end=' ')
        try:
            lines = part(problems)
        except Exception as error:
            lines = ['failed, see below']
            problems.append('%s: %s: %s' % (
                title, type(error).__name__, error))
        print(('\n' + 10 * ' ').join(lines))
    print()
    if problems:
        print('The chapters cannot run yet, or not as they should:')
        for problem in problems:
            print('- ' + problem)
        return 1
    print('The chapters can run: make lab, or jupyter lab chapters')
    return 0


def _version(name):
    """The installed version of a distribution, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _d2l(problems):
    lines = ['%s in %s' % (d2l.__version__, os.path.dirname(d2l.__file__))]
    if _version('d2l-gluon') is None:
        lines.append('not installed, only on the path: import d2l before '
                     'mxnet (pip install -e . removes this limit)')
    for name, edition in (('d2l', 'a later edition'),
                          ('d2lzh', 'the Chinese edition')):
        version = _version(name)
        if version:
            lines.append('beside it: %s %s, of %s' % (name, version, edition))
            problems.append(
                '%s %s, of %s, is installed in the same environment and '
                'writes to the same folder: pip uninstall %s, then install '
                'd2l-gluon again' % (name, version, edition, name))
    return lines


def _python(problems):
    if sys.version_info < (3, 8):
        problems.append('Python 3.8 or newer is needed')
    return ['%s, %s' % (platform.python_version(), platform.platform()),
            sys.executable]


def _packages(problems):
    versions = [(name, _version(name)) for name in _PACKAGES]
    for name, version in versions:
        if version is None and name in ('numpy', 'matplotlib'):
            problems.append('%s is missing: pip install %s' % (name, name))
        if version is None and name == 'ipykernel':
            problems.append('Jupyter is missing, which runs the notebooks: '
                            'pip install jupyterlab ipykernel')
    return [', '.join('%s %s' % (name, version or 'not installed')
                      for name, version in versions)]


def _mxnet(problems):
    installed = [name for name in ('mxnet', 'mxnet-cu112') if _version(name)]
    if not installed:
        problems.append(
            'MXNet is missing: pip install "d2l-gluon[cpu]", or '
            '"d2l-gluon[cu112]" for an NVIDIA GPU (on Python 3.13 and newer: '
            'pip install --no-deps mxnet==1.9.1, or mxnet-cu112==1.9.1)')
        return ['not installed']
    if len(installed) > 1:
        problems.append('mxnet and mxnet-cu112 are both installed and write '
                        'to the same folder: uninstall both, then install one')
    import mxnet as mx
    features = mx.runtime.Features()
    (mx.nd.ones((2, 2)) + 1).wait_to_read()
    return ['%s (%s) in %s' % (mx.__version__, ', '.join(installed),
                               os.path.dirname(mx.__file__)),
            'built with ' + ', '.join(sorted(
                name for name in features if features.is_enabled(name)))]


def _repairs(problems):
    modules = {}
    for module, repair in repairs.applied:
        modules.setdefault(repair, []).append(module)
    return ['%s (%s)' % (repair.__doc__.splitlines()[0].rstrip('.'),
                         ', '.join(names))
            for repair, names in modules.items()] or ['none']


def _cuda(problems):
    version = nvidia.driver_cuda_version()
    lines = ['driver for CUDA %d.%d' % version if version
             else 'no NVIDIA driver']
    return lines + ['%s in %s' % (name, file or 'no folder that is searched')
                    for name, file in sorted(cuda.libraries().items())]


def _gpus(problems):
    lines = ['%s, compute capability %d.%d' % (gpu.name, *gpu.capability)
             for gpu in nvidia.installed()] or ['none']
    from .devices import try_all_gpus
    with warnings.catch_warnings(record=True) as why_not:
        warnings.simplefilter('always')
        lines.append('MXNet computes on %s' % ', '.join(
            map(str, try_all_gpus())))
    return lines + [str(warning.message) for warning in why_not]


def _data_set(problems):
    for train in (True, False):
        shipped_data.read(shipped_data.DATA, train)
    return ['Fashion-MNIST, all four files verified, in '
            + shipped_data.DATA]
