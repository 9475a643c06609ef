"""The Pascal VOC2012 data set, with three small pictures."""
import numpy as np
import pytest
from mxnet import image, nd
from PIL import Image

import d2l


@pytest.fixture(scope='module')
def colormap2label():
    result = nd.zeros(256 ** 3)
    for i, (r, g, b) in enumerate(d2l.VOC_COLORMAP):
        result[(r * 256 + g) * 256 + b] = i
    return result


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


def test_there_are_21_classes():
    assert len(d2l.VOC_CLASSES) == len(d2l.VOC_COLORMAP) == 21
    assert d2l.VOC_CLASSES[::5] == ['background', 'bottle', 'cow',
                                    'person', 'tv/monitor']


def test_the_colors_follow_the_rule_of_the_data_set():
    """The bits of a class are spread over red, green and blue."""
    for i, color in enumerate(d2l.VOC_COLORMAP):
        assert color == [sum((i >> 3 * k + c & 1) << 7 - k for k in range(3))
                         for c in range(3)]


def test_read_voc_images_reads_pictures_and_their_labels(voc_dir, classes):
    features, labels = d2l.read_voc_images(root=voc_dir)
    assert len(features) == len(labels) == 3
    for feature, label, numbers in zip(features, labels, classes.values()):
        assert feature.shape == label.shape == numbers.shape + (3,)
        assert feature.dtype == label.dtype == np.uint8
        np.testing.assert_array_equal(
            label.asnumpy(), np.array(d2l.VOC_COLORMAP)[numbers])


def test_read_voc_images_reads_the_validation_pictures(voc_dir):
    (feature,), _ = d2l.read_voc_images(voc_dir, is_train=False)
    assert feature.shape == (30, 90, 3)


def test_read_voc_images_says_how_to_download_them(data_dir):
    with pytest.raises(FileNotFoundError, match=(
            r'VOC2012/ImageSets/Segmentation/train.txt does not exist.*'
            r'd2l.download_voc_pascal\(\)')):
        d2l.read_voc_images()


def test_voc_label_indices_converts_every_color(colormap2label):
    colors = nd.array([d2l.VOC_COLORMAP, d2l.VOC_COLORMAP[::-1]],
                      dtype='uint8')
    indices = d2l.voc_label_indices(colors, colormap2label)
    assert indices.asnumpy().tolist() == [list(range(21)),
                                          list(range(20, -1, -1))]


def test_voc_rand_crop_crops_both_to_the_same_rectangle(seed):
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


def test_voc_seg_dataset_leaves_out_small_pictures(
        voc_dir, colormap2label, capsys):
    data = d2l.VOCSegDataset(True, (16, 84), voc_dir, colormap2label)
    assert capsys.readouterr().out == 'read 2 examples\n'
    assert len(data) == len(data.data) == len(data.labels) == 2


def test_voc_seg_dataset_normalises_pictures_and_converts_labels(
        voc_dir, colormap2label, classes):
    data = d2l.VOCSegDataset(True, (16, 84), voc_dir, colormap2label)
    feature, label = data[0]
    assert feature.shape == (3, 16, 84) and label.shape == (16, 84)
    assert feature.dtype == np.float32
    # the crop has the full width, and all rows are equal
    np.testing.assert_array_equal(label.asnumpy(), classes['a'][:16])
    raw = image.imread(voc_dir + '/JPEGImages/a.jpg').asnumpy()[:16] / 255
    np.testing.assert_allclose(
        feature.asnumpy().transpose(1, 2, 0),
        (raw - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], atol=0.06)
