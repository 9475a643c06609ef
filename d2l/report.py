"""The report of `python -m d2l` on the state of an installation.

It must work on a broken installation: a section that fails is reported as a
problem, and the others follow.
"""
import importlib.metadata
import os
import platform
import sys
import warnings

import d2l

from .compat import (
    arm64,
    cuda,
    gpus,
    installing,
    nvidia,
    repairs,
    shipped_data,
    threads,
)

_PACKAGES = ('numpy', 'matplotlib', 'ipython')
_JUPYTER = ('ipykernel', 'jupyterlab')


def main():
    """Print the report; returns 0 if the chapters can run, else 1.

    Scripts can run without Jupyter.
    """
    problems, of_jupyter = [], []
    for title, describe in _SECTIONS.items():
        print(f'{title:9}', end=' ')
        found = of_jupyter if title == 'Jupyter' else problems
        try:
            lines = describe(found)
        except Exception as error:
            lines = ['failed, see below']
            text = f'{type(error).__name__}: {error}'
            # without MXNet several sections fail
            if not any(text in problem or problem in text
                       for problem in problems):
                found.append(f'{title}: {text}')
        print(('\n' + 10 * ' ').join(lines))
    print()
    _print_verdict('Scripts', problems, 'python FILE')
    if problems:    # not twice
        of_jupyter.insert(
            0, 'the problems of scripts, above, concern them too')
    _print_verdict('The chapters', of_jupyter,
                   'make lab, or jupyter lab chapters')
    return 1 if of_jupyter else 0


def _print_verdict(what, problems, command):
    if problems:
        print(f'{what} cannot run correctly yet:')
        for problem in problems:
            print('- ' + problem)
    else:
        print(f'{what} can run: {command}')


def _find_version(name):
    """The installed version of a distribution, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


# -- the sections: each returns its lines and appends to the list of problems
def _describe_d2l(problems):
    lines = [f'{d2l.__version__} in {os.path.dirname(d2l.__file__)}']
    if _find_version('d2l-gluon') is None:
        lines.append('not installed, only on the path: import d2l before '
                     'mxnet, or install it with pip install -e .')
    for name, edition in (('d2l', 'a later edition'),
                          ('d2lzh', 'the Chinese edition')):
        version = _find_version(name)
        if version:
            lines.append(
                f'also installed: {name} {version}, of {edition}')
            problems.append(
                f'{name} {version}, of {edition}, is installed in the same '
                'environment and overwrites files of d2l-gluon: pip '
                f'uninstall {name}, then reinstall d2l-gluon')
    return lines


def _describe_python(problems):
    return [f'{platform.python_version()}, {platform.platform()}',
            sys.executable]


def _describe_packages(problems):
    for name in ('numpy', 'matplotlib'):
        if _find_version(name) is None:
            problems.append(f'{name} is missing: pip install {name}')
    return _list_versions(_PACKAGES)


def _describe_jupyter(problems):
    if _find_version('ipykernel') is None:
        problems.append('Jupyter, which runs the notebooks, is missing: '
                        'pip install jupyterlab ipykernel')
    return _list_versions(_JUPYTER)


def _list_versions(names):
    return [', '.join(f'{name} {_find_version(name) or "not installed"}'
                      for name in names)]


def _describe_mxnet(problems):
    installed = [name for name in ('mxnet', 'mxnet-cu112')
                 if _find_version(name)]
    if not installed:
        problems.append('d2l needs ' + installing.explain_no_mxnet())
        return ['not installed']
    if len(installed) > 1:
        problems.append('mxnet and mxnet-cu112 are both installed, and '
                        'overwrite each other\'s files: uninstall both, then '
                        'install one')
    import mxnet as mx
    features = mx.runtime.Features()
    (mx.nd.ones((2, 2)) + 1).wait_to_read()
    openblas = arm64.openblas_file()
    return [f'{mx.__version__} ({", ".join(installed)}) in '
            f'{os.path.dirname(mx.__file__)}',
            'built with ' + ', '.join(sorted(
                name for name in features if features.is_enabled(name))),
            'threads on the CPU: %d, %s' % (
                threads.count(), 'of up to %d, as cores are idle'
                % threads.cores() if threads.is_choosing()
                else 'whatever other programs do')
        ] + ([f'BLAS: {openblas}'] if openblas else [])


def _describe_repairs(problems):
    modules = {}
    for module, repair in repairs.applied:
        modules.setdefault(repair, []).append(module)
    def describe(repair):
        # python -OO drops docstrings
        text = repair.__doc__ or repair.__name__
        return text.splitlines()[0].rstrip('.')

    return [f'{describe(repair)} ({", ".join(names)})'
            for repair, names in modules.items()] or ['none']


def _describe_cuda(problems):
    version = nvidia.driver_cuda_version()
    lines = ['driver for CUDA %d.%d' % version if version
             else 'no NVIDIA driver']
    return lines + [f'{name} in {file}' if file else f'{name} not found'
                    for name, file in sorted(cuda.library_files().items())]


def _describe_gpus(problems):
    lines = ['%s, compute capability %d.%d' % (gpu.name, *gpu.capability)
             for gpu in nvidia.installed_gpus()] or ['none']
    from .devices import try_all_gpus
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter('always')
        devices = ', '.join(map(str, try_all_gpus()))
    lines.append(f'MXNet computes on {devices}')
    return lines + [_describe_choice(gpus.serve())] + [
        str(warning.message) for warning in warned]


def _describe_choice(choice):
    if choice.engine is None:
        return f'there is no gpu(i): {choice.reason}'
    if choice.engine == 'mxnet':
        return f"gpu(i) is served by MXNet's CUDA build: {choice.reason}"
    import torch
    platform = (f'CUDA {torch.version.cuda}' if torch.version.cuda
                else f'ROCm {torch.version.hip}' if torch.version.hip
                else 'CPU')
    return (f'gpu(i) is served by PyTorch {torch.__version__} ({platform}): '
            f'{choice.reason}')


def _describe_data_set(problems):
    for train in (True, False):
        shipped_data.read_examples(shipped_data.DATA, train)
    return ['Fashion-MNIST, all four files verified, in '
            + shipped_data.DATA]


_SECTIONS = {
    'd2l': _describe_d2l, 'Python': _describe_python,
    'packages': _describe_packages, 'MXNet': _describe_mxnet,
    'repairs': _describe_repairs, 'CUDA': _describe_cuda,
    'GPUs': _describe_gpus, 'data set': _describe_data_set,
    'Jupyter': _describe_jupyter,
}
