"""Names of other editions, and misspelt names."""
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


def missing_name_error(name, module=d2l):
    """The message for a name that a package does not have."""
    with pytest.raises(AttributeError) as info:
        getattr(module, name)
    message = str(info.value)
    assert message.startswith('module %r has no attribute %r'
                              % (module.__name__, name))
    return message


NAMES_OF_OTHER_EDITIONS = [     # name, editions, beginning of the remedy
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
]


@pytest.mark.parametrize('name, edition, here', NAMES_OF_OTHER_EDITIONS)
def test_a_name_of_another_edition_is_explained(name, edition, here):
    message = missing_name_error(name)
    assert ': it belongs to the edition of d2l %s; here ' % edition in message
    assert here in message.split('; here ')[1]


@pytest.mark.parametrize('name', [row[0] for row in NAMES_OF_OTHER_EDITIONS])
def test_d2lzh_explains_with_its_own_names(name):
    here = missing_name_error(name).split('; here ')[1]
    assert missing_name_error(name, d2lzh).endswith(
        '; here ' + here.replace('d2l.', 'd2lzh.'))


def test_every_counterpart_exists():
    for counterparts in editions._COUNTERPARTS.values():
        for here in counterparts.values():
            for path in re.findall(r'd2l((?:\.\w+)+)', here):
                value = d2l
                for name in path[1:].split('.'):
                    value = getattr(value, name)


def names_of_other_editions():
    return [name for counterparts in editions._COUNTERPARTS.values()
            for name in counterparts]


def test_each_name_of_another_edition_is_listed_once():
    names = names_of_other_editions()
    assert len(set(names)) == len(names)
    assert not set(names) & set(d2l.__all__)


def test_each_removed_name_is_listed_once_and_has_a_counterpart():
    removed = [name for names in editions._REMOVED_AFTER.values()
               for name in names]
    assert len(set(removed)) == len(removed)
    assert set(removed) <= set(names_of_other_editions())


@pytest.mark.parametrize('name, near', [
    ('trian_ch5', 'train_ch5'), ('train_ch_5', 'train_ch5'),
    ('residual', 'Residual'), ('benchmrk', 'Benchmark'),
    ('load_fashion_mnist', 'load_data_fashion_mnist'),
    ('try_gpus', 'try_gpu'), ('show_image', 'show_images')])
def test_a_similar_name_is_suggested_for_a_misspelt_one(name, near):
    assert missing_name_error(name).endswith(
        f'{name!r}; did you mean d2l.{near}?')


def test_a_name_of_no_edition_gets_pythons_own_message():
    assert missing_name_error('qwertz') == (
        "module 'd2l' has no attribute 'qwertz'")


def test_hasattr_is_false_for_unknown_private_names():
    assert not hasattr(d2l, '__wrapped__') and not hasattr(d2l, '_private')


def test_modules_of_the_star_import_are_attributes():
    assert d2l.nd is mx.nd and d2l.gluon is gluon and d2l.nn is nn
    assert d2l.mx is mx and d2l.np is numpy and d2l.init is mx.init
    assert d2l.random is random and d2l.plt is matplotlib.pyplot
    assert d2l.gdata is gluon.data and d2l.gloss is gluon.loss
    assert d2l.gutils is gluon.utils and d2l.text is mx.contrib.text
    assert d2l.image is mx.image and d2l.autograd is mx.autograd
    for name in ('collections', 'math', 'os', 'sys', 'tarfile', 'time',
                 'zipfile'):
        assert getattr(d2l, name).__name__ == name


def test_the_star_import_gives_all_names():
    namespace = {}
    exec('from d2l import *', namespace)
    assert set(d2l.__all__) <= set(namespace)
    assert {'nd', 'plt', 'os', 'train_ch5', 'VOC_CLASSES'} <= set(namespace)


def test_display_is_ipythons():
    pytest.importorskip('IPython')
    assert d2l.display.__name__ == 'IPython.display'
    assert d2lzh.display is d2l.display


def edition_signature(function):
    """The signature without this package's keyword-only parameters."""
    signature = inspect.signature(function)
    return str(signature.replace(parameters=[
        parameter for parameter in signature.parameters.values()
        if parameter.kind != parameter.KEYWORD_ONLY]))


SIGNATURES = {
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


@pytest.mark.parametrize('package', [d2l, d2lzh])
@pytest.mark.parametrize('name', sorted(SIGNATURES))
def test_signatures_are_those_of_the_edition(name, package):
    assert edition_signature(getattr(package, name)) == SIGNATURES[name]


@pytest.mark.parametrize('name', sorted(SIGNATURES))
def test_d2lzh_has_no_random_offset(name):
    assert 'random_offset' not in str(inspect.signature(getattr(d2lzh, name)))


def test_only_d2l_has_load_data_timemachine():
    assert 'load_data_timemachine' not in dir(d2lzh)
    assert 'only the English edition' in missing_name_error(
        'load_data_timemachine', d2lzh)
    assert set(d2l.__all__) - set(d2lzh.__all__) == {'load_data_timemachine'}


def test_d2lzh_changes_only_the_functions_with_a_random_offset():
    changed = {name for name in d2lzh.__all__
               if getattr(d2lzh, name) is not getattr(d2l, name)}
    assert changed == set(d2lzh._FROM_THE_START)


def test_d2lzh_suggests_its_own_names():
    assert missing_name_error('trian_ch5', d2lzh).endswith(
        'did you mean d2lzh.train_ch5?')
