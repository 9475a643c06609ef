"""Which interpreters make finds on a machine, and what it says about them."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.fixture
def machine(tmp_path):
    """A PATH with only these: `machine({'python3': (3, 16)})`."""
    def add(pythons):
        for tool in ('sh', 'ls', 'awk', 'sed', 'echo', 'make'):
            (tmp_path / tool).symlink_to(shutil.which(tool))
        for name, version in pythons.items():
            # answers a question as that version would, and makes no venv
            (tmp_path / name).write_text(
                '#!/bin/sh\ntest "$1" != -m || exit 1\n'
                'test "$1" = -c || exec %s "$@"\nexec %s -c "import sys\n'
                'sys.version_info = %r\nsys.executable = \'$0\'\n$2"\n'
                % (sys.executable, sys.executable, version + (0,)))
            (tmp_path / name).chmod(0o755)
        environment = dict(os.environ, PATH=str(tmp_path),
                           PYENV_ROOT=str(tmp_path / 'pyenv'))
        for name in ('MAKEFLAGS', 'PYTHON'):    # of `make PYTHON=... test`
            environment.pop(name, None)
        return environment
    return add


def run(environment, *command):
    result = subprocess.run(
        command, cwd=str(ROOT), env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True)
    return result.stdout


def find(environment):
    out = run(environment, 'sh', 'tools/pythons.sh')
    return [line.split(' ')[0] for line in out.splitlines()]


def test_the_default_comes_first_then_the_newest(machine):
    found = find(machine({'python3': (3, 11), 'python3.8': (3, 8),
                          'python3.14': (3, 14), 'python3.15': (3, 15)}))
    assert found == ['3.11', '3.15', '3.14', '3.8']


def test_an_older_python_is_left_out(machine):
    assert find(machine({'python3': (3, 7), 'python3.9': (3, 9)})) == ['3.9']


def test_a_newer_python_comes_after_those_that_were_tested(machine):
    found = find(machine({'python3': (3, 16), 'python3.9': (3, 9)}))
    assert found == ['3.9', '3.16']


def test_make_tries_a_newer_python_and_says_so(machine, tmp_path):
    out = run(machine({'python3': (3, 16)}), 'make',
              'VENV=%s' % (tmp_path / 'venv'), str(tmp_path / 'venv/ready'))
    assert 'python3 is newer than Python 3.15, the newest that was' in out
    assert 'Making %s with' % (tmp_path / 'venv') in out


def test_make_does_not_speak_of_a_python_that_was_tested(machine, tmp_path):
    out = run(machine({'python3': (3, 15)}), 'make',
              'VENV=%s' % (tmp_path / 'venv'), str(tmp_path / 'venv/ready'))
    assert 'newer than' not in out and 'Making ' in out


def test_make_says_that_there_is_no_python(machine, tmp_path):
    out = run(machine({'python3': (3, 7)}), 'make',
              'VENV=%s' % (tmp_path / 'venv'), str(tmp_path / 'venv/ready'))
    assert 'No Python 3.8 or newer was found on the PATH' in out


@pytest.mark.parametrize('version, fits', [((3, 11), True), ((3, 13), False)])
def test_make_says_that_a_wheelhouse_is_for_another_python(
        version, fits, machine, tmp_path):
    house = tmp_path / 'house'
    house.mkdir()
    (house / 'numpy-2.4.6-cp311-cp311-manylinux.whl').touch()
    out = run(machine({'python3': version}), 'make', 'WHEELHOUSE=%s' % house,
              'VENV=%s' % (tmp_path / 'venv'), str(tmp_path / 'venv/ready'))
    assert ('house has no packages for the version of' in out) is not fits
    assert ('Making %s' % (tmp_path / 'venv') in out) is fits
