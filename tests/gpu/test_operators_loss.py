"""Losses and anchors, compared with the CPU's."""
import itertools

import mxnet as mx
import numpy as np
import pytest
from case import Case
from comparison import check
from mxnet import nd

RANDOM = np.random.RandomState(0)


@pytest.mark.parametrize('multi_output', [0, 1])
@pytest.mark.parametrize('params', [
    dict(normalization=normalization, **more)
    for normalization, more in itertools.product(
        ('null', 'batch', 'valid'),
        ({}, dict(grad_scale=2.), dict(use_ignore=1, ignore_label=1),
         dict(smooth_alpha=.1)))], ids=str)
def test_softmax_output(params, multi_output):
    shape = (2, 3, 4) if multi_output else (5, 3)
    x = RANDOM.normal(size=shape).astype('float32')
    y = RANDOM.randint(0, 3, shape[:1] + shape[2:]).astype('float32')
    check(Case('SoftmaxOutput', [x, y],
               dict(params, multi_output=multi_output)))


@pytest.mark.parametrize('shape', [(1, 3, 4, 6), (2, 1, 7, 5)])
@pytest.mark.parametrize('sizes, ratios', [
    ((.2,), (1,)), ((.37, .619), (1, 2, .5)), ((.88, .961), (1, 3, 1 / 3))])
def test_anchors_have_the_bits_of_the_cpu(shape, sizes, ratios):
    found = [nd.contrib.MultiBoxPrior(nd.zeros(shape, ctx=ctx), sizes=sizes,
                                      ratios=ratios).asnumpy()
             for ctx in (mx.cpu(), mx.gpu(0))]
    np.testing.assert_array_equal(*found)
