"""Files from the web: verified, and never there in part.

Over requests, which MXNet needs anyway, and tqdm. (Pooch verifies too, but
begins a broken-off download of two gigabytes anew.)
"""
import hashlib
import os
import re
import tarfile
import time

import requests
from tqdm import tqdm

_TIMEOUT = 10, 60   # seconds: to connect, and without a byte
_ATTEMPTS = 5       # in a row that bring nothing new
_CHUNK = 1 << 16    # bytes; of one that is broken off, none are kept


class _Broken(Exception):
    """The connection failed or ended early; it is worth another try."""


def download(url, folder, sha1):
    """Fetch a file, unless it is there.

    Until it is complete and verified it is called NAME.part; a later call
    goes on from there. Progress is shown on stderr.

    Parameters
    ----------
    url : str
        http or https.
    folder : str
        Made if necessary. The file is called as in `url`.
    sha1 : str
        Of the content, in hexadecimal.

    Returns
    -------
    str
        Path of the file.

    Raises
    ------
    ConnectionError
        The server cannot be reached, refuses, or breaks off for good.
    ValueError
        What it sends is another file.
    """
    path = os.path.join(folder, url.rsplit('/', 1)[-1])
    if os.path.exists(path) and _sha1(path) == sha1:
        return path
    os.makedirs(folder, exist_ok=True)
    part = path + '.part'
    resumed = os.path.exists(part) and os.path.getsize(part) > 0
    _complete(url, part, path)
    found = _sha1(part)
    if found != sha1 and resumed:   # it may have begun with something else
        os.remove(part)
        _complete(url, part, path)
        found = _sha1(part)
    if found != sha1:
        os.remove(part)
        raise ValueError(
            '%s sent another file than expected: its SHA-1 is %s, not %s. '
            'Nothing was kept. Try again later, or get the file elsewhere '
            'and put it at %s' % (url, found, sha1, os.path.abspath(path)))
    os.replace(part, path)
    return path


def _complete(url, part, path):
    """Fetch what `part` lacks, over as many connections as it takes."""
    failures, most = 0, _size(part)
    while True:
        try:
            return _fetch(url, part)
        except (_Broken, requests.RequestException) as error:
            failures = 0 if _size(part) > most else failures + 1
            most = max(most, _size(part))
            if failures == _ATTEMPTS:
                raise ConnectionError(
                    '%s cannot be downloaded (%s). %d bytes of it are in %s; '
                    'call again to go on from there, or get the file '
                    'elsewhere and put it at %s'
                    % (url, error, _size(part), part,
                       os.path.abspath(path))) from error
        time.sleep(failures)


def _fetch(url, part):
    """One connection: append to `part` what it lacks."""
    start = _size(part)
    # compressed for the journey, it could be neither counted nor resumed
    headers = {'Accept-Encoding': 'identity'}
    if start:
        headers['Range'] = 'bytes=%d-' % start
    with requests.get(url, headers=headers, stream=True,
                      timeout=_TIMEOUT) as response:
        if response.status_code == 416:     # it has no more than we have
            whole = re.fullmatch(r'bytes \*/(\d+)',
                                 response.headers.get('Content-Range', ''))
            if whole and int(whole.group(1)) == start:
                return
            os.remove(part)
            raise _Broken('the server has less of it')
        if response.status_code >= 500:
            raise _Broken('the server answers %d' % response.status_code)
        if response.status_code not in (200, 206):
            raise ConnectionError(
                '%s cannot be downloaded: the server answers %d %s. The '
                'address may have changed; get the file elsewhere and put '
                'it at %s' % (url, response.status_code, response.reason,
                              os.path.abspath(part[:-len('.part')])))
        if response.status_code == 200:     # from the beginning
            start = 0
        elif not response.headers.get('Content-Range', '').startswith(
                'bytes %d-' % start):
            os.remove(part)
            raise _Broken('the server sent another range')
        length = response.headers.get('Content-Length')
        total = start + int(length) if length else None
        with open(part, 'ab' if start else 'wb') as file, \
                tqdm(total=total, initial=start, unit='B', unit_scale=True,
                     desc=os.path.basename(part)[:-len('.part')]) as progress:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                progress.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())
    if total is not None and _size(part) != total:
        raise _Broken('it ended after %d of %d bytes' % (_size(part), total))


def extract(path, folder):
    """Unpack a tar file whose members all lie inside `folder`.

    Members that are there in full are left alone, so that what was broken
    off is completed.

    Parameters
    ----------
    path : str
        The file.
    folder : str
        Made if necessary.

    Raises
    ------
    ValueError
        A member would be outside of `folder`, or is neither a file nor a
        folder. Nothing is unpacked.
    """
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        for member in members:
            _refuse_outside(member, path)
        missing = [member for member in members
                   if not _is_there(member, folder)]
        # what Python itself refuses, in versions that do
        if hasattr(tarfile, 'data_filter'):
            tar.extractall(folder, missing, filter='data')
        else:
            tar.extractall(folder, missing)


def _refuse_outside(member, path):
    parts = member.name.split('/')
    if (os.path.isabs(member.name) or '..' in parts
            or not (member.isfile() or member.isdir())):
        raise ValueError(
            '%s must hold files and folders below the one that it is '
            'unpacked in, but has %r, which is %s: do not trust this file'
            % (path, member.name,
               'outside' if member.isfile() or member.isdir()
               else 'a link or a device'))


def _is_there(member, folder):
    path = os.path.join(folder, member.name)
    return (member.isfile() and os.path.isfile(path)
            and os.path.getsize(path) == member.size)


def _size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def _sha1(path):
    digest = hashlib.sha1()
    with open(path, 'rb') as file:
        for chunk in iter(lambda: file.read(_CHUNK), b''):
            digest.update(chunk)
    return digest.hexdigest()
