"""The helper package of the MXNet-Gluon edition of *Dive into Deep Learning*.

`import d2l` prepares MXNet 1.9.1 for this Python (`d2l.compat`) and offers
the edition's functions. Each is loaded when it is first used, so that the
import costs nothing and works without a GPU, a network or a data set.
"""
import importlib
import sys

from . import compat

compat.install()

__version__ = '0.2.0'

# Where the public names live.
_MODULES = {
    'amp': ('use_amp',),
    'classification': ('evaluate_accuracy', 'train', 'train_ch3',
                       'train_ch5'),
    'detection': ('load_data_pikachu',),
    'devices': ('try_all_gpus', 'try_gpu'),
    'fashion_mnist': ('get_fashion_mnist_labels', 'load_data_fashion_mnist'),
    'figures': ('bbox_to_rect', 'plt', 'semilogy', 'set_figsize',
                'show_bboxes', 'show_fashion_mnist', 'show_images',
                'show_trace_2d', 'use_svg_display'),
    'files': ('mkdir_if_not_exist',),
    'history': ('History',),
    'language': ('data_iter_consecutive', 'data_iter_random',
                 'load_data_jay_lyrics', 'load_data_time_machine',
                 'load_data_timemachine', 'to_onehot'),
    'models': ('RNNModel', 'Residual', 'resnet18'),
    'optimization': ('get_data_ch7', 'train_2d', 'train_ch7',
                     'train_gluon_ch7'),
    'recurrent': ('predict_rnn', 'predict_rnn_gluon',
                  'train_and_predict_rnn', 'train_and_predict_rnn_gluon'),
    'scratch': ('corr2d', 'data_iter', 'grad_clipping', 'linreg', 'sgd',
                'squared_loss'),
    'segmentation': ('VOCSegDataset', 'VOC_CLASSES', 'VOC_COLORMAP',
                     'download_voc_pascal', 'read_voc_images',
                     'voc_label_indices', 'voc_rand_crop'),
    'sentiment': ('count_tokens', 'download_imdb', 'get_tokenized_imdb',
                  'get_vocab_imdb', 'predict_sentiment', 'preprocess_imdb',
                  'read_imdb'),
    'timing': ('Benchmark',),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

# The modules that the edition's star import exposed along with them; no
# module of this package may have one of these names.
_EXPOSED = {
    'autograd': 'mxnet.autograd', 'collections': 'collections',
    'display': 'IPython.display', 'gdata': 'mxnet.gluon.data',
    'gloss': 'mxnet.gluon.loss', 'gluon': 'mxnet.gluon',
    'gutils': 'mxnet.gluon.utils', 'image': 'mxnet.image',
    'init': 'mxnet.initializer', 'math': 'math', 'mx': 'mxnet',
    'nd': 'mxnet.ndarray', 'nn': 'mxnet.gluon.nn', 'np': 'numpy',
    'os': 'os', 'random': 'random', 'rnn': 'mxnet.gluon.rnn', 'sys': 'sys',
    'tarfile': 'tarfile', 'text': 'mxnet.contrib.text', 'time': 'time',
    'zipfile': 'zipfile',
}
# without display: a star import works where IPython is not installed
__all__ = sorted({*_HOME, *_EXPOSED} - {'display'})


def __getattr__(name):
    if name not in _HOME and name not in _EXPOSED:
        if name.startswith('__'):   # asked for by Python itself
            raise AttributeError('module %r has no attribute %r'
                                 % (__name__, name))
        if name == 'utils':     # the edition's one module
            return importlib.import_module('.utils', __name__)
        from .editions import explain
        raise AttributeError(explain(name, __name__, __all__))
    try:
        if name in _EXPOSED:
            value = importlib.import_module(_EXPOSED[name])
        else:
            module = importlib.import_module('.' + _HOME[name], __name__)
            value = getattr(module, name)
            from .calls import explain_calls
            value = explain_calls(value)
            setattr(module, name, value)    # to be found by pickle
    except ModuleNotFoundError as error:
        if error.name != 'mxnet':
            raise
        from .compat.installing import explain_no_mxnet
        raise ModuleNotFoundError(
            'd2l.%s needs %s' % (name, explain_no_mxnet()),
            name='mxnet') from error
    globals()[name] = value
    return value


class _Explainer:
    """Python asks it about an import that nothing else has found."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        package, _, name = fullname.rpartition('.')
        if not fullname.startswith('d2l') or name.startswith('__'):
            return None
        from .editions import TRANSLATIONS, explain_import
        if package not in ('d2l', 'd2lzh') and fullname not in TRANSLATIONS:
            return None
        raise ImportError(explain_import(package, name, __all__),
                          name=fullname)


if not any(finder.__module__ == __name__ for finder in sys.meta_path
           if hasattr(finder, '__module__')):
    sys.meta_path.append(_Explainer)


def __dir__():
    return sorted({*globals(), *_HOME, *_EXPOSED})
