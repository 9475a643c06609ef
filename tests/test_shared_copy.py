"""D2L_DATA names a folder of files that are read, and never written to."""
import gzip
import hashlib
import io
import os
import tarfile
import zipfile

import mxnet as mx
import pytest
from mxnet import gluon, nd

from d2l import archives, data_files, downloads, files
from d2l.compat.shared_copy import find_shared

BODY = b'shared'
SHA1 = hashlib.sha1(BODY).hexdigest()


@pytest.fixture(autouse=True)
def no_host(monkeypatch):
    """Requests that are made; all of them fail."""
    made = []

    def get(url, **kwargs):
        made.append(url)
        raise downloads.requests.ConnectionError('no such host')
    monkeypatch.setattr(downloads.requests, 'get', get)
    monkeypatch.setattr(downloads.time, 'sleep', lambda seconds: None)
    return made


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """The folder D2L_DATA, empty but for a folder a with a folder b."""
    folder = tmp_path / 'shared'
    (folder / 'a' / 'b').mkdir(parents=True)
    work = tmp_path / 'work' / 'chapter'
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv('D2L_DATA', str(folder))
    return folder


@pytest.mark.parametrize('inner', ['', 'a', 'a/b'])
def test_d2l_reads_a_shared_file_where_it_lies(shared, inner, no_host):
    (shared / inner / 'x.bin').write_bytes(BODY)
    (shared / 'x.bin' if inner else shared / 'a' / 'x.bin').write_bytes(b'-')
    path = downloads.download('http://gone/x.bin', '../data', SHA1)
    assert path == str(shared / inner / 'x.bin')
    assert not no_host and not os.path.exists('../data')


def test_d2ls_own_file_comes_first(shared):
    (shared / 'x.bin').write_bytes(BODY)
    os.mkdir('../data')
    with open('../data/x.bin', 'wb') as file:
        file.write(BODY)
    assert downloads.download('http://gone/x.bin', '../data',
                              SHA1) == '../data/x.bin'


@pytest.mark.parametrize('path', ['../data', '../data/other.bin', None])
def test_gluons_download_takes_a_shared_file(shared, path, no_host):
    (shared / 'a' / 'x.bin').write_bytes(BODY)
    if path == '../data':
        os.mkdir(path)
    target = gluon.utils.download('http://gone/x.bin', path, sha1_hash=SHA1)
    assert target == {'../data': '../data/x.bin', None: 'x.bin'}.get(
        path, path)
    with open(target, 'rb') as file:
        assert file.read() == BODY
    assert not no_host
    assert sorted(path.name for path in shared.rglob('*')) == [
        'a', 'b', 'x.bin']
    assert (shared / 'a' / 'x.bin').read_bytes() == BODY


def test_other_files_are_downloaded_to_the_usual_place(shared, no_host):
    (shared / 'x.bin').write_bytes(b'another file')
    (shared / 'a' / 'y.bin').write_bytes(BODY)  # which y.bin is this?
    for name, sha1 in (('x.bin', SHA1), ('y.bin', None)):
        with pytest.raises(ConnectionError, match='d2l data add'):
            gluon.utils.download('http://gone/' + name, sha1_hash=sha1)
    with pytest.raises(ConnectionError, match='d2l data add'):
        downloads.download('http://gone/x.bin', '../data', SHA1)
    assert len(no_host) == 2 + 5


def test_gluons_data_sets_take_shared_files(shared, tmp_path):
    labels = gzip.compress(bytes(8) + bytes([7, 8]))
    images = gzip.compress(bytes(16) + bytes(2 * 28 * 28))
    (shared / 'train-labels-idx1-ubyte.gz').write_bytes(labels)
    (shared / 'a' / 'train-images-idx3-ubyte.gz').write_bytes(images)

    class Small(gluon.data.vision.MNIST):
        def _get_data(self):
            self._train_data, self._train_label = (
                (name, hashlib.sha1(body).hexdigest()) for name, body in (
                    ('train-images-idx3-ubyte.gz', images),
                    ('train-labels-idx1-ubyte.gz', labels)))
            super()._get_data()
    assert [y for _, y in Small(root=str(tmp_path / 'mnist'))] == [7, 8]


def test_shared_weights_are_read_where_they_lie(shared, tmp_path,
                                                monkeypatch):
    store = gluon.model_zoo.model_store
    nd.save(str(shared / 'w'), {'w': nd.ones(1)})
    sha1 = hashlib.sha1((shared / 'w').read_bytes()).hexdigest()
    monkeypatch.setitem(store._model_sha1, 'small', sha1)
    file = shared / 'a' / ('small-%s.params' % sha1[:8])
    (shared / 'w').rename(file)
    root = str(tmp_path / 'models')
    assert store.get_model_file('small', root) == str(file)
    with zipfile.ZipFile(str(shared / ('small-%s.zip' % sha1[:8])),
                         'w') as archive:
        archive.write(str(file), file.name)
    file.unlink()       # the host's zip file will do as well
    assert store.get_model_file('small', root) == os.path.join(
        root, file.name)
    assert os.listdir(root) == [file.name]


def test_the_books_small_files_may_be_shared(shared):
    (shared / 'timemachine.txt').write_text('time')
    assert files.find_book_file('timemachine.txt') == str(
        shared / 'timemachine.txt')
    with pytest.raises(FileNotFoundError, match='d2l data add'):
        files.find_book_file('airfoil_self_noise.dat')


def test_the_list_says_what_is_shared(shared, capsys):
    (shared / 'timemachine.txt').write_text('time')
    data_files.main([])
    assert ('shared   timemachine.txt\n    4 bytes; SHA-1 090b5e7e70c295757f'
            "55df93cb0a180b9691891a (d2l 0.11's copy; the edition's own is "
            'not known)\n    at ' + str(shared)) in capsys.readouterr().out


def test_a_folder_that_is_none_is_a_warning(shared, monkeypatch):
    monkeypatch.setenv('D2L_DATA', str(shared / 'none'))
    with pytest.warns(UserWarning, match='D2L_DATA must name a folder'):
        assert find_shared('x.bin') is None


def test_a_shared_archive_is_extracted_elsewhere(shared):
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode='w') as tar:
        tar.addfile(tarfile.TarInfo('x/y'))
    (shared / 'x.tar').write_bytes(body.getvalue())
    sha1 = hashlib.sha1(body.getvalue()).hexdigest()
    archives.extract(downloads.download('http://gone/x.tar', '../data',
                                        sha1), '../data')
    assert os.listdir('../data') == ['x'] and not (shared / 'x').exists()


def test_mxnets_other_download_tries_once(no_host, tmp_path):
    with pytest.raises(ConnectionError, match='d2l data add'):
        mx.test_utils.download('http://gone/x', dirname=str(tmp_path))
    assert len(no_host) == 1
