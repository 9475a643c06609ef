"""Data sets that are downloaded from their servers: IMDB, VOC, Pikachu."""
import hashlib
import os
import re

import pytest
from server import Server
from tar_files import make_tar

import d2l
from d2l import detection, segmentation, sentiment

pytestmark = pytest.mark.usefixtures('loopback')


@pytest.fixture
def server():
    with Server({}) as server:
        yield server


def serve(server, monkeypatch, module, name, body):
    monkeypatch.setattr(module, 'URL', server.url + name)
    monkeypatch.setattr(module, 'SHA1', hashlib.sha1(body).hexdigest())
    server.files[name] = body


@pytest.fixture
def imdb(server, monkeypatch, data_dir):
    """Makes the server have a small IMDB data set."""
    path = make_tar(data_dir.parent / 'x', *(
        ('aclImdb/%s/%s/0_%d.txt' % (folder, label, i),
         ('%s\n%s %d' % (folder, label.upper(), i)).encode())
        for folder in ('train', 'test') for label in ('pos', 'neg')
        for i in range(3)), mode='w:gz')
    with open(path, 'rb') as file:
        serve(server, monkeypatch, sentiment, 'aclImdb_v1.tar.gz',
              file.read())


def test_download_imdb_downloads_once(imdb, server, data_dir):
    for _ in range(2):
        assert d2l.download_imdb() is None
    assert len(server.requests) == 1
    assert sorted(map(str, data_dir.iterdir())) == [
        str(data_dir / 'aclImdb'), str(data_dir / 'aclImdb_v1.tar.gz')]


def test_downloaded_reviews_can_be_read(imdb):
    d2l.download_imdb()
    assert sorted(d2l.read_imdb('test')) == [
        ['test%s %d' % (label, i), score] for label, score in
        (('neg', 0), ('pos', 1)) for i in range(3)]


def test_download_voc_pascal_returns_the_folder(server, monkeypatch, tmp_path):
    path = make_tar(tmp_path / 'x',
                    ('VOCdevkit/VOC2012/ImageSets/list', b'1\n'))
    with open(path, 'rb') as file:
        serve(server, monkeypatch, segmentation,
              'VOCtrainval_11-May-2012.tar', file.read())
    voc_dir = d2l.download_voc_pascal(str(tmp_path / 'data'))
    assert voc_dir == str(tmp_path / 'data') + '/VOCdevkit/VOC2012'
    assert os.listdir(voc_dir) == ['ImageSets']


def test_the_urls_are_those_of_the_edition():
    assert sentiment.URL.startswith('http://ai.stanford.edu/~amaas/')
    assert segmentation.URL.startswith('http://host.robots.ox.ac.uk/pascal/')
    assert detection.URL.endswith('/gluon/dataset/pikachu/')


def test_every_download_has_a_sha1():
    for sha1 in (sentiment.SHA1, segmentation.SHA1,
                 *detection.SHA1.values()):
        assert re.fullmatch('[0-9a-f]{40}', sha1)
