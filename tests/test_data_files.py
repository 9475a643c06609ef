"""`python -m d2l data`: what the edition needs, and files put in place."""
import hashlib
import os
import subprocess
import sys
import zipfile

import pytest

from d2l import data_files
from d2l.files import BOOK_FILES


@pytest.fixture
def content(monkeypatch):
    """The content of the one file that is needed."""
    content = b'the weights'
    monkeypatch.setattr(data_files, 'needed_files', lambda: [
        data_files.DataFile('net.params', hashlib.sha1(content).hexdigest(),
                            'models', 'fine-tuning')])
    return content


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_file_of_any_name_is_recognised_and_put_in_place(
        content, tmp_path, capsys):
    (tmp_path / 'download(1)').write_bytes(content)
    assert data_files.main(['add', 'download(1)']) == 0
    assert (tmp_path / 'models' / 'net.params').read_bytes() == content
    assert os.listdir('models') == ['net.params']
    assert 'download(1) is net.params: now at' in capsys.readouterr().out
    target = os.path.join('models', 'net.params')
    assert data_files.main(['add', target]) == 0
    assert (tmp_path / target).read_bytes() == content


def test_other_files_are_refused(content, tmp_path, capsys):
    (tmp_path / 'other').write_bytes(b'other')
    assert data_files.main(['add', 'other', 'absent']) == 1
    out = capsys.readouterr().out
    assert 'other is none of' in out and 'absent is no file' in out
    assert not os.path.exists('models')
    assert data_files.main(['ad']) == 2


def test_weights_in_the_hosts_zip_file_are_put_in_place(
        content, tmp_path, capsys):
    with zipfile.ZipFile('net.zip', 'w') as archive:
        archive.writestr('net.params', content)
    assert data_files.main(['add', 'net.zip']) == 0
    assert (tmp_path / 'models' / 'net.params').read_bytes() == content
    assert 'net.params in net.zip is net.params' in capsys.readouterr().out
    with zipfile.ZipFile('net.zip', 'w') as archive:
        archive.writestr('net.params', b'other')
    assert data_files.main(['add', 'net.zip']) == 1
    with zipfile.ZipFile('net.zip', 'w') as archive:
        archive.writestr('net.params', content)
        archive.getinfo('net.params').file_size = 1 << 50
    capsys.readouterr()
    assert data_files.main(['add', 'net.zip']) == 1
    assert 'net.zip is a zip file, but cannot be' in capsys.readouterr().out


def test_files_whose_digest_the_edition_lacks_are_known_by_name(
        monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(data_files, 'needed_files', lambda: [
        data_files.DataFile('ptb.zip', '0' * 40, 'data', 'word2vec', False)])
    (tmp_path / 'ptb.zip').write_bytes(b'a copy')
    assert data_files.main(['add', 'ptb.zip']) == 0
    assert os.listdir('data') == ['ptb.zip']
    capsys.readouterr()
    data_files.main([])
    assert capsys.readouterr().out.split('\n\n')[1].startswith('there ')


def test_the_list_says_what_is_there_and_whole(content, tmp_path, capsys):
    found = []
    for body in (None, b'half', content):
        if body is not None:
            (tmp_path / 'models').mkdir(exist_ok=True)
            (tmp_path / 'models' / 'net.params').write_bytes(body)
        data_files.main([])
        found.append(capsys.readouterr().out.split('\n\n')[1].split()[0])
    assert found == ['missing', 'damaged', 'whole']


def test_the_command_lists_the_files_of_the_edition(tmp_path):
    root = os.path.dirname(os.path.dirname(data_files.__file__))
    done = subprocess.run(
        [sys.executable, '-m', 'd2l', 'data'], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True,
        env=dict(os.environ, PYTHONPATH=root, MXNET_HOME=str(tmp_path)))
    assert done.returncode == 0, done.stdout
    for name in ('resnet18_v2-a81db45f.params', 'vgg19-ad2f660d.params',
                 'aclImdb_v1.tar.gz', 'VOCtrainval', 'glove.6B.zip',
                 'cifar-10-binary.tar.gz', 'hotdog.zip', 'ptb.zip',
                 'train.rec', 't10k-labels-idx1-ubyte.gz', *BOOK_FILES,
                 'for optimization algorithms\n'):
        assert name in done.stdout
    assert not os.listdir(str(tmp_path))
