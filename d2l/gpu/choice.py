"""What serves gpu(i): MXNet's CUDA build, PyTorch, or nothing.

Of this room, only this module is imported before PyTorch is.
"""
import collections
import importlib.util
import os
import re
import warnings

OLDEST_TORCH = (2, 1)   # the first with register_post_accumulate_grad_hook

# the wheels of NCCL and cuRAND have files that PyTorch's wheels overwrite
_TO_CPU_BUILD = ('pip uninstall mxnet-cu112 nvidia-nccl-cu11 '
                 'nvidia-curand-cu11; pip install --no-deps mxnet==1.9.1; ')

Choice = collections.namedtuple('Choice', 'engine reason')
Choice.__doc__ = """What serves gpu(i), 'mxnet', 'torch' or None, and why.

Without an engine the reason also says what to do.
"""


def serve(why_not_mxnet, has_cuda_build, driver_version):
    """Choose what serves gpu(i), and let PyTorch do so if it is chosen.

    The environment variable D2L_GPU decides if it is set: mxnet, torch, none,
    or, for tests, stand-in:N, with which the CPU plays N GPUs, or torch:N,
    with which those that PyTorch finds play N.

    Parameters
    ----------
    why_not_mxnet : str or None
        Why MXNet's CUDA build does not serve; None if it does.
    has_cuda_build : bool
        Whether MXNet's CUDA build is installed.
    driver_version : tuple of int or None
        The newest CUDA that the NVIDIA driver supports, such as (12, 4).

    Returns
    -------
    Choice

    Raises
    ------
    ValueError
        D2L_GPU has another value.
    RuntimeError
        D2L_GPU names what cannot serve; the message says why, and what to do.
    """
    wish = os.environ.get('D2L_GPU', '')
    played = re.fullmatch('(stand-in|torch):([1-9][0-9]?)', wish)
    stand_in = wish.startswith('stand-in')
    if not played and wish not in ('', 'mxnet', 'torch', 'none'):
        raise ValueError(
            'the environment variable D2L_GPU must be mxnet, torch, none, or '
            'for tests stand-in:2 (the CPU plays two GPUs) or torch:2 (the '
            'GPUs play two), but is %r' % wish)
    if wish == 'none':
        return Choice(None, 'D2L_GPU=none: unset it to use a GPU')
    if wish == 'mxnet' and not has_cuda_build:
        raise RuntimeError(
            "D2L_GPU=mxnet, but MXNet's CPU build is installed: install the "
            'CUDA build (pip uninstall mxnet; pip install mxnet-cu112==1.9.1)'
            ' or unset D2L_GPU')
    if wish == 'mxnet':
        return Choice('mxnet', 'D2L_GPU=mxnet')
    if not wish and why_not_mxnet is None:
        return Choice('mxnet', 'its CUDA build has code for the GPU')
    problem = find_problem(has_cuda_build, driver_version, not stand_in)
    if problem and wish:
        raise RuntimeError('D2L_GPU=%s, but %s' % (wish, problem))
    if problem:
        return Choice('mxnet' if has_cuda_build else None,
                      '%s, and %s' % (why_not_mxnet, problem))
    from .seams import install
    install('cpu' if stand_in else 'cuda',
            int(played.group(2)) if played else None)
    if wish:
        return Choice('torch', 'D2L_GPU=' + wish)
    return Choice('torch', why_not_mxnet)


def find_problem(has_cuda_build, driver_version, needs_gpu):
    """Why PyTorch cannot serve a GPU, and the remedy; None if it can."""
    spec = importlib.util.find_spec('torch')
    if spec is None or spec.origin is None:     # or only a folder
        return 'PyTorch, which could serve the GPU, is not installed: ' + (
            _TO_CPU_BUILD if has_cuda_build else '') + 'pip install torch'
    try:
        import torch
    except (ImportError, OSError) as error:
        return _explain_import(error)
    version = tuple(map(int, re.findall('[0-9]+', torch.__version__)[:2]))
    if version < OLDEST_TORCH:
        return ('PyTorch %s is too old; %d.%d and newer ones can serve the '
                'GPU: pip install --upgrade torch'
                % (torch.__version__, *OLDEST_TORCH))
    if not needs_gpu:
        return None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')     # why torch finds none
        if torch.cuda.is_available():
            return None
    cuda = torch.version.cuda
    if not cuda and not torch.version.hip:
        return ('PyTorch %s is a build for the CPU only: pip install '
                '--force-reinstall torch (for an AMD GPU, its build for ROCm)'
                % torch.__version__)
    # a driver runs what was built with a newer minor version
    if cuda and driver_version and driver_version[0] < int(
            cuda.split('.')[0]):
        return ('the NVIDIA driver is too old for PyTorch %s: it supports '
                'CUDA %d.%d, but CUDA %s is needed. Install a newer driver'
                % (torch.__version__, *driver_version, cuda))
    return ('PyTorch %s finds no GPU%s: check the output of `nvidia-smi` (of '
            '`rocminfo` for an AMD GPU) and the environment variables '
            'CUDA_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES'
            % (torch.__version__, ''.join(
                ' (%s)' % warning.message for warning in caught[:1])))


# libraries that PyTorch and MXNet's CUDA build both load, by one name; the
# wheels of CUDA 11 and of newer ones even put them into one place
_SHARED = ('libnccl.so.2', 'libcurand.so.10')


def _explain_import(error):
    """The remedy if PyTorch cannot be imported."""
    loaded = _find_loaded(_SHARED)
    if loaded and 'undefined symbol' in str(error):
        return (
            'PyTorch cannot be imported: %s. A process can hold one library '
            "of a name, and it has loaded %s, for MXNet's CUDA build. With "
            "PyTorch use MXNet's CPU build: %spip install --force-reinstall "
            'torch' % (error, ' and '.join(loaded), _TO_CPU_BUILD))
    return ('PyTorch cannot be imported: %s. Install it anew: pip install '
            '--force-reinstall torch' % error)


def _find_loaded(names):
    """The files of these names that this process has loaded."""
    try:
        with open('/proc/self/maps') as file:
            paths = {line.split()[-1] for line in file}
    except OSError:     # not on Linux
        return []
    return sorted(path for path in paths
                  if os.path.basename(path).startswith(names))
