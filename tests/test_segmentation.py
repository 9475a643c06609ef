import numpy as np
import pytest
from mxnet import image, nd
from PIL import Image

import d2l


@pytest.fixture(scope='module')
def colormap2label():
    found = nd.zeros(256 ** 3)
    for i, (r, g, b) in enumerate(d2l.VOC_COLORMAP):
        found[(r * 256 + g) * 256 + b] = i
    return found


@pytest.fixture(scope='module')
def classes():
    """The classes of the pictures' pixels: columns of four each."""
    return {name: np.repeat(np.arange(w) // 4 % 21, h).reshape(w, h).T
            for name, h, w in (('a', 20, 84), ('b', 30, 90), ('c', 10, 84))}


@pytest.fixture(scope='module')
def voc_dir(tmp_path_factory, classes):
    """VOC2012 with three pictures, whose red is 10 times the class."""
    root = tmp_path_factory.mktemp('voc')
    for folder in ('ImageSets/Segmentation', 'JPEGImages',
                   'SegmentationClass'):
        (root / folder).mkdir(parents=True)
    for name, numbers in classes.items():
        label = np.array(d2l.VOC_COLORMAP, dtype=np.uint8)[numbers]
        Image.fromarray(label).save(
            str(root / 'SegmentationClass' / (name + '.png')))
        picture = np.stack([numbers * 10] * 3, axis=2).astype(np.uint8)
        Image.fromarray(picture).save(
            str(root / 'JPEGImages' / (name + '.jpg')), quality=95)
    (root / 'ImageSets/Segmentation/train.txt').write_text('a\nb\nc\n')
    (root / 'ImageSets/Segmentation/val.txt').write_text('b\n')
    return str(root)


def test_constants():
    assert len(d2l.VOC_CLASSES) == len(d2l.VOC_COLORMAP) == 21
    assert d2l.VOC_CLASSES[::5] == ['background', 'bottle', 'cow',
                                    'person', 'tv/monitor']
    # the data set's own rule: bits of the class, spread over the colors
    for i, color in enumerate(d2l.VOC_COLORMAP):
        assert color == [sum((i >> 3 * k + c & 1) << 7 - k for k in range(3))
                         for c in range(3)]


def test_read_voc_images(voc_dir, classes):
    features, labels = d2l.read_voc_images(root=voc_dir)
    assert len(features) == len(labels) == 3
    for feature, label, numbers in zip(features, labels, classes.values()):
        assert feature.shape == label.shape == numbers.shape + (3,)
        assert feature.dtype == label.dtype == np.uint8
        np.testing.assert_array_equal(
            label.asnumpy(), np.array(d2l.VOC_COLORMAP)[numbers])
    (feature,), _ = d2l.read_voc_images(voc_dir, is_train=False)
    assert feature.shape == (30, 90, 3)


def test_read_voc_images_that_are_not_there(data_dir):
    with pytest.raises(FileNotFoundError, match=(
            r'VOC2012/ImageSets/Segmentation/train.txt is not there.*'
            r'd2l.download_voc_pascal\(\)')):
        d2l.read_voc_images()


def test_voc_label_indices(colormap2label):
    colors = nd.array([d2l.VOC_COLORMAP, d2l.VOC_COLORMAP[::-1]],
                      dtype='uint8')
    found = d2l.voc_label_indices(colors, colormap2label)
    assert found.asnumpy().tolist() == [list(range(21)),
                                        list(range(20, -1, -1))]


def test_voc_rand_crop(seed):
    numbers = nd.arange(12 * 15 * 3).reshape((12, 15, 3))
    corners = set()
    for _ in range(20):
        feature, label = d2l.voc_rand_crop(numbers, numbers + 1, 5, 6)
        assert feature.shape == (5, 6, 3)
        np.testing.assert_array_equal((feature + 1).asnumpy(),
                                      label.asnumpy())
        first = int(feature[0, 0, 0].asscalar()) // 3
        y, x = divmod(first, 15)
        np.testing.assert_array_equal(
            feature.asnumpy(), numbers[y:y + 5, x:x + 6].asnumpy())
        corners.add((y, x))
    assert len(corners) > 5


def test_voc_seg_dataset(voc_dir, colormap2label, classes, capsys):
    data = d2l.VOCSegDataset(True, (16, 84), voc_dir, colormap2label)
    assert capsys.readouterr().out == 'read 2 examples\n'
    assert len(data) == len(data.data) == len(data.labels) == 2
    feature, label = data[0]
    assert feature.shape == (3, 16, 84) and label.shape == (16, 84)
    assert feature.dtype == np.float32
    # of the width there is no choice, and rows are alike
    np.testing.assert_array_equal(label.asnumpy(), classes['a'][:16])
    raw = image.imread(voc_dir + '/JPEGImages/a.jpg').asnumpy()[:16] / 255
    np.testing.assert_allclose(
        feature.asnumpy().transpose(1, 2, 0),
        (raw - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], atol=0.06)
