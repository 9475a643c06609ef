"""The extra that `make` installs on a machine with these GPUs."""
import os
import pathlib
import subprocess
import sys

import pytest

TOOLS = pathlib.Path(__file__).parent.parent.parent / 'tools'
sys.path.insert(0, str(TOOLS))
import choose_extra  # noqa: E402

from d2l.compat import nvidia  # noqa: E402

A100 = nvidia.GPU('NVIDIA A100', (8, 0))
ADA = nvidia.GPU('NVIDIA GeForce RTX 4090', (8, 9))
H200 = nvidia.GPU('NVIDIA H200', (9, 0))
KEPLER = nvidia.GPU('Tesla K80', (3, 7))


@pytest.mark.parametrize('gpus, nvidia_driver, amd_driver, extra', [
    ([], False, False, 'cpu'),
    ([], True, False, 'cu112'),     # the driver does not tell
    ([], False, True, 'gpu'),
    ([A100, ADA], True, False, 'cu112'),
    ([H200], True, False, 'gpu'),
    ([A100, H200], True, False, 'gpu'),
    ([KEPLER], True, False, 'gpu'),
])
def test_the_extra_fits_the_gpus(gpus, nvidia_driver, amd_driver, extra):
    assert choose_extra.choose(gpus, nvidia.has_kernels, nvidia_driver,
                               amd_driver, 'x86_64') == extra


@pytest.mark.parametrize('gpus, nvidia_driver, amd_driver, extra', [
    ([], False, False, 'cpu'),
    ([], True, False, 'gpu'),
    ([A100], True, False, 'gpu'),
    ([], False, True, 'gpu'),
])
def test_there_is_no_cuda_build_for_aarch64(gpus, nvidia_driver, amd_driver,
                                            extra):
    assert choose_extra.choose(gpus, nvidia.has_kernels, nvidia_driver,
                               amd_driver, 'aarch64') == extra


def test_it_prints_one_extra_without_any_package():
    done = subprocess.run(
        [sys.executable, '-S', str(TOOLS / 'choose_extra.py')],
        stdout=subprocess.PIPE, universal_newlines=True, check=True)
    assert done.stdout.strip() in ('cpu', 'cu112', 'gpu')


def test_make_refuses_the_cuda_build_on_aarch64(tmp_path):
    uname = tmp_path / 'uname'
    uname.write_text('#!/bin/sh\necho aarch64\n')
    uname.chmod(0o755)
    done = subprocess.run(
        ['make', 'quick', 'EXTRA=cu112', 'VENV=%s' % (tmp_path / 'venv'),
         'PYTHON=%s' % sys.executable], cwd=str(TOOLS.parent),
        env=dict(os.environ, PATH='%s:%s' % (tmp_path, os.environ['PATH'])),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True)
    assert done.returncode and 'this is aarch64. Use EXTRA=gpu' in done.stdout
    assert not (tmp_path / 'venv').exists()
