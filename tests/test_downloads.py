"""Downloads from a local server."""
import hashlib
import itertools
import os
import re
import subprocess
import sys
import threading
import time
import types

import pytest
from server import Server

from d2l import downloads

pytestmark = pytest.mark.usefixtures('loopback')
BODY = bytes(range(256)) * 40   # 10,240 bytes
SHA1 = hashlib.sha1(BODY).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(downloads, '_CHUNK_SIZE', 1000)
    monkeypatch.setattr(downloads, 'time', types.SimpleNamespace(
        sleep=lambda seconds: None, monotonic=time.monotonic))
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


@pytest.mark.parametrize('partial_size', [0, 2000])
@pytest.mark.parametrize('status, headers', [
    (416, {'Content-Range': 'bytes */7'}), (416, {}), (206, {}),
    (206, {'Content-Range': 'bytes 9-7/10240'}),
    (200, {'Content-Encoding': 'gzip'}), (200, {'Content-Length': 'a'}),
    (200, {'Content-Length': '-5'}), (200, {'Content-Length': '5, 5'})])
def test_an_odd_answer_is_used_or_replaced_by_another(
        status, headers, partial_size, fetch, server, partial):
    partial.write_bytes(BODY[:partial_size])
    if headers.get('Content-Length', '-')[0] == '5':
        server.answers = [(status, headers)]    # cuts the body
    else:
        server.answers = [(status, headers)] * 2
    assert fetch() == BODY


def test_answers_that_stay_odd_are_an_error(fetch, server, tmp_path):
    server.answers = [(416, {})] * downloads._MAX_FAILURES
    with pytest.raises(ConnectionError, match='the server answers 416'):
        fetch()
    assert os.listdir(str(tmp_path / 'in')) == []


@pytest.mark.parametrize('length', [{}, {'Content-Length': str(10 ** 15)}])
def test_a_body_without_end_is_refused(length, server, tmp_path):
    server.answers, server.is_endless = [(200, length)], True
    with pytest.raises(ValueError, match='more than 20000 bytes'):
        downloads.download(server.url + 'data.bin', str(tmp_path / 'in'),
                           SHA1, 20000)
    assert os.listdir(str(tmp_path / 'in')) == []


def test_a_server_that_drips_is_an_error(fetch, server, monkeypatch):
    clock = itertools.count(step=61)
    monkeypatch.setattr(downloads.time, 'monotonic', lambda: next(clock))
    server.break_after = [10] * downloads._MAX_FAILURES
    with pytest.raises(ConnectionError, match='only 10 bytes came in 61 s'):
        fetch()
    assert len(server.requests) == downloads._MAX_FAILURES


def test_processes_that_want_one_file_share_a_download(server, tmp_path):
    server.stall_after = [3000]     # until all have asked for the file
    code = ('import sys\nfrom d2l import downloads\n'
            'downloads.download(*sys.argv[1:])')
    processes = [subprocess.Popen(
        [sys.executable, '-c', code, server.url + 'data.bin', str(tmp_path),
         SHA1], stderr=subprocess.PIPE, universal_newlines=True)
        for _ in range(3)]
    waiting = []
    readers = [threading.Thread(target=lambda p=process: waiting.extend(
        line for line in p.stderr if 'waiting for another' in line))
        for process in processes]
    for reader in readers:
        reader.start()
    while len(waiting) < 2 and any(p.poll() is None for p in processes):
        time.sleep(0.01)
    server.ended.set()
    assert [process.wait() for process in processes] == [0] * 3
    for process, reader in zip(processes, readers):
        reader.join()
        process.stderr.close()
    # one may wait again, for the next to get the lock
    assert len(waiting) >= 2
    assert server.requests == [('data.bin', None),
                               ('data.bin', 'bytes=3000-')]
    assert os.listdir(str(tmp_path)) == ['data.bin']


@pytest.mark.parametrize('name', ['data.bin', 'data.bin.part'])
@pytest.mark.parametrize('make, kind', [(os.mkfifo, 'FIFO'),
                                        (os.mkdir, 'folder')])
def test_what_is_no_file_is_refused_and_left(
        make, kind, name, server, tmp_path):
    make(str(tmp_path / name))
    with pytest.raises(OSError, match='found a %s: move it' % kind):
        downloads.download(server.url + 'data.bin', str(tmp_path), SHA1)
    assert os.listdir(str(tmp_path)) == [name]
    assert server.requests == []


def test_a_partial_file_that_is_a_link_is_refused(server, tmp_path):
    (tmp_path / 'mine').write_bytes(b'mine')
    (tmp_path / 'data.bin.part').symlink_to('mine')
    with pytest.raises(OSError, match='found a symlink: move it'):
        downloads.download(server.url + 'data.bin', str(tmp_path), SHA1)
    assert (tmp_path / 'mine').read_bytes() == b'mine'


def test_a_link_to_a_larger_disk_stays_one(server, tmp_path):
    (tmp_path / 'disk').mkdir()
    (tmp_path / 'data.bin').symlink_to('disk/data.bin')
    path = downloads.download(server.url + 'data.bin', str(tmp_path), SHA1)
    assert os.readlink(path) == 'disk/data.bin'
    assert (tmp_path / 'disk/data.bin').read_bytes() == BODY
