"""Operators of losses, and anchors, compared with the CPU's."""
import itertools

import mxnet as mx
import numpy as np
import pytest
from case import Case
from comparison import check, compute
from mxnet import nd

RANDOM = np.random.RandomState(0)


# shapes of data and labels, parameters
SOFTMAX = [((5, 3), (5,), {}), ((5, 3), (5, 3), {}),
           ((2, 3, 4), (2, 4), dict(multi_output=1)),
           ((2, 3, 2, 2), (2, 2, 2), dict(multi_output=1)),
           ((2, 3, 2, 2), (2, 4), dict(multi_output=1)),
           ((2, 3, 4), (2, 1, 4), dict(multi_output=1)),
           ((2, 4, 3), (2, 4), dict(preserve_shape=1)),
           ((2, 4, 3), (2, 4, 3), dict(preserve_shape=1)),
           ((2, 4, 3), (2, 4, 3), {}),
           # refused
           ((5, 3), (5, 1), {}), ((5, 3), (4,), {}), ((2, 4, 3), (2,), {}),
           ((2, 3, 4), (2, 3), dict(multi_output=1))]


def normal(*shape, dtype='float32'):
    return RANDOM.normal(size=shape).astype(dtype)


def labels(shape, classes=3, dtype='float32'):
    return RANDOM.randint(0, classes, shape).astype(dtype)


@pytest.mark.parametrize('shape, label, params', SOFTMAX, ids=str)
def test_softmax_output(shape, label, params):
    for normalization, more in itertools.product(
            ('null', 'batch', 'valid'),
            ({}, dict(grad_scale=2.), dict(use_ignore=1, ignore_label=1),
             dict(ignore_label=1), dict(smooth_alpha=.1),
             dict(smooth_alpha=.1, use_ignore=1, ignore_label=0))):
        y = normal(*shape) if label == shape else labels(label)
        check(Case('SoftmaxOutput', [normal(*shape), y], dict(
            params, normalization=normalization, **more)))


@pytest.mark.parametrize('y', [[-1, 0, 1, 3], [0, 0, 5, 2],
                               [-3, 0, .5, 1.7]], ids=str)
def test_labels_of_softmax_output_that_are_no_classes(y):
    y = np.array(y, 'float32')
    for params in ({}, dict(use_ignore=1), dict(normalization='valid'),
                   dict(smooth_alpha=.1)):
        check(Case('SoftmaxOutput', [normal(4, 3), y], params))
        check(Case('SoftmaxOutput', [normal(4, 3, 2), np.stack([y, y], 1)],
                   dict(params, multi_output=1)))


@pytest.mark.parametrize('dtype', ['float32', 'float64', 'float16'])
@pytest.mark.parametrize('op', ['LinearRegressionOutput',
                                'LogisticRegressionOutput',
                                'MAERegressionOutput'])
def test_regression_outputs(op, dtype):
    for data, label in (((4, 3), (4, 3)), ((4, 1), (4,)), ((4,), (4,)),
                        ((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (2, 12)),
                        ((4, 3), (4,))):
        check(Case(op, [normal(*data, dtype=dtype),
                        normal(*label, dtype=dtype)], dict(grad_scale=.5)))
    check(Case(op, [labels((4, 5), dtype=dtype), labels((4, 5),
                                                        dtype=dtype)]))


@pytest.mark.parametrize('dtype', ['float32', 'float64', 'float16'])
def test_make_loss(dtype):
    for normalization in 'null', 'batch', 'valid':
        check(Case('MakeLoss', [normal(4, 3, dtype=dtype)], dict(
            normalization=normalization, grad_scale=.5, valid_thresh=.1)))
    check(Case('make_loss', [normal(4, 3, dtype=dtype)]))


@pytest.mark.parametrize('linear', [0, 1])
def test_svm_output(linear):
    params = dict(use_linear=linear, margin=.7,
                  regularization_coefficient=.5)
    for y in (labels((5,)), np.array([-1, 0, 1, 2, 3], 'float32'),
              labels((5, 1)), labels((4,))):
        check(Case('SVMOutput', [normal(5, 3), y], params, differentiate=1))


def test_softmax_cross_entropy():
    for dtype in 'float32', 'float64', 'float16':
        check(Case('softmax_cross_entropy', [
            normal(5, 3, dtype=dtype), labels((5,), dtype=dtype)],
            differentiate=1))
    # some probabilities are below 1e-8
    check(Case('softmax_cross_entropy', [30 * normal(5, 3), labels((5,))],
               differentiate=1))
    check(Case('softmax_cross_entropy', [normal(5, 3), labels((5, 1))],
               differentiate=1))


@pytest.mark.parametrize('blank', ['first', 'last'])
@pytest.mark.parametrize('use_data', [True, False])
@pytest.mark.parametrize('use_label', [True, False])
def test_ctc_loss(blank, use_data, use_label):
    x = np.random.RandomState(0).normal(size=(6, 4, 5)).astype('float32')
    padding = 0 if blank == 'first' else -1
    # all alignments are possible: equal neighbours need a blank between them
    y = np.array([[0, 1, 1, 3], [2, 2, 0, 0], [3, 1, 2, 0], [0, 0, 0, 0]],
                 'float32') + (blank == 'first')
    counts = np.array([4, 2, 3, 0], 'float32')
    y[np.arange(4) >= counts[:, None]] = padding
    lengths = [np.array([6, 5, 3, 4], 'float32')] * use_data
    lengths += [counts] * use_label
    check(Case('CTCLoss', [x, y, *lengths], dict(
        blank_label=blank, use_data_lengths=use_data,
        use_label_lengths=use_label), differentiate=1))


def test_impossible_alignments_of_ctc_loss():
    x = normal(4, 3, 5)
    # too little time; no time; no room for the blank between equal labels
    y = np.array([[1, 2, 3, 0], [1, 2, 0, 0], [1, 1, 1, 0]], 'float32')
    lengths = np.array([2, 0, 4], 'float32')
    case = Case('CTCLoss', [x, y, lengths], dict(use_data_lengths=True),
                differentiate=0)
    check(case)
    case.differentiate = 1      # on the CPU, whatever the memory held
    outs, (gradient,), _ = compute(case, mx.gpu(0))
    assert not outs[0].any() and not gradient.any()
    check(Case('CTCLoss', [x[:3], y], differentiate=1))


@pytest.mark.parametrize('shape', [(1, 3, 4, 6), (2, 1, 7, 5)])
@pytest.mark.parametrize('sizes, ratios', [
    ((.2,), (1,)), ((.37, .619), (1, 2, .5)), ((.88, .961), (1, 3, 1 / 3))])
def test_anchors_have_the_bits_of_the_cpu(shape, sizes, ratios):
    found = [nd.contrib.MultiBoxPrior(nd.zeros(shape, ctx=ctx), sizes=sizes,
                                      ratios=ratios).asnumpy()
             for ctx in (mx.cpu(), mx.gpu(0))]
    np.testing.assert_array_equal(*found)
