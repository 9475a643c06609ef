"""Unpacking archives, also hostile ones."""
import os
import re
import stat
import tarfile
import tracemalloc
import zipfile

import pytest
from tar_files import make_tar, special

from d2l import archives


@pytest.fixture(params=[True, False], ids=['filter', 'no filter'])
def any_python(request, monkeypatch):
    """With tarfile's filters, and as in a Python without them."""
    if not request.param and hasattr(tarfile, 'data_filter'):
        monkeypatch.setattr(tarfile.TarFile, 'extraction_filter',
                            staticmethod(tarfile.fully_trusted_filter),
                            raising=False)
        monkeypatch.delattr(tarfile, 'data_filter')


@pytest.mark.parametrize('member', [
    ('../outside', b'x'), ('a/../../outside', b'x'), ('/outside', b'x'),
    special('link', tarfile.SYMTYPE, '/etc'),
    special('a/link', tarfile.LNKTYPE, '../../outside'),
    special('fifo', tarfile.FIFOTYPE), ('.', b'x'), ('', b'x')])
def test_extract_refuses_members_outside_the_folder(
        member, tmp_path, any_python):
    path = make_tar(tmp_path / 'a.tar', ('a/good', b'x'), member)
    name = member[0] if isinstance(member, tuple) else member.name
    with pytest.raises(ValueError, match=(
            'a.tar must contain only.*but contains '
            + re.escape(repr(name)))):
        archives.extract(path, str(tmp_path / 'b' / 'c'))
    assert os.listdir(str(tmp_path)) == ['a.tar']   # not even a/good


@pytest.fixture
def archive(tmp_path):
    return make_tar(tmp_path / 'a.tar.gz', special('a', tarfile.DIRTYPE),
               ('a/1', b'one'), ('a/b/2', b'two'), ('a/3', b''), mode='w:gz')


def test_extract_unpacks_files_and_folders(archive, tmp_path, any_python):
    folder = tmp_path / 'to'
    archives.extract(archive, str(folder))
    assert (folder / 'a/1').read_bytes() == b'one'
    assert (folder / 'a/b/2').read_bytes() == b'two'
    assert (folder / 'a/3').read_bytes() == b''


def test_extract_completes_an_interrupted_extraction(
        archive, tmp_path, any_python):
    folder = tmp_path / 'to'
    (folder / 'a/b').mkdir(parents=True)
    (folder / 'a/b/2').write_bytes(b't')
    archives.extract(archive, str(folder))
    assert (folder / 'a/b/2').read_bytes() == b'two'
    assert (folder / 'a/3').exists()


def test_extract_leaves_complete_files_alone(archive, tmp_path, any_python):
    folder = tmp_path / 'to'
    (folder / 'a').mkdir(parents=True)
    (folder / 'a/1').write_bytes(b'ONE')    # of the same size
    archives.extract(archive, str(folder))
    assert (folder / 'a/1').read_bytes() == b'ONE'


def test_a_folder_may_be_a_link_to_a_larger_disk(
        archive, tmp_path, any_python):
    disk, folder = tmp_path / 'disk', tmp_path / 'to'
    disk.mkdir(), folder.mkdir()
    (folder / 'a').symlink_to(disk)
    archives.extract(archive, str(folder))
    assert (disk / 'b/2').read_bytes() == b'two'
    assert (folder / 'a').is_symlink()


def test_modes_and_owners_are_not_taken_over(tmp_path, any_python):
    folder, file = special('a', tarfile.DIRTYPE), tarfile.TarInfo('a/1')
    folder.mode, file.mode, file.uid = 0, 0o6777, 12345
    path = make_tar(tmp_path / 'a.tar', folder, file)
    archives.extract(path, str(tmp_path))
    found = os.stat(str(tmp_path / 'a/1'))
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (
        0o644, os.getuid())


def test_a_tar_file_that_unpacks_to_too_much_is_refused(
        tmp_path, monkeypatch, any_python):
    monkeypatch.setattr(archives, 'MAX_SIZE', 100_000)
    huge = tarfile.TarInfo('huge')
    huge.size = 10 ** 15
    for members in ([('a', bytes(60_000)), ('b', bytes(60_000))], [huge],
                    [('%d' % i, b'') for i in range(200)]):
        path = make_tar(tmp_path / 'a.tar.gz', *members, mode='w:gz')
        with pytest.raises(ValueError, match='a.tar.gz must have at most '
                           '100000 bytes when it is unpacked, but has'):
            archives.extract(path, str(tmp_path / 'to'))
        assert os.listdir(str(tmp_path)) == ['a.tar.gz']


def make_zip(path, content, size=None, kind=zipfile.ZIP_DEFLATED):
    """A zip file that holds x, and says that x has `size` bytes."""
    with zipfile.ZipFile(str(path), 'w', kind) as archive:
        archive.writestr('in/x', content)
        if size is not None:
            archive.getinfo('in/x').file_size = size
    return str(path)


@pytest.mark.parametrize('size', [None, 10])
def test_no_more_of_a_zip_bomb_is_read_than_expected(size, tmp_path):
    path = make_zip(tmp_path / 'a.zip', bytes(1 << 26), size)
    tracemalloc.start()
    with pytest.raises(ValueError, match='a.zip .*get another copy'):
        archives.read_zipped(path, 'in/x', 1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize('kind', [
    zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA])
def test_damaged_zip_files_are_refused(kind, tmp_path):
    path = tmp_path / 'a.zip'
    make_zip(path, b'content' * 30, kind=kind)
    whole = path.read_bytes()
    assert archives.read_zipped(str(path), 'in/x', 210) == b'content' * 30
    for content in (b'', whole[:40], whole[:35] + bytes(9) + whole[44:],
                    whole.replace(b'in/x', b'in/y')):
        path.write_bytes(content)
        with pytest.raises(ValueError, match='a.zip must be a zip file that '
                           'holds in/x, but .*get another copy'):
            archives.read_zipped(str(path), 'in/x', 210)


def test_zipped_files_are_unpacked_by_their_names(tmp_path):
    path = make_zip(tmp_path / 'a.zip', b'content')
    assert archives.extract_zipped(path, {'y'}, str(tmp_path)) == {}
    assert archives.extract_zipped(path, {'x'}, str(tmp_path)) == {
        'in/x': str(tmp_path / 'in/x')}
    assert (tmp_path / 'in/x').read_bytes() == b'content'


@pytest.mark.parametrize('size', [None, 10, 10 ** 15])
def test_a_zip_bomb_is_not_unpacked(size, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, 'MAX_SIZE', 1000)
    path = make_zip(tmp_path / 'a.zip', bytes(1 << 20), size)
    with pytest.raises(ValueError, match='a.zip is a zip file, but cannot be'):
        archives.extract_zipped(path, {'x'}, str(tmp_path / 'to'))
    unpacked = tmp_path / 'to' / 'in' / 'x'
    assert not unpacked.exists() or unpacked.stat().st_size <= 1000
