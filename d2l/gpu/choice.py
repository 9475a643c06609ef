"""What serves gpu(i): MXNet's CUDA build, PyTorch, or nothing.

This module alone is imported before PyTorch is.
"""
import collections
import importlib.util
import os
import re

Choice = collections.namedtuple('Choice', 'engine reason')
Choice.__doc__ = """What serves gpu(i), 'mxnet', 'torch' or None, and why."""

WISHES = 'mxnet, torch, none, or stand-in:N for N GPUs that the CPU plays'


def serve(why_not_mxnet):
    """Choose what serves gpu(i), and install PyTorch's part if it does.

    The environment variable D2L_GPU decides, if it is set.

    Parameters
    ----------
    why_not_mxnet : str or None
        Why MXNet's CUDA build does not serve; None if it does.

    Returns
    -------
    Choice
    """
    wish = os.environ.get('D2L_GPU', '')
    stand_in = re.fullmatch('stand-in:([0-9]{1,3})', wish)
    if stand_in:
        from .seams import install
        install('cpu', int(stand_in.group(1)))
        return Choice('torch', 'D2L_GPU=%s: the CPU plays the GPUs' % wish)
    if wish not in ('', 'mxnet', 'torch', 'none'):
        raise ValueError('D2L_GPU must be %s, but is %r' % (WISHES, wish))
    if wish == 'none':
        return Choice(None, 'D2L_GPU=none')
    if wish == 'mxnet' or (not wish and why_not_mxnet is None):
        return Choice('mxnet', why_not_mxnet or 'it has kernels for the GPU')
    spec = importlib.util.find_spec('torch')
    if spec is None or spec.origin is None:     # or only a folder
        return Choice(None, '%s, and PyTorch is not installed'
                      % why_not_mxnet)
    import torch
    if not torch.cuda.is_available():
        return Choice(None, '%s, and PyTorch finds no GPU' % why_not_mxnet)
    from .seams import install
    install('cuda')
    return Choice('torch', why_not_mxnet)
