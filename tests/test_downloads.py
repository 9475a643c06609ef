"""Downloads from a local server, and extraction."""
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
    monkeypatch.setattr(downloads, '_CHUNK_SIZE', 1000)
    monkeypatch.setattr(downloads, 'time', types.SimpleNamespace(
        sleep=lambda seconds: None))
    with Server({'data.bin': BODY}) as server:
        yield server


@pytest.fixture
def fetch(server, tmp_path):
    """A function that downloads data.bin and returns its content."""
    def fetch(name='data.bin'):
        path = downloads.download(server.url + name, str(tmp_path / 'in'),
                                  SHA1)
        assert path == str(tmp_path / 'in' / name)
        assert os.listdir(str(tmp_path / 'in')) == [name]
        return (tmp_path / 'in' / name).read_bytes()
    return fetch


@pytest.fixture
def partial(tmp_path):
    """The path of the partial file, in an empty folder."""
    (tmp_path / 'in').mkdir()
    return tmp_path / 'in' / 'data.bin.part'


def test_a_file_is_downloaded_with_one_request(fetch, server):
    assert fetch() == BODY
    assert server.requests == [('data.bin', None)]


def test_progress_is_shown_on_stderr(fetch, capfd):
    fetch()
    out, err = capfd.readouterr()
    assert out == '' and 'data.bin: 100%' in err and '10.2k/10.2k' in err


def test_an_existing_file_is_not_downloaded_again(fetch, server):
    fetch()
    assert fetch() == BODY
    assert len(server.requests) == 1


def test_an_existing_file_with_other_content_is_replaced(fetch, partial):
    (partial.parent / 'data.bin').write_bytes(b'half of it')
    assert fetch() == BODY


def test_a_stalled_connection_is_replaced_by_another(
        fetch, server, monkeypatch):
    monkeypatch.setattr(downloads, '_TIMEOUT', (60, 1))
    server.stall_after = [1000]
    assert fetch() == BODY
    assert ('data.bin', 'bytes=1000-') in server.requests


def test_an_interrupted_download_is_resumed(fetch, server):
    server.break_after = [3000, 4000]
    assert fetch() == BODY
    assert server.requests == [('data.bin', None),
                               ('data.bin', 'bytes=3000-'),
                               ('data.bin', 'bytes=7000-')]


def test_a_download_that_keeps_failing_says_how_to_resume(
        fetch, server, partial):
    server.break_after = [2000] + [0] * downloads._MAX_FAILURES
    with pytest.raises(ConnectionError, match=(
            r'2000 bytes of it are in .*data\.bin\.part: call again.*'
            r'put it at .*data\.bin, or call .*d2l data add')):
        fetch()
    assert partial.read_bytes() == BODY[:2000]
    assert os.listdir(str(partial.parent)) == [partial.name]


def test_the_next_call_resumes_a_partial_file(fetch, server, partial):
    partial.write_bytes(BODY[:2000])
    assert fetch() == BODY
    assert server.requests == [('data.bin', 'bytes=2000-')]


def test_without_ranges_a_download_starts_again(fetch, server):
    server.supports_ranges, server.break_after = False, [3000]
    assert fetch() == BODY
    assert server.requests == [('data.bin', None),
                               ('data.bin', 'bytes=3000-')]


def test_only_a_longer_partial_file_counts_as_progress(fetch, server):
    server.supports_ranges, server.break_after = False, [3000, 2000] * 20
    with pytest.raises(ConnectionError, match='cannot be downloaded'):
        fetch()
    assert len(server.requests) == 1 + downloads._MAX_FAILURES


def test_a_complete_partial_file_is_verified_and_used(
        fetch, partial, server):
    partial.write_bytes(BODY)
    assert fetch() == BODY
    assert server.requests == [('data.bin', 'bytes=10240-')]


@pytest.mark.parametrize('content', [b'something else', BODY + b'and more'])
def test_a_partial_file_with_other_content_is_discarded(
        content, fetch, partial):
    partial.write_bytes(content)
    assert fetch() == BODY


@pytest.mark.parametrize('body', [b'<html>moved</html>', b'', BODY[:-1]])
def test_wrong_content_is_refused_and_discarded(
        body, fetch, server, tmp_path):
    server.files['data.bin'] = body
    with pytest.raises(ValueError, match='(?s)SHA-1 is %s, not %s.*put it at'
                       % (hashlib.sha1(body).hexdigest(), SHA1)):
        fetch()
    assert os.listdir(str(tmp_path / 'in')) == []


def test_a_missing_file_is_an_error_after_one_request(
        fetch, server, tmp_path):
    with pytest.raises(ConnectionError, match=(
            '(?s)answers 404.*put it at %s, or call .*d2l data add'
            % re.escape(str(tmp_path / 'in' / 'gone.bin')))):
        fetch('gone.bin')
    assert len(server.requests) == 1
    assert os.listdir(str(tmp_path / 'in')) == []


def test_errors_of_the_server_are_retried(fetch, server):
    server.status = [503, 500]
    assert fetch() == BODY
    assert len(server.requests) == 3


def test_a_server_that_does_not_answer_is_an_error(fetch, server):
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
    """With tarfile's filters, and as in a Python without them."""
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
def test_extract_refuses_members_outside_the_folder(
        member, tmp_path, any_python):
    path = tar(tmp_path / 'a.tar', ('a/good', b'x'), member)
    name = member[0] if isinstance(member, tuple) else member.name
    with pytest.raises(ValueError, match=(
            'a.tar must contain only.*but contains '
            + re.escape(repr(name)))):
        downloads.extract(path, str(tmp_path / 'b' / 'c'))
    assert os.listdir(str(tmp_path)) == ['a.tar']   # not even a/good


@pytest.fixture
def archive(tmp_path):
    return tar(tmp_path / 'a.tar.gz', special('a', tarfile.DIRTYPE),
               ('a/1', b'one'), ('a/b/2', b'two'), ('a/3', b''), mode='w:gz')


@pytest.mark.filterwarnings('ignore:Python 3.14:DeprecationWarning')
def test_extract_unpacks_files_and_folders(archive, tmp_path, any_python):
    folder = tmp_path / 'to'
    downloads.extract(archive, str(folder))
    assert (folder / 'a/1').read_bytes() == b'one'
    assert (folder / 'a/b/2').read_bytes() == b'two'
    assert (folder / 'a/3').read_bytes() == b''


@pytest.mark.filterwarnings('ignore:Python 3.14:DeprecationWarning')
def test_extract_completes_an_interrupted_extraction(
        archive, tmp_path, any_python):
    folder = tmp_path / 'to'
    (folder / 'a/b').mkdir(parents=True)
    (folder / 'a/b/2').write_bytes(b't')
    downloads.extract(archive, str(folder))
    assert (folder / 'a/b/2').read_bytes() == b'two'
    assert (folder / 'a/3').exists()


@pytest.mark.filterwarnings('ignore:Python 3.14:DeprecationWarning')
def test_extract_leaves_complete_files_alone(archive, tmp_path, any_python):
    folder = tmp_path / 'to'
    (folder / 'a').mkdir(parents=True)
    (folder / 'a/1').write_bytes(b'ONE')    # of the same size
    downloads.extract(archive, str(folder))
    assert (folder / 'a/1').read_bytes() == b'ONE'


def serve(server, monkeypatch, module, name, body):
    monkeypatch.setattr(module, 'URL', server.url + name)
    monkeypatch.setattr(module, 'SHA1', hashlib.sha1(body).hexdigest())
    server.files[name] = body


@pytest.fixture
def imdb(server, monkeypatch, data_dir):
    """Makes the server have a small IMDB data set."""
    path = tar(data_dir.parent / 'x', *(
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
    path = tar(tmp_path / 'x', ('VOCdevkit/VOC2012/ImageSets/list', b'1\n'))
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
