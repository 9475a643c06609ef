"""Downloads that are verified, resumed and moved into place when complete.

They use requests, which MXNet requires anyway, and tqdm. Pooch verifies too,
but cannot resume a download of two gigabytes.
"""
import os
import tarfile
import time

import requests
from tqdm import tqdm

from .compat.shared_copy import compute_sha1, find_shared

_TIMEOUT = 10, 60       # seconds: to connect, and between two bytes
_MAX_FAILURES = 5       # attempts in a row without progress
_CHUNK_SIZE = 1 << 16   # bytes; an incomplete chunk is discarded
_SUFFIX = '.part'       # of a partial file


class _RetryableError(Exception):
    """A failed or interrupted transfer; another attempt may succeed."""


def download(url, folder, sha1):
    """Download a file, unless it exists with the expected content.

    It may also exist in the folder that the environment variable D2L_DATA
    names, which is only read.

    Until the file is complete and verified it is called NAME.part; a later
    call resumes it. Progress is shown on stderr.

    Parameters
    ----------
    url : str
        http or https.
    folder : str
        Where to put the file, under its name in `url`. Made if necessary.
    sha1 : str
        The expected SHA-1 of the content, in hexadecimal.

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
    """
    name = url.rsplit('/', 1)[-1]
    path = os.path.join(folder, name)
    if os.path.exists(path) and compute_sha1(path) == sha1:
        return path
    shared = find_shared(name, sha1)
    if shared:
        return shared
    os.makedirs(folder, exist_ok=True)
    partial = path + _SUFFIX
    resumed = _file_size(partial) > 0
    _download_rest(url, partial, path)
    found = compute_sha1(partial)
    if found != sha1 and resumed:   # its beginning may be of another file
        os.remove(partial)
        _download_rest(url, partial, path)
        found = compute_sha1(partial)
    if found != sha1:
        os.remove(partial)
        raise ValueError(
            f'{url} sent another file than expected: its SHA-1 is {found}, '
            f'not {sha1}. The download was discarded. Try again later, or '
            + _by_hand(path))
    os.replace(partial, path)
    return path


def _by_hand(path):
    return ('get the file elsewhere and put it at '
            f'{os.path.abspath(path)}, or call python -m d2l data add FILE, '
            'which recognises it')


def _download_rest(url, partial, path):
    """Complete a partial file, with as many requests as it takes."""
    failures, longest = 0, _file_size(partial)
    while True:
        try:
            return _request_rest(url, partial, path)
        except (_RetryableError, requests.RequestException) as error:
            size = _file_size(partial)
            failures = 0 if size > longest else failures + 1
            longest = max(longest, size)
            if failures == _MAX_FAILURES:
                raise ConnectionError(
                    f'{url} cannot be downloaded ({error}). {size} bytes of '
                    f'it are in {partial}: call again to resume, or '
                    + _by_hand(path)) from error
        time.sleep(failures)


def _request_rest(url, partial, path):
    """Make one request for the missing bytes and append the response."""
    start = _file_size(partial)
    # a compressed response could not be resumed
    headers = {'Accept-Encoding': 'identity'}
    if start:
        headers['Range'] = f'bytes={start}-'
    with requests.get(url, headers=headers, stream=True,
                      timeout=_TIMEOUT) as response:
        content_range = response.headers.get('Content-Range', '')
        if response.status_code == 416:     # nothing after `start`
            if content_range == f'bytes */{start}':
                return
            os.remove(partial)
            raise _RetryableError('the file on the server is shorter')
        if response.status_code >= 500:
            raise _RetryableError(
                f'the server answers {response.status_code}')
        if response.status_code not in (200, 206):
            raise ConnectionError(
                f'{url} cannot be downloaded: the server answers '
                f'{response.status_code} {response.reason}. The address may '
                'have changed: ' + _by_hand(path))
        if response.status_code == 200:     # the complete file
            start = 0
        elif not content_range.startswith(f'bytes {start}-'):
            os.remove(partial)
            raise _RetryableError('the server sent another range')
        length = response.headers.get('Content-Length')
        total = start + int(length) if length else None
        with open(partial, 'ab' if start else 'wb') as file, \
                tqdm(total=total, initial=start, unit='B', unit_scale=True,
                     desc=os.path.basename(path)) as progress:
            for chunk in response.iter_content(_CHUNK_SIZE):
                file.write(chunk)
                progress.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())
    size = _file_size(partial)
    if total is not None and size != total:
        raise _RetryableError(f'it ended after {size} of {total} bytes')


def extract(path, folder):
    """Unpack a tar file, refusing members outside `folder`.

    Members that exist in full are left alone, so that calling this again
    completes an interrupted extraction.

    Parameters
    ----------
    path : str
        The path of the tar file.
    folder : str
        The folder to unpack in. Made if necessary.

    Raises
    ------
    ValueError
        A member lies outside `folder`, or is neither a file nor a folder.
        Nothing is unpacked.
    """
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        for member in members:
            _require_inside(member, path)
        missing = [member for member in members
                   if not _is_extracted(member, folder)]
        # newer versions of Python can refuse unsafe members themselves
        if hasattr(tarfile, 'data_filter'):
            tar.extractall(folder, missing, filter='data')
        else:
            tar.extractall(folder, missing)


def _require_inside(member, path):
    if not (member.isfile() or member.isdir()):
        found = 'a link or a device'
    elif os.path.isabs(member.name) or '..' in member.name.split('/'):
        found = 'outside'
    else:
        return
    raise ValueError(
        f'{path} must contain only files and folders inside the folder it '
        f'is unpacked in, but contains {member.name!r}, which is {found}: '
        'do not trust this file')


def _is_extracted(member, folder):
    path = os.path.join(folder, member.name)
    return (member.isfile() and os.path.isfile(path)
            and os.path.getsize(path) == member.size)


def _file_size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0
