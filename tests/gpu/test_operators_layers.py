"""Layers on gpu(0) compute what they compute on the CPU."""
import itertools

import numpy as np
import pytest
from case import Case
from comparison import check

_random = np.random.RandomState(0)


def _normal(*shape, dtype='float32'):
    return _random.normal(size=shape).astype(dtype)


def _positive(*shape, dtype='float32'):
    return _random.uniform(.5, 2, shape).astype(dtype)


_IMAGES = _normal(2, 4, 9, 8)
_SIDES = {1: (9,), 2: (9, 8), 3: (5, 6, 4)}


def _dense():
    x = _normal(2, 3, 4)
    yield Case('FullyConnected', [x, _normal(5, 12), _normal(5)],
               dict(num_hidden=5))
    yield Case('FullyConnected', [x, _normal(5, 4)],
               dict(num_hidden=5, no_bias=True, flatten=False))
    yield Case('FullyConnected', [x, _normal(5, 4), _normal(5)],
               dict(num_hidden=5))
    yield Case('FullyConnected', [x, _normal(5, 12), _normal(5)],
               dict(num_hidden=6))
    yield Case('FullyConnected', [_normal(4), _normal(5, 1), _normal(5)],
               dict(num_hidden=5))


def _convolutions():
    for n, stride, pad, dilate, groups in itertools.product(
            (1, 2, 3), (1, 2), (0, 1), (1, 2), (1, 2)):
        x = _normal(2, 4, *_SIDES[n])
        params = dict(kernel=(2,) * n, stride=(stride,) * n, pad=(pad,) * n,
                      dilate=(dilate,) * n, num_group=groups, num_filter=6)
        yield Case('Convolution', [
            x, _normal(6, 4 // groups, *(2,) * n), _normal(6)], params)
        if n < 3:
            yield Case('Deconvolution', [
                x, _normal(4, 6 // groups, *(2,) * n), _normal(6)],
                dict(params, no_bias=False))
    yield Case('Convolution', [_IMAGES, _normal(6, 4, 2, 2), _normal(6)],
               dict(kernel=(3, 3), num_filter=6))
    yield Case('Deconvolution', [_IMAGES, _normal(4, 6, 4, 4)], dict(
        kernel=(4, 4), num_filter=6, stride=(2, 2), pad=(1, 1), adj=(1, 1)))


def _poolings():
    for n, kind, convention, stride, pad in itertools.product(
            (1, 2, 3), ('max', 'avg', 'sum', 'lp'),
            ('valid', 'full'), (1, 2, 3), (0, 1)):
        if n == 1 and convention == 'full':
            continue        # the CPU's process has ended in these
        yield Case('Pooling', [_normal(2, 3, *_SIDES[n])], dict(
            kernel=(3, 2, 2)[:n], pool_type=kind, stride=(stride,) * n,
            pooling_convention=convention, pad=(pad,) * n,
            **(dict(p_value=2) if kind == 'lp' else {})))
    for kind, include in itertools.product(('max', 'avg', 'sum'),
                                           (True, False)):
        yield Case('Pooling', [_IMAGES], dict(
            kernel=(3, 3), pad=(1, 1), stride=(2, 2), pool_type=kind,
            count_include_pad=include, pooling_convention='full'))
        yield Case('Pooling', [_IMAGES], dict(global_pool=True,
                                              pool_type=kind))
    yield Case('_contrib_AdaptiveAvgPooling2D', [_IMAGES],
               dict(output_size=(3, 2)))
    yield Case('_contrib_AdaptiveAvgPooling2D', [_IMAGES])


def _resizings():
    for mode in ('concat', 'sum'):
        yield Case('UpSampling', [_normal(1, 2, 4, 4), _normal(1, 2, 2, 2)],
                   dict(scale=2, sample_type='nearest', num_args=2,
                        multi_input_mode=mode))
    for scale in (2, 3):
        side = 2 * scale - scale % 2
        yield Case('UpSampling', [_normal(1, 2, 3, 3),
                                  _normal(2, 1, side, side)],
                   dict(scale=scale, sample_type='bilinear', num_filter=2,
                        num_args=2))
    for align in (True, False):
        yield Case('_contrib_BilinearResize2D', [_IMAGES], dict(
            height=5, width=11, align_corners=align))
        for mode in ('to_even_down', 'to_even_up', 'to_odd_down',
                     'to_odd_up'):
            yield Case('_contrib_BilinearResize2D', [_IMAGES], dict(
                mode=mode, align_corners=align))
        yield Case('_contrib_BilinearResize2D', [_IMAGES], dict(
            mode='odd_scale', scale_height=2., scale_width=.5,
            align_corners=align))
    yield Case('_contrib_BilinearResize2D', [_IMAGES, _normal(2, 4, 4, 6)],
               dict(mode='like'), differentiate=0)


def _activations():
    x = _normal(3, 4)
    for kind in 'relu sigmoid tanh softrelu softsign'.split():
        yield Case('Activation', [x], dict(act_type=kind))
    for kind in 'leaky elu gelu'.split():
        yield Case('LeakyReLU', [x], dict(act_type=kind))
    yield Case('LeakyReLU', [x, _normal(4)], dict(act_type='prelu'))
    yield Case('LeakyReLU', [x], dict(act_type='selu'), differentiate=0)
    for name, axis, temperature in itertools.product(
            'softmax log_softmax softmin'.split(), (0, 1, -1), (None, 2.)):
        yield Case(name, [_normal(2, 3, 4)],
                   dict(axis=axis, temperature=temperature))
    yield Case('softmax', [x, np.array([1, 4, 2], 'int32')],
               dict(axis=1, use_length=True), differentiate=1)
    yield Case('SoftmaxActivation', [x])
    yield Case('SoftmaxActivation', [_IMAGES], dict(mode='channel'))
    yield Case('Dropout', [x], dict(p=.5), train=False)
    yield Case('Dropout', [x], dict(p=0.))


def _normalizations():
    for train, fixed, whole in itertools.product((True, False), repeat=3):
        for shape, axis in (((2, 4, 9, 8), 1), ((2, 4, 9, 8), 3),
                            ((5, 4), 1), ((3, 4, 5), 1)):
            n = shape[axis]
            yield Case('BatchNorm', [
                _normal(*shape), _normal(n), _normal(n), _normal(n),
                _positive(n)], dict(axis=axis, fix_gamma=fixed,
                                    use_global_stats=whole),
                train=train, differentiate=3)
    for axis in (-1, 1, 0):
        x = _normal(6, 5, 7)    # of two elements gradients are rounding
        n = x.shape[axis]
        yield Case('LayerNorm', [x, _normal(n), _normal(n)], dict(axis=axis))
    yield Case('LayerNorm', [_normal(2, 3, 4), _normal(3, 4), _normal(3, 4)])
    yield Case('InstanceNorm', [_IMAGES, _normal(4), _normal(4)])
    yield Case('GroupNorm', [_IMAGES, _normal(2), _normal(2)],
               dict(num_groups=2))
    yield Case('InstanceNorm', [_normal(2, 4), _normal(4), _normal(4)])
    for axis in (-1, 1):
        n = (6, 5, 7)[axis]
        yield Case('LayerNorm', [_normal(6, 5, 7), _normal(n), _normal(n)],
                   dict(axis=axis, output_mean_var=True))
    yield Case('GroupNorm', [_IMAGES, _normal(2), _normal(2)],
               dict(num_groups=2, output_mean_var=True))
    for mode in 'instance', 'channel', 'spatial':
        yield Case('L2Normalization', [_IMAGES], dict(mode=mode))
    yield Case('LRN', [_IMAGES], dict(nsize=3))


@pytest.mark.parametrize('family', [
    _dense, _convolutions, _poolings, _resizings, _activations,
    _normalizations], ids=lambda f: f.__name__.strip('_'))
def test_layers_compute_what_the_cpu_computes(family):
    for case in family():
        check(case)
