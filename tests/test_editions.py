"""Names and calls of other editions, and those that are misspelt."""
import inspect
import random
import re

import matplotlib
import mxnet as mx
import numpy
import pytest
from mxnet import gluon
from mxnet.gluon import nn

import d2l
import d2lzh
from d2l import editions


def error(name, module=d2l):
    with pytest.raises(AttributeError) as info:
        getattr(module, name)
    message = str(info.value)
    assert message.startswith('module %r has no attribute %r'
                              % (module.__name__, name))
    return message


@pytest.mark.parametrize('name, edition, here', [
    ('train_ch6', '0.12 and later', 'd2l.train_ch5(net, train_iter,'),
    ('Trainer', '1.0', 'd2l.train_ch5'),
    ('Module', '1.0', 'nn.Block'),
    ('HyperParameters', '1.0', 'nothing corresponds'),
    ('FashionMNIST', '1.0', 'd2l.load_data_fashion_mnist'),
    ('plot', '0.10 and later', 'd2l.plt.plot'),
    ('Timer', '0.10 and later', 'd2l.Benchmark'),
    ('Accumulator', '0.10 and later', 'd2l.train_ch5'),
    ('Animator', '0.10 and later', 'd2l.History'),
    ('Vocab', '0.9 and later', 'd2l.load_data_time_machine'),
    ('train_ch8', '0.10 to 0.17', 'd2l.train_and_predict_rnn'),
    ('train_ch9', '0.9', 'd2l.train_ch7'),
    ('train_gluon_ch9', '0.9', 'd2l.train_gluon_ch7'),
    ('train_ch11', '0.11 and later', 'd2l.train_ch7'),
    ('train_ch13', '0.11 and later', 'd2l.train(train_iter,'),
    ('evaluate_accuracy_gpu', '0.10 and later', 'd2l.evaluate_accuracy('),
])
def test_names_of_other_editions(name, edition, here):
    message = error(name)
    assert ': it belongs to the edition of d2l %s; here ' % edition in message
    assert here in message.split('; here ')[1]
    assert error(name, d2lzh).endswith(
        message.split('; here ')[1].replace('d2l.', 'd2lzh.'))


def test_counterparts_exist():
    known = set()
    for counterparts in editions._COUNTERPARTS.values():
        assert not known & set(counterparts), 'a name is there twice'
        known |= set(counterparts)
        for name, here in counterparts.items():
            assert name not in d2l.__all__
            for found in re.findall(r'd2l((?:\.\w+)+)', here):
                value = d2l
                for part in found[1:].split('.'):
                    value = getattr(value, part)
    gone = [name for names in editions._REMOVED_AFTER.values() for name in names]
    assert len(set(gone)) == len(gone) and set(gone) <= known


@pytest.mark.parametrize('name, near', [
    ('trian_ch5', 'train_ch5'), ('train_ch_5', 'train_ch5'),
    ('residual', 'Residual'), ('benchmrk', 'Benchmark'),
    ('load_fashion_mnist', 'load_data_fashion_mnist'),
    ('try_gpus', 'try_gpu'), ('show_image', 'show_images')])
def test_misspelt_names(name, near):
    assert error(name).endswith("%r; did you mean d2l.%s?" % (name, near))


def test_names_of_no_edition():
    assert error('qwertz') == "module 'd2l' has no attribute 'qwertz'"
    assert not hasattr(d2l, '__wrapped__') and not hasattr(d2l, '_private')


def test_modules_of_the_star_import():
    assert d2l.nd is mx.nd and d2l.gluon is gluon and d2l.nn is nn
    assert d2l.mx is mx and d2l.np is numpy and d2l.init is mx.init
    assert d2l.random is random and d2l.plt is matplotlib.pyplot
    assert d2l.gdata is gluon.data and d2l.gloss is gluon.loss
    assert d2l.gutils is gluon.utils and d2l.text is mx.contrib.text
    assert d2l.image is mx.image and d2l.autograd is mx.autograd
    for name in ('collections', 'math', 'os', 'sys', 'tarfile', 'time',
                 'zipfile'):
        assert getattr(d2l, name).__name__ == name
    namespace = {}
    exec('from d2l import *', namespace)
    assert set(d2l.__all__) <= set(namespace)
    assert {'nd', 'plt', 'os', 'train_ch5', 'VOC_CLASSES'} <= set(namespace)


def test_display():
    pytest.importorskip('IPython')
    assert d2l.display.__name__ == 'IPython.display'
    assert d2lzh.display is d2l.display


@pytest.mark.parametrize('args, kwargs', [
    ((5, 0.9, mx.cpu()), {}), ((5, 0.9), {}), ((5, 1), {'ctx': mx.cpu()}),
    ((), {'num_epochs': 5, 'lr': 0.9, 'ctx': mx.cpu()})])
def test_train_ch5_called_as_in_later_editions(args, kwargs):
    with pytest.raises(TypeError) as info:
        d2l.train_ch5('net', 'train_iter', 'test_iter', *args, **kwargs)
    message = str(info.value)
    assert 'arguments of d2l 0.10 and 0.11' in message
    assert ('Call train_ch5(net, train_iter, test_iter, batch_size, trainer, '
            'ctx, num_epochs)') in message
    assert 'net.initialize(' in message and 'gluon.Trainer(' in message


def test_train_ch5_called_wrongly_otherwise():
    with pytest.raises(TypeError) as info:
        d2l.train_ch5('net', 'train_iter')
    assert '0.10' not in str(info.value)
    assert "missing a required argument: 'test_iter'" in str(info.value)


def of_the_edition(function):
    """A signature without what this package adds, which is keyword-only."""
    signature = inspect.signature(function)
    return str(signature.replace(parameters=[
        parameter for parameter in signature.parameters.values()
        if parameter.kind != parameter.KEYWORD_ONLY]))


def test_signatures():
    """To the letter."""
    signatures = {
        'data_iter_random':
            '(corpus_indices, batch_size, num_steps, ctx=None)',
        'grad_clipping': '(params, theta, ctx)',
        'load_data_pikachu': '(batch_size, edge_size=256)',
        'read_voc_images':
            "(root='../data/VOCdevkit/VOC2012', is_train=True)",
        'semilogy': '(x_vals, y_vals, x_label, y_label, x2_vals=None, '
                    'y2_vals=None, legend=None, figsize=(3.5, 2.5))',
        'train': '(train_iter, test_iter, net, loss, trainer, ctx, '
                 'num_epochs)',
        'train_ch3': '(net, train_iter, test_iter, loss, num_epochs, '
                     'batch_size, params=None, lr=None, trainer=None)',
        'train_ch5': '(net, train_iter, test_iter, batch_size, trainer, ctx, '
                     'num_epochs)',
        'train_ch7': '(trainer_fn, states, hyperparams, features, labels, '
                     'batch_size=10, num_epochs=2)',
        'train_and_predict_rnn':
            '(rnn, get_params, init_rnn_state, num_hiddens, vocab_size, ctx, '
            'corpus_indices, idx_to_char, char_to_idx, is_random_iter, '
            'num_epochs, num_steps, lr, clipping_theta, batch_size, '
            'pred_period, pred_len, prefixes)',
    }
    for name, expected in signatures.items():
        assert of_the_edition(getattr(d2l, name)) == expected
        assert of_the_edition(getattr(d2lzh, name)) == expected
        assert 'random_offset' not in str(
            inspect.signature(getattr(d2lzh, name)))


def test_d2lzh():
    assert 'load_data_timemachine' not in dir(d2lzh)
    assert 'only the English edition' in error('load_data_timemachine', d2lzh)
    assert set(d2l.__all__) - set(d2lzh.__all__) == {'load_data_timemachine'}
    differ = {name for name in d2lzh.__all__
              if getattr(d2lzh, name) is not getattr(d2l, name)}
    assert differ == set(d2lzh._FROM_THE_START)
    assert error('trian_ch5', d2lzh).endswith('did you mean d2lzh.train_ch5?')
