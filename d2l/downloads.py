"""Downloads that are verified, resumed and moved into place when complete.

They use requests, which MXNet requires anyway, and tqdm. Pooch verifies too,
but cannot resume a download of two gigabytes.
"""
import contextlib
import fcntl
import os
import re
import sys
import time

import requests
import urllib3
from tqdm import tqdm

from .compat.shared_copy import compute_sha1, find_shared
from .compat.writing import open_regular, require_regular

_TIMEOUT = 10, 60       # seconds: to connect, and between two bytes
_MIN_RATE = 1000        # bytes/s; a slower connection is replaced
_MAX_FAILURES = 5       # attempts in a row that gave less than a chunk
_CHUNK_SIZE = 1 << 16   # bytes
_SUFFIX = '.part'       # of a partial file


class _RetryableError(Exception):
    """A failed or interrupted transfer; another attempt may succeed."""


def download(url, folder, sha1, max_size=4 << 30):
    """Download a file, unless it exists with the expected content.

    It may also exist in the folder that the environment variable D2L_DATA
    names, which is only read.

    Until the file is complete and verified it is called NAME.part; a later
    call resumes it. Of several processes that want the same file, one
    downloads it and the others wait. Progress is shown on stderr.

    Parameters
    ----------
    url : str
        http or https.
    folder : str
        Where to put the file, under its name in `url`. Made if necessary.
    sha1 : str
        The expected SHA-1 of the content, in hexadecimal.
    max_size : int, optional
        In bytes; a server that sends more is sending another file.

    Returns
    -------
    str
        The path of the file, in `folder` or in D2L_DATA.

    Raises
    ------
    ConnectionError
        The server cannot be reached, refuses, or keeps interrupting the
        download.
    ValueError
        The server sends another file than expected.
    OSError
        The place of the file is taken by something that is no file, such as
        a folder.
    """
    name = url.rsplit('/', 1)[-1]
    path = os.path.join(folder, name)
    if _is_whole(path, sha1):
        return path
    shared = find_shared(name, sha1)
    if shared:
        return shared
    os.makedirs(folder, exist_ok=True)
    target = os.path.realpath(path)     # a link to another disk stays one
    require_regular(target)
    with _open_partial(target + _SUFFIX) as file:
        if not _is_whole(path, sha1):   # another process was faster
            _fetch(url, file, path, sha1, max_size)
            os.replace(file.name, target)
    return path


def _is_whole(path, sha1):
    return os.path.isfile(path) and compute_sha1(path) == sha1


# -- the partial file
@contextlib.contextmanager
def _open_partial(path):
    """The partial file, locked; it is removed if it remains empty."""
    while True:
        with open_regular(path, 'ab', follow=False) as file:
            _lock(file)
            # the one that had the lock may have moved or removed it
            if not _is_at(path, file):
                continue
            try:
                yield file
            finally:
                file.flush()
                if not _file_size(file) and _is_at(path, file):
                    os.unlink(path)
        return


def _lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f'waiting for another process that downloads {file.name}',
              file=sys.stderr, flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:     # a file system without locks
        pass


def _is_at(path, file):
    try:
        return os.path.samestat(os.lstat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _file_size(file):
    return os.fstat(file.fileno()).st_size


# -- the transfer
def _fetch(url, file, path, sha1, max_size):
    """Complete the partial file and verify it."""
    resumed = _file_size(file) > 0
    while True:
        _download_rest(url, file, path, max_size)
        found = compute_sha1(file.name)
        if found == sha1:
            return
        file.truncate(0)
        if not resumed:
            raise ValueError(
                f'{url} sent another file than expected: its SHA-1 is '
                f'{found}, not {sha1}. The download was discarded. Try again '
                'later, or ' + _by_hand(path))
        resumed = False     # its beginning may have been of another file


def _by_hand(path):
    return ('get the file elsewhere and put it at '
            f'{os.path.abspath(path)}, or call python -m d2l data add FILE, '
            'which recognises it')


def _download_rest(url, file, path, max_size):
    """Complete a partial file, with as many requests as it takes."""
    failures, longest = 0, _file_size(file)
    while True:
        try:
            return _request_rest(url, file, path, max_size)
        except (_RetryableError, requests.RequestException,
                urllib3.exceptions.HTTPError) as error:
            size = _file_size(file)
            if size >= longest + _CHUNK_SIZE:
                failures = 0
            else:
                failures += 1
            longest = max(longest, size)
            if failures == _MAX_FAILURES:
                raise ConnectionError(
                    f'{url} cannot be downloaded ({error}). {size} bytes of '
                    f'it are in {file.name}: call again to resume, or '
                    + _by_hand(path)) from error
        time.sleep(failures)


def _request_rest(url, file, path, max_size):
    """Make one request for the missing bytes and append the response."""
    start = _file_size(file)
    # a compressed response could not be resumed
    headers = {'Accept-Encoding': 'identity'}
    if start:
        headers['Range'] = f'bytes={start}-'
    with requests.get(url, headers=headers, stream=True,
                      timeout=_TIMEOUT) as response:
        if response.status_code == 416 and start:   # nothing after `start`
            if _content_range(response) == f'bytes */{start}':
                return
            file.truncate(0)
            raise _RetryableError('the file on the server is shorter')
        _require_success(response, url, path)
        if not _continues(response, start):
            file.truncate(0)
            if response.status_code != 200:
                raise _RetryableError('the server sent another range')
            start = 0
        length = response.headers.get('Content-Length', '')
        total = start + int(length) if length.isdecimal() else None
        if total is not None and total > max_size:
            _refuse_size(file, url, path, max_size)
        file.seek(start)
        with tqdm(total=total, initial=start, unit='B', unit_scale=True,
                  desc=os.path.basename(path)) as progress:
            for chunk in _read_chunks(response):
                if file.tell() + len(chunk) > max_size:
                    _refuse_size(file, url, path, max_size)
                file.write(chunk)
                file.flush()
                progress.update(len(chunk))
        os.fsync(file.fileno())
    size = _file_size(file)
    if total is not None and size != total:
        raise _RetryableError(f'it ended after {size} of {total} bytes')


def _content_range(response):
    return response.headers.get('Content-Range', '')


def _require_success(response, url, path):
    status = response.status_code
    if status >= 500 or status == 416:
        raise _RetryableError(f'the server answers {status}')
    if status not in (200, 206):
        raise ConnectionError(
            f'{url} cannot be downloaded: the server answers {status} '
            f'{response.reason}. The address may have changed: '
            + _by_hand(path))


def _continues(response, start):
    """Whether the body begins with byte `start` of the file."""
    sent = _content_range(response)
    if response.status_code == 200 or not sent:
        return start == 0
    found = re.match(r'bytes (\d+)-(\d+)/', sent)
    return found and int(found[1]) == start <= int(found[2])


def _refuse_size(file, url, path, max_size):
    file.truncate(0)
    raise ValueError(
        f'{url} sent another file than expected: it has more than {max_size} '
        'bytes. The download was discarded. Try again later, or '
        + _by_hand(path))


def _read_chunks(response):
    """The bytes of the body as they are sent, whatever their encoding.

    A server may call a .gz file an encoded one.

    Raises
    ------
    _RetryableError
        They come more slowly than _MIN_RATE.
    """
    # urllib3 2 can return what has come; read waits until a chunk is full
    read = getattr(response.raw, 'read1', response.raw.read)
    since, count = time.monotonic(), 0
    while True:
        chunk = read(_CHUNK_SIZE, decode_content=False)
        if not chunk:
            return
        yield chunk
        count += len(chunk)
        seconds = time.monotonic() - since
        if seconds > _TIMEOUT[1]:
            if count < _MIN_RATE * seconds:
                raise _RetryableError(
                    f'only {count} bytes came in {seconds:.0f} s')
            since, count = time.monotonic(), 0
