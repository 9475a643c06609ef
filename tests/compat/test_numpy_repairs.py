"""What MXNet gets from NumPy and gives to it, whatever their versions."""
import types

import mxnet as mx
import numpy as np
from mxnet import nd
from mxnet.gluon import nn

from d2l.compat.numpy_repairs import find_csr_matrix


def test_numpys_integers_are_operator_parameters():
    shape = tuple(np.array([2, 3]))
    assert nd.zeros(shape).shape == (2, 3)
    assert nd.zeros((4, 6)).reshape(shape + (np.int64(4),)).shape == (2, 3, 4)
    X = nd.zeros((1, 1, 8, 8))
    net = nn.Conv2D(np.int64(2), kernel_size=tuple(np.array([3, 3])))
    net.initialize()
    assert net(X).shape == (1, 2, 6, 6)
    net.hybridize()
    assert net(X).shape == (1, 2, 6, 6)
    assert nd.one_hot(nd.array([1]), np.int32(3)).shape == (1, 3)


def test_recordio_packs_labels_and_images(tmp_path, monkeypatch):
    class cv2:      # as much of OpenCV as pack_img uses
        IMWRITE_JPEG_QUALITY = 1

        @staticmethod
        def imencode(img_fmt, img, params):
            return True, np.frombuffer(b'encoded', np.uint8)
    monkeypatch.setattr(mx.recordio, 'cv2', cv2)
    path = str(tmp_path / 'images.rec')
    record = mx.recordio.MXRecordIO(path, 'w')
    header = mx.recordio.IRHeader(0, np.array([1, 2], np.float32), 7, 0)
    record.write(mx.recordio.pack(header, b'content'))
    record.write(mx.recordio.pack_img(header, np.zeros((4, 4, 3))))
    record.close()
    record = mx.recordio.MXRecordIO(path, 'r')
    found, content = mx.recordio.unpack(record.read())
    assert found.label.tolist() == [1, 2] and content == b'content'
    found, content = mx.recordio.unpack(record.read())
    assert found.id == 7 and content == b'encoded'
    record.close()


def test_numpy_takes_ndarrays():
    x = nd.arange(3)
    assert np.asarray(x).tolist() == [0, 1, 2]
    assert np.asarray(x, dtype='int64').dtype == np.int64


def test_matrices_of_scipy_are_found_without_its_old_namespace():
    sparse = types.SimpleNamespace(csr_matrix=dict, coo_matrix=list)
    module = types.SimpleNamespace(spsp=sparse)
    find_csr_matrix(module)
    assert module.spsp.csr.csr_matrix is module.spsp.csr_matrix is dict
    assert module.spsp.coo_matrix is list
    module.spsp = None      # SciPy is not installed
    find_csr_matrix(module)
    assert module.spsp is None


def test_mxnets_numpy_functions_work():
    mnp = mx.np
    a = mnp.array([[1, 2], [3, 4]])
    assert mnp.pad(a, ((1, 1), (0, 0)), mode='constant').shape == (4, 2)
    assert a[mnp.array([True, False], dtype=bool)].shape == (1, 2)
    assert mnp.full((2,), True, dtype=bool).dtype == bool
    assert np.mean(a).item() == 2.5 and np.median(a).item() == 2.5
