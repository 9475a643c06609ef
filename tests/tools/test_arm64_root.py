"""Where aarch64 cannot be emulated, `make test-arm64` says why."""
import os
import pathlib
import subprocess
import sys

import pytest

TOOLS = pathlib.Path(__file__).parent.parent.parent / 'tools'
sys.path.insert(0, str(TOOLS))
import arm64_root  # noqa: E402


@pytest.fixture
def debian(monkeypatch, tmp_path):
    """This machine is x86-64 and has all programs and keys."""
    monkeypatch.setattr(arm64_root.sys, 'platform', 'linux')
    monkeypatch.setattr(arm64_root.platform, 'machine', lambda: 'x86_64')
    monkeypatch.setattr(arm64_root.shutil, 'which', lambda name: name)
    monkeypatch.setattr(arm64_root, 'KEYRING', tmp_path)
    monkeypatch.setattr(arm64_root, 'NAMESPACE', ['true'])


def test_nothing_is_in_the_way(debian):
    arm64_root.look_for_obstacles()


@pytest.mark.parametrize('name, value, reason', [
    ('platform.machine', lambda: 'aarch64', 'this is linux, aarch64'),
    ('shutil.which', lambda name: None, 'apt-get was not found'),
    ('KEYRING', pathlib.Path('/no/key'), 'install debian-archive-keyring'),
    ('NAMESPACE', ['sh', '-c', 'echo refused; exit 1'], 'Linux 6.7.*refused'),
])
def test_what_is_in_the_way_is_named(debian, monkeypatch, name, value,
                                     reason):
    monkeypatch.setattr('arm64_root.' + name, value)
    with pytest.raises(arm64_root.Obstacle, match=reason):
        arm64_root.look_for_obstacles()


def test_packages_that_cannot_be_reached_are_in_the_way(monkeypatch,
                                                        tmp_path):
    apt_get = tmp_path / 'bin' / 'apt-get'
    apt_get.parent.mkdir()
    apt_get.write_text('#!/bin/sh\necho E: no network\nexit 100\n')
    apt_get.chmod(0o755)
    monkeypatch.setenv('PATH', '%s:%s' % (apt_get.parent, os.environ['PATH']))
    with pytest.raises(arm64_root.Obstacle, match='no network'):
        arm64_root.download(['dash'], 'trixie', 'arm64', tmp_path)


def test_an_obstacle_is_printed_and_no_failure(tmp_path):
    done = subprocess.run(
        [sys.executable, str(TOOLS / 'test_arm64.py')],
        env={'PATH': str(tmp_path)}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True)
    assert done.stdout.startswith('make test-arm64 is skipped: ')
    assert done.stdout.count('\n') == 1 and done.returncode == 0
