"""Boxes, and regions of images, as on the CPU."""
import warnings

import mxnet as mx
import numpy as np
import pytest
from case import Case
from comparison import check
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import autograd, nd

# what the fallback computes is compared as well
pytestmark = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU')
drawn = settings(max_examples=60, deadline=None, derandomize=True)
seeds = st.integers(0, 2 ** 32 - 1)


def numbers(random, *shape):
    return random.normal(size=shape).astype('float32')


def boxes(random, *shape, grid=0):
    """Corners within 0 and 1; on a grid, many overlaps are equal."""
    if grid:
        low = random.randint(0, grid - 1, (*shape, 2))
        high = low + random.randint(1, 3, (*shape, 2))
        both = np.concatenate([low, high], -1) / grid
    else:
        low = random.uniform(0, .7, (*shape, 2))
        both = np.concatenate([low, low + random.uniform(
            .05, .4, (*shape, 2))], -1)
    return both.astype('float32')


@drawn
@given(st.data())
def test_targets_of_anchors(data):
    random = np.random.RandomState(data.draw(seeds))
    grid = data.draw(st.sampled_from([0, 4, 8]))
    batch, anchors, labels, classes = (data.draw(st.integers(1, n))
                                       for n in (3, 20, 5, 4))
    label = np.concatenate([
        random.randint(0, classes, (batch, labels, 1)).astype('float32'),
        boxes(random, batch, labels, grid=grid)], -1)
    for row in label:
        row[random.randint(0, labels + 1):] = -1
    check(Case('_contrib_MultiBoxTarget', [
        boxes(random, 1, anchors, grid=grid), label,
        numbers(random, batch, classes + 1, anchors)], dict(
            overlap_threshold=data.draw(st.sampled_from([.5, .3, -1])),
            negative_mining_ratio=data.draw(st.sampled_from([-1, 1, 3])),
            negative_mining_thresh=data.draw(st.sampled_from([.5, .9])),
            minimum_negative_samples=data.draw(st.sampled_from([0, 4])),
            ignore_label=data.draw(st.sampled_from([-1, -7])))))


@drawn
@given(st.data())
def test_boxes_that_are_detected(data):
    random = np.random.RandomState(data.draw(seeds))
    batch, anchors, classes = (data.draw(st.integers(1, n))
                               for n in (3, 20, 4))
    scores = np.exp(numbers(random, batch, classes + 1, anchors)
                    if data.draw(st.booleans())
                    else np.zeros((batch, classes + 1, anchors), 'f'))
    check(Case('_contrib_MultiBoxDetection', [
        scores / scores.sum(1, keepdims=True),
        numbers(random, batch, anchors * 4) / 5, boxes(random, 1, anchors)],
        dict(clip=data.draw(st.booleans()),
             threshold=data.draw(st.sampled_from([.01, .4])),
             nms_threshold=data.draw(st.sampled_from([.5, .2, 0])),
             force_suppress=data.draw(st.booleans()),
             nms_topk=data.draw(st.sampled_from([-1, 3])))))


@drawn
@given(st.data())
def test_boxes_that_are_left(data):
    random = np.random.RandomState(data.draw(seeds))
    shape = data.draw(st.sampled_from([(9,), (2, 7), (2, 2, 5)]))
    rows = np.concatenate([
        random.randint(-1, 3, (*shape, 1)), random.uniform(-.2, 1, (
            *shape, 1)), boxes(random, *shape, grid=data.draw(
                st.sampled_from([0, 5])))], -1).astype('float32')
    formats = st.sampled_from(['corner', 'center'])
    check(Case('_contrib_box_nms', [rows], dict(
        overlap_thresh=data.draw(st.sampled_from([.5, .1])),
        valid_thresh=data.draw(st.sampled_from([0, .3])),
        topk=data.draw(st.sampled_from([-1, 3])),
        id_index=data.draw(st.sampled_from([-1, 0])),
        background_id=data.draw(st.sampled_from([-1, 0])),
        force_suppress=data.draw(st.booleans()),
        in_format=data.draw(formats), out_format=data.draw(formats))))


@drawn
@given(st.data())
def test_boxes_in_pairs(data):
    random = np.random.RandomState(data.draw(seeds))
    one, two = (data.draw(st.integers(1, 6)) for _ in range(2))
    check(Case('_contrib_bipartite_matching', [
        random.uniform(size=(2, one, two)).astype('float32')], dict(
            threshold=.3, is_ascend=data.draw(st.booleans()),
            topk=data.draw(st.sampled_from([-1, 2]))), differentiate=0))
    for kind in ('corner', 'center'):
        check(Case('_contrib_box_iou', [
            boxes(random, one, grid=3), boxes(random, two)],
            dict(format=kind)))
        check(Case('_contrib_box_decode', [
            numbers(random, 2, one, 4), boxes(random, 1, one)],
            dict(format=kind, std0=.1, std1=.1, std2=.2, std3=.2,
                 clip=data.draw(st.sampled_from([-1, .5]))),
            differentiate=0))
    check(Case('_contrib_box_encode', [
        random.randint(-1, 2, (2, one)).astype('float32'),
        random.randint(0, two, (2, one)).astype('float32'),
        boxes(random, 2, one), boxes(random, 2, two),
        np.zeros(4, 'float32'), np.ones(4, 'float32')], differentiate=0))


@drawn
@given(seeds)
def test_regions(seed):
    random = np.random.RandomState(seed)
    images = numbers(random, 2, 4, 9, 8)
    rois = np.concatenate([random.randint(0, 2, (5, 1)), boxes(
        random, 5) * 16], -1).astype('float32')
    size = dict(pooled_size=(2, 3), spatial_scale=.5)
    check(Case('ROIPooling', [images, rois], size, differentiate=1))
    for more in ({}, dict(sample_ratio=2), dict(aligned=True)):
        check(Case('_contrib_ROIAlign', [images, rois], dict(size, **more),
                   differentiate=1))


@drawn
@given(seeds)
def test_images_that_are_warped(seed):
    random = np.random.RandomState(seed)
    images = numbers(random, 2, 3, 6, 5)
    check(Case('BilinearSampler', [images, numbers(random, 2, 2, 4, 4) / 2]))
    affine = np.tile(np.array([1, 0, 0, 0, 1, 0], 'float32'), (2, 1))
    affine = affine + numbers(random, 2, 6) / 5
    check(Case('GridGenerator', [affine], dict(
        transform_type='affine', target_shape=(4, 5))))
    check(Case('GridGenerator', [numbers(random, 2, 2, 4, 5)], dict(
        transform_type='warp')))
    check(Case('SpatialTransformer', [images, affine], dict(
        transform_type='affine', sampler_type='bilinear',
        target_shape=(4, 5))))
    check(Case('Correlation', [images, numbers(random, 2, 3, 6, 5)], dict(
        kernel_size=1, max_displacement=2, stride1=1, stride2=1,
        pad_size=2, is_multiply=bool(seed % 2)), scale=4))


def test_training_of_a_detector_does_not_warn():
    """Overlapping boxes are left out on the CPU, one by one."""
    random = np.random.RandomState(0)
    anchors = nd.array(boxes(random, 1, 30), mx.gpu(0))
    scores = nd.array(numbers(random, 2, 3, 30), mx.gpu(0))
    scores.attach_grad()
    with warnings.catch_warnings(), autograd.record():
        warnings.simplefilter('error')
        label = nd.array(np.concatenate([np.ones((2, 4, 1)), boxes(
            random, 2, 4)], -1), mx.gpu(0))
        targets = nd.contrib.MultiBoxTarget(anchors, label, scores)
        found = nd.contrib.MultiBoxDetection(
            scores.softmax(axis=1), nd.zeros((2, 120), mx.gpu(0)), anchors)
        nd.contrib.box_nms(found)
        loss = (targets[2] * scores.max(axis=1)).sum()
    loss.backward()
    assert targets[0].context == found.context == mx.gpu(0)
    assert scores.grad.asnumpy().any()
