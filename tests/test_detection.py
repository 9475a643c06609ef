"""The Pikachu data set, with a few small pictures."""
import hashlib
import io

import numpy as np
import pytest
from mxnet import recordio
from PIL import Image
from server import Server

import d2l
from d2l import detection


def write_records(path, n):
    """Write n grey pictures with a white box, in the data set's format.

    Returns the path of the index file.
    """
    index = path.with_suffix('.idx')
    writer = recordio.MXIndexedRecordIO(str(index), str(path), 'w')
    for i in range(n):
        pixels = np.full((64, 64, 3), 100, dtype=np.uint8)
        pixels[16:48, 16:48] = 255
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, 'JPEG')
        label = [4, 5, 64, 64, 0, 0.25, 0.25, 0.75, 0.75]
        writer.write_idx(i, recordio.pack(
            recordio.IRHeader(0, label, i, 0), file.getvalue()))
    writer.close()
    return index


@pytest.fixture
def files(tmp_path):
    """The files of a small data set: their names and contents."""
    index = write_records(tmp_path / 'train.rec', 7)
    write_records(tmp_path / 'val.rec', 5)
    return {path.name: path.read_bytes() for path in
            (tmp_path / 'train.rec', index, tmp_path / 'val.rec')}


@pytest.fixture
def server(files, loopback, monkeypatch):
    with Server(files) as server:
        monkeypatch.setattr(detection, 'URL', server.url)
        monkeypatch.setattr(detection, 'SHA1', {
            name: hashlib.sha1(body).hexdigest()
            for name, body in files.items()})
        yield server


def test_load_data_pikachu_downloads_each_file_once(server, files, data_dir):
    d2l.load_data_pikachu(3, edge_size=32)
    assert sorted(name for name, _ in server.requests) == sorted(files)
    assert sorted(path.name for path in (data_dir / 'pikachu').iterdir()) == (
        sorted(files))


def test_load_data_pikachu_yields_pictures_and_boxes(server, data_dir, seed):
    for data_iter in d2l.load_data_pikachu(3, edge_size=32):
        batch = next(data_iter)
        assert batch.data[0].shape == (3, 3, 32, 32)
        assert batch.label[0].shape == (3, 1, 5)
        X, y = batch.data[0].asnumpy(), batch.label[0].asnumpy()
        assert X.dtype == np.float32 and X.max() > 200
        assert (y[:, 0, 0] == 0).all() and 0 <= y.min() <= y.max() <= 1


def test_the_validation_pictures_are_not_cropped(server, data_dir):
    _, val_iter = d2l.load_data_pikachu(3, edge_size=32)
    assert val_iter.data_shape == (3, 32, 32)
    batch = next(val_iter)
    X, y = batch.data[0].asnumpy(), batch.label[0].asnumpy()
    np.testing.assert_allclose(y[:, 0], [[0, 0.25, 0.25, 0.75, 0.75]] * 3)
    np.testing.assert_allclose(X[0, 0, 16, [0, 16]], [100, 255], atol=10)
