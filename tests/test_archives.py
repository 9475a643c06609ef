"""Unpacking tar files, also hostile ones."""
import os
import re
import stat
import tarfile

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
