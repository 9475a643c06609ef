"""Files that are no regular ones: refused at once, never replaced."""
import os
import signal
import stat
import subprocess
import sys

import pytest

from d2l.compat.writing import open_regular, write_atomically


def write(path, content=b'new'):
    with write_atomically(str(path)) as file:
        file.write(content)


def test_a_symlink_stays_and_its_target_is_written(tmp_path):
    (tmp_path / 'disk').mkdir()
    target, link = tmp_path / 'disk' / 'target', tmp_path / 'link'
    link.symlink_to(target)
    for content in (b'first', b'second'):       # it dangles at first
        write(link, content)
        assert link.is_symlink() and target.read_bytes() == content
    assert os.listdir(str(tmp_path / 'disk')) == ['target']
    link.unlink()
    link.symlink_to(link)
    with pytest.raises(OSError, match='symbolic links'):
        write(link)


@pytest.mark.parametrize('mode', [0o600, 0o640, 0o666])
def test_the_mode_stays(mode, tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'old')
    path.chmod(mode)
    with write_atomically(str(path)):
        partial, = tmp_path.glob('*.part')      # private from the beginning
        assert partial.stat().st_mode & 0o777 == mode
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.getuid() != 0, reason='needs root to give files away')
def test_the_owner_stays(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'old')
    os.chown(str(path), 1234, 5678)
    write(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678)


@pytest.mark.parametrize('name', [
    'n' * 255, '\u4e2d' * 85, 'a.csv'], ids=['long', 'bytes', 'short'])
def test_names_of_any_length(name, tmp_path):
    write(tmp_path / name)
    assert os.listdir(str(tmp_path)) == [name]


def make_special(path, kind):
    if kind == 'FIFO':
        os.mkfifo(str(path))
    elif kind == 'folder':
        path.mkdir()
    else:
        path.symlink_to('/dev/null')


@pytest.mark.parametrize('kind', ['FIFO', 'folder', 'device'])
def test_what_is_no_regular_file_is_refused_and_stays(kind, tmp_path):
    path = tmp_path / 'it'
    make_special(path, kind)
    before = path.lstat()
    for act in (write, open_regular, lambda path: open_regular(path, 'ab')):
        with pytest.raises(OSError, match='found a ' + kind):
            act(path)
    assert path.lstat() == before
    assert stat.S_ISCHR(os.stat('/dev/null').st_mode)
    assert len(os.listdir(str(tmp_path))) == 1


def test_a_symlink_is_not_followed_where_it_may_not(tmp_path):
    link = tmp_path / 'link'
    link.symlink_to(tmp_path / 'elsewhere')
    for mode in ('rb', 'ab'):
        with pytest.raises(OSError, match='found a symlink'):
            open_regular(str(link), mode, follow=False)
    assert os.listdir(str(tmp_path)) == ['link']


def test_modes(tmp_path):
    path = str(tmp_path / 'file')
    for content in (b'one', b'two'):
        with open_regular(path, 'ab') as file:
            file.write(content)
            assert file.name == path
    with open_regular(path) as file:
        assert file.read() == b'onetwo'


def test_partial_files_go_once_their_writer_is_gone(tmp_path):
    path = tmp_path / 'file'
    code = ('import sys\nfrom d2l.compat.writing import write_atomically\n'
            'with write_atomically(%r) as file:\n'
            '    print("writes", flush=True)\n'
            '    sys.stdin.read()' % str(path))
    writer = subprocess.Popen([sys.executable, '-c', code],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    writer.stdout.readline()
    mine = tmp_path / 'file.mine.part'
    mine.write_bytes(b'mine')
    partial, = set(tmp_path.glob('*.part')) - {mine}
    write(path)
    assert partial.exists()         # of one that lives
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert partial.exists()
    write(path)
    assert set(tmp_path.iterdir()) == {path, mine}
