"""The extra that `make` installs on a machine with these GPUs."""
import pathlib
import subprocess
import sys

import pytest

TOOLS = pathlib.Path(__file__).parent.parent.parent / 'tools'
sys.path.insert(0, str(TOOLS))
import choose_extra  # noqa: E402

nvidia = choose_extra.load_nvidia()
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
                               amd_driver) == extra


def test_it_prints_one_extra_without_any_package():
    done = subprocess.run(
        [sys.executable, '-S', str(TOOLS / 'choose_extra.py')],
        stdout=subprocess.PIPE, universal_newlines=True, check=True)
    assert done.stdout.strip() in ('cpu', 'cu112', 'gpu')
