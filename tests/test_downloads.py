"""Downloads from a server of this machine, and unpacking."""
import hashlib
import io
import os
import re
import tarfile
import types

import pytest
from server import Server

import d2l
from d2l import detection, downloads, segmentation, sentiment

pytestmark = pytest.mark.usefixtures('loopback')
BODY = bytes(range(256)) * 40   # 10,240 bytes
SHA1 = hashlib.sha1(BODY).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(downloads, '_CHUNK', 1000)
    monkeypatch.setattr(downloads, 'time', types.SimpleNamespace(
        sleep=lambda seconds: None))
    with Server({'data.bin': BODY}) as server:
        yield server


@pytest.fixture
def fetch(server, tmp_path):
    """Downloads data.bin; returns its content."""
    def fetch(name='data.bin'):
        path = downloads.download(server.url + name, str(tmp_path / 'in'),
                                  SHA1)
        assert path == str(tmp_path / 'in' / name)
        assert os.listdir(str(tmp_path / 'in')) == [name]   # nothing else
        return (tmp_path / 'in' / name).read_bytes()
    return fetch


@pytest.fixture
def part(tmp_path):
    (tmp_path / 'in').mkdir()
    return tmp_path / 'in' / 'data.bin.part'


def test_good(fetch, server, capfd):
    assert fetch() == BODY
    assert server.requests == [('data.bin', None)]
    out, err = capfd.readouterr()
    assert out == '' and 'data.bin: 100%' in err and '10.2k/10.2k' in err
    assert fetch() == BODY and len(server.requests) == 1    # it is there


def test_a_file_that_is_there_but_wrong_is_replaced(fetch, part):
    (part.parent / 'data.bin').write_bytes(b'half of it')
    assert fetch() == BODY


def test_slow(fetch, server):
    server.pause = 0.02     # longer than a chunk takes, shorter than _TIMEOUT
    assert fetch() == BODY


def test_stalled(fetch, server, monkeypatch):
    """A connection without a byte for too long is given up for another."""
    monkeypatch.setattr(downloads, '_TIMEOUT', (5, 0.05))
    server.pause = 0.5
    assert fetch() == BODY
    assert ('data.bin', 'bytes=1000-') in server.requests


def test_broken_off_is_resumed(fetch, server):
    server.break_after = [3000, 4000]
    assert fetch() == BODY
    assert server.requests == [('data.bin', None),
                               ('data.bin', 'bytes=3000-'),
                               ('data.bin', 'bytes=7000-')]


def test_broken_off_for_good_and_resumed_by_the_next_call(
        fetch, server, part):
    server.break_after = [2000] + [0] * downloads._ATTEMPTS
    with pytest.raises(ConnectionError, match=(
            r'2000 bytes of it are in .*data\.bin\.part; call again.*'
            r'put it at .*data\.bin$')):
        fetch()
    assert part.read_bytes() == BODY[:2000]
    assert os.listdir(str(part.parent)) == [part.name]
    server.break_after, server.requests = [], []
    assert fetch() == BODY
    assert server.requests == [('data.bin', 'bytes=2000-')]


def test_a_server_that_knows_no_ranges(fetch, server):
    server.ranges, server.break_after = False, [3000]
    assert fetch() == BODY
    assert [asked for _, asked in server.requests] == [None, 'bytes=3000-']


def test_it_never_gets_further(fetch, server):
    """Not even by ups and downs, which are no progress either."""
    server.ranges, server.break_after = False, [3000, 2000] * 20
    with pytest.raises(ConnectionError, match='cannot be downloaded'):
        fetch()
    assert len(server.requests) == 1 + downloads._ATTEMPTS


def test_all_of_it_was_there_but_not_yet_verified(fetch, part, server):
    part.write_bytes(BODY)
    assert fetch() == BODY
    assert server.requests == [('data.bin', 'bytes=10240-')]


@pytest.mark.parametrize('rest', [b'something else', BODY + b'and more'])
def test_a_part_of_something_else(rest, fetch, part):
    part.write_bytes(rest)
    assert fetch() == BODY


@pytest.mark.parametrize('body', [b'<html>moved</html>', b'', BODY[:-1]])
def test_wrong_content(body, fetch, server, tmp_path):
    server.files['data.bin'] = body
    with pytest.raises(ValueError, match='(?s)SHA-1 is %s, not %s.*put it at'
                       % (hashlib.sha1(body).hexdigest(), SHA1)):
        fetch()
    assert os.listdir(str(tmp_path / 'in')) == []


def test_404(fetch, server, tmp_path):
    with pytest.raises(ConnectionError, match=(
            '(?s)answers 404.*put it at %s$'
            % re.escape(str(tmp_path / 'in' / 'gone.bin')))):
        fetch('gone.bin')
    assert len(server.requests) == 1    # it will not be there later
    assert os.listdir(str(tmp_path / 'in')) == []


def test_a_server_that_is_busy(fetch, server):
    server.status = [503, 500]
    assert fetch() == BODY
    assert len(server.requests) == 3


def test_no_server(fetch, server):
    server.server_close()
    server.shutdown()
    with pytest.raises(ConnectionError, match='cannot be downloaded'):
        fetch()


def tar(path, *members, mode='w'):
    with tarfile.open(str(path), mode) as file:
        for member in members:
            if isinstance(member, tuple):
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                file.addfile(info, io.BytesIO(member[1]))
            else:
                file.addfile(member)
    return str(path)


def special(name, kind, target=''):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture(params=[True, False], ids=['filter', 'no filter'])
def any_python(request, monkeypatch):
    """Also as Python was before tarfile had filters."""
    if not request.param:
        if hasattr(tarfile.TarFile, 'extraction_filter') or hasattr(
                tarfile, 'data_filter'):
            monkeypatch.delattr(tarfile, 'data_filter')


@pytest.mark.filterwarnings('ignore:Python 3.14:DeprecationWarning')
@pytest.mark.parametrize('member', [
    ('../outside', b'x'), ('a/../../outside', b'x'), ('/outside', b'x'),
    special('link', tarfile.SYMTYPE, '/etc'),
    special('a/link', tarfile.LNKTYPE, '../../outside'),
    special('fifo', tarfile.FIFOTYPE)])
def test_extract_refuses_what_is_outside(member, tmp_path, any_python):
    path = tar(tmp_path / 'a.tar', ('a/good', b'x'), member)
    name = member[0] if isinstance(member, tuple) else member.name
    with pytest.raises(ValueError, match='a.tar must hold.*has '
                       + re.escape(repr(name))):
        downloads.extract(path, str(tmp_path / 'b' / 'c'))
    assert os.listdir(str(tmp_path)) == ['a.tar']   # not even the good one


@pytest.mark.filterwarnings('ignore:Python 3.14:DeprecationWarning')
def test_extract_completes_what_was_broken_off(tmp_path, any_python):
    path = tar(tmp_path / 'a.tar.gz', special('a', tarfile.DIRTYPE),
               ('a/1', b'one'), ('a/b/2', b'two'), ('a/3', b''), mode='w:gz')
    folder = tmp_path / 'to'
    downloads.extract(path, str(folder))
    assert (folder / 'a/1').read_bytes() == b'one'
    assert (folder / 'a/b/2').read_bytes() == b'two'
    assert (folder / 'a/3').read_bytes() == b''
    (folder / 'a/1').write_bytes(b'ONE')    # whole: left alone
    (folder / 'a/b/2').write_bytes(b't')
    (folder / 'a/3').unlink()
    downloads.extract(path, str(folder))
    assert (folder / 'a/1').read_bytes() == b'ONE'
    assert (folder / 'a/b/2').read_bytes() == b'two'
    assert (folder / 'a/3').exists()


def serve(server, monkeypatch, module, name, body):
    monkeypatch.setattr(module, '_URL', server.url + name)
    monkeypatch.setattr(module, '_SHA1', hashlib.sha1(body).hexdigest())
    server.files[name] = body


def test_download_imdb(server, monkeypatch, data_dir):
    path = tar(data_dir.parent / 'x', *(
        ('aclImdb/%s/%s/0_%d.txt' % (part, label, i),
         ('%s\n%s %d' % (part, label.upper(), i)).encode())
        for part in ('train', 'test') for label in ('pos', 'neg')
        for i in range(3)), mode='w:gz')
    with open(path, 'rb') as file:
        serve(server, monkeypatch, sentiment, 'aclImdb_v1.tar.gz',
              file.read())
    for _ in range(2):
        assert d2l.download_imdb() is None
    assert len(server.requests) == 1
    assert sorted(map(str, data_dir.iterdir())) == [
        str(data_dir / 'aclImdb'), str(data_dir / 'aclImdb_v1.tar.gz')]
    assert sorted(d2l.read_imdb('test')) == [
        ['test%s %d' % (label, i), score] for label, score in
        (('neg', 0), ('pos', 1)) for i in range(3)]


def test_download_voc_pascal(server, monkeypatch, tmp_path):
    path = tar(tmp_path / 'x', ('VOCdevkit/VOC2012/ImageSets/list', b'1\n'))
    with open(path, 'rb') as file:
        serve(server, monkeypatch, segmentation,
              'VOCtrainval_11-May-2012.tar', file.read())
    voc_dir = d2l.download_voc_pascal(str(tmp_path / 'data'))
    assert voc_dir == str(tmp_path / 'data') + '/VOCdevkit/VOC2012'
    assert os.listdir(voc_dir) == ['ImageSets']


def test_where_the_edition_downloads_from():
    assert sentiment._URL.startswith('http://ai.stanford.edu/~amaas/')
    assert segmentation._URL.startswith('http://host.robots.ox.ac.uk/pascal/')
    assert detection._URL.endswith('/gluon/dataset/pikachu/')
    for sha1 in (sentiment._SHA1, segmentation._SHA1,
                 *detection._SHA1.values()):
        assert re.fullmatch('[0-9a-f]{40}', sha1)
