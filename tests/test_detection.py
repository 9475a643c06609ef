import hashlib
import io

import numpy as np
import pytest
from mxnet import recordio
from PIL import Image
from server import Server

import d2l
from d2l import detection


def records(path, n):
    """Grey pictures with a white box, as the edition's files have them."""
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


@pytest.mark.usefixtures('loopback')
def test_load_data_pikachu(data_dir, tmp_path, monkeypatch, seed):
    index = records(tmp_path / 'train.rec', 7)
    records(tmp_path / 'val.rec', 5)
    files = {path.name: path.read_bytes() for path in
             (tmp_path / 'train.rec', index, tmp_path / 'val.rec')}
    with Server(files) as server:
        monkeypatch.setattr(detection, '_URL', server.url)
        monkeypatch.setattr(detection, '_SHA1', {
            name: hashlib.sha1(body).hexdigest()
            for name, body in files.items()})
        train_iter, val_iter = d2l.load_data_pikachu(3, edge_size=32)
        assert sorted(name for name, _ in server.requests) == sorted(files)
    assert sorted(p.name for p in (data_dir / 'pikachu').iterdir()) == sorted(
        files)
    for data_iter in (train_iter, val_iter):
        batch = next(data_iter)
        assert batch.data[0].shape == (3, 3, 32, 32)
        assert batch.label[0].shape == (3, 1, 5)
        X, y = batch.data[0].asnumpy(), batch.label[0].asnumpy()
        assert X.dtype == np.float32 and X.max() > 200
        assert (y[:, 0, 0] == 0).all() and 0 <= y.min() <= y.max() <= 1
    # those to validate with are whole: the box is where it is
    np.testing.assert_allclose(y[:, 0], [[0, 0.25, 0.25, 0.75, 0.75]] * 3)
    np.testing.assert_allclose(X[0, 0, 16, [0, 16]], [100, 255], atol=10)
    assert val_iter.data_shape == (3, 32, 32)
