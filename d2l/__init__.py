"""The helper package of the MXNet-Gluon edition of *Dive into Deep Learning*.

`import d2l` prepares MXNet 1.9.1 for this Python (`d2l.compat`) and offers
the edition's functions. Each is loaded when it is first used, so that the
import costs nothing and works without a GPU, a network or a data set.
"""
import importlib

from . import compat

compat.install()

__version__ = '0.1.0'

# Where the public names live.
_MODULES = {
    'devices': ('try_all_gpus', 'try_gpu'),
    'fashion_mnist': ('get_fashion_mnist_labels', 'load_data_fashion_mnist'),
    'figures': ('plt', 'show_fashion_mnist', 'use_svg_display'),
    'training': ('evaluate_accuracy', 'train_ch5'),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError("module 'd2l' has no attribute %r" % name)
    try:
        module = importlib.import_module('.' + _HOME[name], __name__)
    except ModuleNotFoundError as error:
        if error.name != 'mxnet':
            raise
        raise ModuleNotFoundError(
            'd2l.%s needs MXNet 1.9.1, which is not installed: pip install '
            '"d2l-gluon[cpu]", or "d2l-gluon[cu112]" for an NVIDIA GPU (on '
            'Python 3.13 and newer: pip install --no-deps mxnet==1.9.1)'
            % name, name='mxnet') from error
    value = globals()[name] = getattr(module, name)
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
