"""Files that appear complete or not at all."""
import pytest

from d2l.compat.writing import write_atomically


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / 'file'
    with write_atomically(str(path)) as file:
        file.write(b'content')
        assert not path.exists()
    assert path.read_bytes() == b'content'
    assert list(tmp_path.iterdir()) == [path]


def test_an_earlier_file_stays_if_writing_fails(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'earlier')
    with pytest.raises(ZeroDivisionError), write_atomically(str(path)) as file:
        file.write(b'half of it')
        1 / 0   # noqa: B018
    assert path.read_bytes() == b'earlier'
    assert list(tmp_path.iterdir()) == [path]
