"""The shipped Fashion-MNIST, in d2l and in gluon's FashionMNIST."""
import gzip
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from limits import LIMIT
from mxnet import gluon, nd

import d2l
from d2l.compat import shipped_data as shipped

FILES = sorted(shipped.SHA256)
# the MD5 of the compressed files that the data set's authors publish
MD5 = {
    'train-images-idx3-ubyte.gz': '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
    'train-labels-idx1-ubyte.gz': '25c81989df183df01b3e8a0aad5dffbe',
    't10k-images-idx3-ubyte.gz': 'bef4ecab320f06d8554ea6380940ec79',
    't10k-labels-idx1-ubyte.gz': 'bb300cfdad3c16e7a12a480ee83cd310',
}


def content(folder):
    return {path.name: path.read_bytes()
            for path in pathlib.Path(folder).iterdir()}


@pytest.mark.parametrize('name', FILES)
def test_the_shipped_files_are_the_authors(name):
    with open(os.path.join(shipped.DATA, name), 'rb') as file:
        assert hashlib.md5(file.read()).hexdigest() == MD5[name]
    assert os.path.exists(os.path.join(shipped.DATA, 'LICENSE'))


@pytest.mark.parametrize('train, n', [(True, 60000), (False, 10000)])
def test_gluons_own_class_reads_the_shipped_files(train, n, tmp_path):
    root = tmp_path / 'new' / 'folder'
    dataset = gluon.data.vision.FashionMNIST(root=str(root), train=train)
    assert len(dataset) == n
    X, y = dataset[:2]
    assert X.shape == (2, 28, 28, 1) and X.dtype == np.uint8
    assert y.dtype == np.int32
    assert sorted(os.listdir(str(root))) == sorted(shipped.file_names(train))
    flipped = gluon.data.vision.FashionMNIST(
        str(root), train, lambda X, y: (255 - X.astype('int32'), -y))
    assert (flipped[1][0] == 255 - X[1].astype('int32')).min() == 1
    assert flipped[1][1] == -y[1]


def test_root_is_by_default_in_the_home_folder_and_tilde_is_expanded(home):
    d2l.load_data_fashion_mnist(256)
    folder = home / '.mxnet' / 'datasets' / 'fashion-mnist'
    assert sorted(os.listdir(str(folder))) == FILES
    gluon.data.vision.FashionMNIST(root='~/elsewhere')
    assert (home / 'elsewhere').is_dir()


def test_recompressed_files_are_accepted(tmp_path):
    """MXNet's own download has the same content, compressed differently."""
    for name in FILES:
        with gzip.open(os.path.join(shipped.DATA, name)) as file:
            data = file.read()
        with gzip.open(str(tmp_path / name), 'wb', compresslevel=1) as file:
            file.write(data)
    before = content(str(tmp_path))
    d2l.load_data_fashion_mnist(256, root=str(tmp_path))
    assert content(str(tmp_path)) == before


def truncate(path):
    os.truncate(path, os.path.getsize(path) // 2)


def empty(path):
    os.truncate(path, 0)


def another_set(path):
    """Like Kuzushiji-MNIST: other content under the same name and shape."""
    with gzip.open(path) as file:
        data = file.read()
    with gzip.open(path, 'wb', compresslevel=1) as file:
        file.write(data[:16] + data[16:][::-1])


def no_gzip(path):
    with open(path, 'wb') as file:
        file.write(b'<html>404 Not Found</html>')


@pytest.mark.parametrize('damage', [truncate, empty, another_set, no_gzip])
@pytest.mark.parametrize('name', FILES)
def test_a_wrong_file_is_named_and_not_changed(name, damage, tmp_path):
    for good in FILES:
        shutil.copy(os.path.join(shipped.DATA, good), str(tmp_path))
    damage(str(tmp_path / name))
    before = content(str(tmp_path))
    with pytest.raises(ValueError) as error:
        d2l.load_data_fashion_mnist(256, root=str(tmp_path))
    assert str(tmp_path / name) in str(error.value)
    assert shipped.SHA256[name] in str(error.value)
    assert 'move it away' in str(error.value)
    assert content(str(tmp_path)) == before


def test_missing_files_are_placed_again(tmp_path):
    d2l.load_data_fashion_mnist(256, root=str(tmp_path))
    (tmp_path / FILES[0]).unlink()
    d2l.load_data_fashion_mnist(256, root=str(tmp_path))
    assert sorted(os.listdir(str(tmp_path))) == FILES


def test_a_root_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / 'file').write_text('mine')
    with pytest.raises(NotADirectoryError, match='root must be a folder'):
        d2l.load_data_fashion_mnist(256, root=str(tmp_path / 'file'))
    assert (tmp_path / 'file').read_text() == 'mine'


@pytest.mark.parametrize('failing', ['makedirs', 'fsync', 'replace'])
def test_shipped_files_are_read_in_place_if_root_cannot_be_written(
        failing, tmp_path, monkeypatch):
    """The home folder may be read-only, or the disk full."""
    def fail(*args, **kwargs):
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(os, failing, fail)
    with pytest.warns(UserWarning,
                      match='cannot write Fashion-MNIST to .*No space'):
        _, test_iter = d2l.load_data_fashion_mnist(256, root=str(tmp_path))
    assert len(test_iter) == 40
    assert os.listdir(str(tmp_path)) == []      # no partial file


@pytest.mark.skipif(shutil.which('setpriv') is None or os.getuid() != 0,
                    reason='needs root, and setpriv to drop its rights')
def test_a_read_only_root_is_warned_of(tmp_path):
    code = ('import warnings; warnings.simplefilter("error", UserWarning)\n'
            'from d2l.compat import shipped_data as f\n'
            'try: f.place_files(%r, True)\n'
            'except UserWarning as w: print(w)' % str(tmp_path / 'root'))
    tmp_path.chmod(0o555)
    out = subprocess.run(
        ['setpriv', '--bounding-set=-all', '--inh-caps=-all', sys.executable,
         '-c', code], stdout=subprocess.PIPE, universal_newlines=True,
        check=True).stdout
    assert 'Permission denied' in out and 'shipped' in out


def test_eight_processes_at_once_all_read_complete_files(tmp_path):
    """Notebooks may start at the same time."""
    root = str(tmp_path / 'root')
    code = ('import sys, warnings; warnings.simplefilter("error")\n'
            'from d2l.compat import shipped_data as f\n'
            'sys.stdin.readline()\n'
            'for train in (True, False):\n'
            '    folder = f.place_files(%r, train)\n'
            '    images, labels = f.read_examples(folder, train)\n'
            '    print(len(images), len(labels))' % root)
    processes = [subprocess.Popen([sys.executable, '-c', code],
                                  stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE,
                                  universal_newlines=True) for _ in range(8)]
    for process in processes:   # all are started: let them begin
        process.stdin.write('go\n')
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 0
        assert out == '60000 60000\n10000 10000\n'
    assert sorted(os.listdir(root)) == FILES


def test_an_error_while_writing_leaves_no_partial_file(tmp_path):
    """A limit of the file size makes the kernel refuse, like a full disk."""
    code = ('import resource, warnings\n'
            'resource.setrlimit(resource.RLIMIT_FSIZE, (10 ** 6, 10 ** 6))\n'
            'from d2l.compat import shipped_data as f\n'
            'with warnings.catch_warnings(record=True) as caught:\n'
            '    warnings.simplefilter("always")\n'
            '    folder = f.place_files(%r, True)\n'
            'images, labels = f.read_examples(folder, True)\n'
            'print(len(images), caught[0].message)' % str(tmp_path))
    out = subprocess.run([sys.executable, '-c', code], check=True,
                         stdout=subprocess.PIPE, universal_newlines=True
                         ).stdout
    assert out.startswith('60000 cannot write Fashion-MNIST to')
    assert 'too large' in out and 'reading the copy shipped with d2l' in out
    assert os.listdir(str(tmp_path)) == []


def test_a_partial_file_of_a_killed_process_is_not_read(tmp_path):
    code = ('import os, signal\n'
            'from d2l.compat import shipped_data as f\n'
            'os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n'
            'f.place_files(%r, True)' % str(tmp_path))
    assert subprocess.run([sys.executable, '-c', code]).returncode == -9
    left, = os.listdir(str(tmp_path))
    assert left.endswith('.part')
    d2l.load_data_fashion_mnist(256, root=str(tmp_path))
    assert sorted(os.listdir(str(tmp_path))) == FILES    # and it is gone


def test_an_incomplete_installation_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, 'DATA', str(tmp_path))
    with pytest.raises(FileNotFoundError, match='reinstall d2l-gluon'):
        d2l.load_data_fashion_mnist(256, root=str(tmp_path / 'root'))


def test_labels():
    names = d2l.get_fashion_mnist_labels(range(10))
    assert names == ['t-shirt', 'trouser', 'pullover', 'dress', 'coat',
                     'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot']
    assert d2l.get_fashion_mnist_labels(nd.array([9, 0])) == [
        'ankle boot', 't-shirt']
    assert d2l.get_fashion_mnist_labels(np.array([2], np.int32)) == [
        'pullover']
    for wrong in (-1, 10):
        with pytest.raises(ValueError, match='0 to 9, but one is %d' % wrong):
            d2l.get_fashion_mnist_labels([0, wrong])


def test_no_more_is_read_than_the_data_set_has(tmp_path, monkeypatch):
    """A small file can hold any number of zeros."""
    name = 't10k-labels-idx1-ubyte.gz'
    path = tmp_path / name
    path.write_bytes(gzip.compress(bytes(10 ** 6)))
    read = []

    class Counted(gzip.GzipFile):
        def read(self, size=-1):
            data = super().read(size)
            read.append(len(data))
            return data
    monkeypatch.setattr(shipped.gzip, 'GzipFile', Counted)
    with pytest.raises(ValueError, match='is not the Fashion-MNIST file'):
        d2l.load_data_fashion_mnist(256, root=str(tmp_path))
    assert read[-1] == 8 + 10000 + 1
