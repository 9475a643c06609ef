"""A clone made with Git for Windows' setting works: it is used in WSL2."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent


def run(folder, *command):
    return subprocess.run(
        command, cwd=str(folder), check=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True).stdout


@pytest.mark.skipif(
    not (ROOT / '.git').exists() or shutil.which('git') is None,
    reason='this is no clone, or Git is not installed')
def test_a_clone_with_autocrlf_has_plain_line_ends_and_whole_data(tmp_path):
    clone = tmp_path / 'clone'
    run(tmp_path, 'git', 'clone', '--quiet', '-c', 'core.autocrlf=true',
        '-c', 'core.eol=crlf', str(ROOT), str(clone))
    lines = run(clone, 'git', 'ls-files', '--eol').splitlines()
    assert len(lines) > 300
    assert not [line for line in lines
                if 'w/crlf' in line or 'w/mixed' in line]
    assert 'make run' in run(clone, 'make', 'help')
    run(clone, 'sh', 'tools/pythons.sh')
    for path in (ROOT / 'd2l' / 'data').iterdir():
        assert (clone / 'd2l' / 'data' / path.name
                ).read_bytes() == path.read_bytes()
