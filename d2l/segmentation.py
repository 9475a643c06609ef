"""Semantic segmentation: the Pascal VOC2012 data set."""
import os

from mxnet import gluon, image, nd

from . import archives, downloads, files

URL = ('http://host.robots.ox.ac.uk/pascal/VOC/voc2012/'
        'VOCtrainval_11-May-2012.tar')
SHA1 = '4e443f8a2eca6b1dac8a6c57641b67dd40621a49'
MAX_SIZE = 2 << 30       # bytes; it has 2.0 GB

VOC_CLASSES = ['background', 'aeroplane', 'bicycle', 'bird', 'boat',
               'bottle', 'bus', 'car', 'cat', 'chair', 'cow',
               'diningtable', 'dog', 'horse', 'motorbike', 'person',
               'potted plant', 'sheep', 'sofa', 'train', 'tv/monitor']

# The color of each class in the label images: red, green and blue.
VOC_COLORMAP = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0],
                [0, 0, 128], [128, 0, 128], [0, 128, 128], [128, 128, 128],
                [64, 0, 0], [192, 0, 0], [64, 128, 0], [192, 128, 0],
                [64, 0, 128], [192, 0, 128], [64, 128, 128], [192, 128, 128],
                [0, 64, 0], [128, 64, 0], [0, 192, 0], [128, 192, 0],
                [0, 64, 128]]


def download_voc_pascal(data_dir='../data'):
    """Download VOC2012, 2 GB, and unpack it if necessary.

    Resumes an interrupted download.

    Parameters
    ----------
    data_dir : str, optional
        The folder in which to make the folder `VOCdevkit`.

    Returns
    -------
    str
        The path of the folder VOC2012.

    Raises
    ------
    ConnectionError
        The server cannot be reached, or keeps interrupting the download.
    ValueError
        The server sends another file than expected.

    Examples
    --------
    >>> voc_dir = d2l.download_voc_pascal()  # doctest: +SKIP
    """
    path = downloads.download(URL, data_dir, SHA1, MAX_SIZE)
    archives.extract(path, data_dir)
    return os.path.join(data_dir, 'VOCdevkit/VOC2012')


def read_voc_images(root='../data/VOCdevkit/VOC2012', is_train=True):
    """Read all pictures of VOC2012 that have a class for every pixel.

    Parameters
    ----------
    root : str, optional
        The folder VOC2012.
    is_train : bool, optional
        Use the training pictures if true, else the validation pictures.

    Returns
    -------
    features, labels : list of NDArray
        uint8, shape (height, width, 3): the pictures, and the classes of
        their pixels as colors of `VOC_COLORMAP`.

    Raises
    ------
    FileNotFoundError
        The pictures have not been downloaded.

    Examples
    --------
    >>> features, labels = d2l.read_voc_images()  # doctest: +SKIP
    """
    path = files.require_file(
        os.path.join(root, 'ImageSets', 'Segmentation',
                     'train.txt' if is_train else 'val.txt'),
        'the list of the pictures of VOC2012',
        'download it with d2l.download_voc_pascal()')
    with open(path) as file:
        names = file.read().split()
    return ([image.imread(os.path.join(root, 'JPEGImages', name + '.jpg'))
             for name in names],
            [image.imread(os.path.join(root, 'SegmentationClass',
                                       name + '.png')) for name in names])


def voc_label_indices(colormap, colormap2label):
    """Convert the colors of a label image to class indices.

    Parameters
    ----------
    colormap : NDArray
        Colors, shape (height, width, 3).
    colormap2label : NDArray
        The class of each color, shape (256 ** 3,). The index of a color is
        (red * 256 + green) * 256 + blue.

    Returns
    -------
    NDArray
        Shape (height, width), with the dtype of `colormap2label`.

    Examples
    --------
    >>> colormap2label = nd.zeros(256 ** 3)
    >>> for i, (r, g, b) in enumerate(d2l.VOC_COLORMAP):
    ...     colormap2label[(r * 256 + g) * 256 + b] = i
    >>> d2l.voc_label_indices(nd.array([[[0, 0, 0], [128, 0, 0]]]),
    ...                       colormap2label).asnumpy()
    array([[0., 1.]], dtype=float32)
    """
    colormap = colormap.astype('int32')     # uint8 would overflow
    idx = ((colormap[:, :, 0] * 256 + colormap[:, :, 1]) * 256
           + colormap[:, :, 2])
    return colormap2label[idx]


def voc_rand_crop(feature, label, height, width):
    """Crop a picture and its label image to the same random rectangle.

    Parameters
    ----------
    feature, label : NDArray
        Shape (h, w, 3) with h >= `height` and w >= `width`.
    height, width : int
        Size of the rectangle.

    Returns
    -------
    feature, label : NDArray
        Shape (height, width, 3).

    Examples
    --------
    >>> X = nd.arange(300).reshape((10, 10, 3))
    >>> feature, label = d2l.voc_rand_crop(X, X, 4, 6)
    >>> feature.shape, (feature == label).min().asscalar()
    ((4, 6, 3), 1.0)
    """
    feature, rect = image.random_crop(feature, (width, height))
    return feature, image.fixed_crop(label, *rect)


class VOCSegDataset(gluon.data.Dataset):
    """VOC2012 as a dataset: pictures of one size and their class indices.

    Leaves out smaller pictures. Prints `read N examples`.

    Parameters
    ----------
    is_train : bool
        Use the training pictures if true, else the validation pictures.
    crop_size : tuple of int
        Height and width of the random crop made at each access.
    voc_dir : str
        The folder VOC2012.
    colormap2label : NDArray
        As in `voc_label_indices`.

    Attributes
    ----------
    data : list of NDArray
        The pictures, float32, shape (height, width, 3), normalised with
        ImageNet's mean and standard deviation.
    labels : list of NDArray
        The label images, uint8, shape (height, width, 3).

    Examples
    --------
    >>> voc_train = d2l.VOCSegDataset(
    ...     True, (320, 480), voc_dir, colormap2label)  # doctest: +SKIP
    read 1114 examples
    >>> feature, label = voc_train[0]  # doctest: +SKIP
    >>> feature.shape, label.shape  # doctest: +SKIP
    ((3, 320, 480), (320, 480))
    """

    def __init__(self, is_train, crop_size, voc_dir, colormap2label):
        self.rgb_mean = nd.array([0.485, 0.456, 0.406])
        self.rgb_std = nd.array([0.229, 0.224, 0.225])
        self.crop_size = crop_size
        features, labels = read_voc_images(root=voc_dir, is_train=is_train)
        self.data = [self.normalize_image(img)
                     for img in self.filter(features)]
        self.labels = self.filter(labels)
        self.colormap2label = colormap2label
        print('read %d examples' % len(self.data))

    def normalize_image(self, data):
        """Normalise `data` with ImageNet's mean and standard deviation."""
        return (data.astype('float32') / 255 - self.rgb_mean) / self.rgb_std

    def filter(self, images):
        """The images that are at least as large as the crop."""
        return [img for img in images
                if img.shape[0] >= self.crop_size[0]
                and img.shape[1] >= self.crop_size[1]]

    def __getitem__(self, idx):
        feature, label = voc_rand_crop(self.data[idx], self.labels[idx],
                                       *self.crop_size)
        return (feature.transpose((2, 0, 1)),
                voc_label_indices(label, self.colormap2label))

    def __len__(self):
        return len(self.data)
