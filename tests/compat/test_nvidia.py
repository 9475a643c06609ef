"""The driver's answers about GPUs; a small library stands in for it."""
import ctypes
import os
import subprocess
import sys

import pytest
from limits import LIMIT
from stand_ins import build_driver, needs_gcc

from d2l.compat import nvidia


@pytest.fixture(scope='module')
def stand_in(tmp_path_factory):
    return build_driver(tmp_path_factory.mktemp('driver'))


@pytest.fixture
def machine(stand_in, monkeypatch):
    """A function that sets the GPUs and the version of this driver."""
    monkeypatch.setattr(nvidia, '_load_library',
                        lambda name: ctypes.CDLL(str(stand_in / name)))

    def machine(**environ):
        nvidia.installed_gpus.cache_clear()
        for name in ('GPUS', 'CAPABILITY', 'DRIVER'):
            monkeypatch.setenv(name, str(environ.get(name.lower(), 0)))
    monkeypatch.delenv('CUDA_INITIALISED', raising=False)
    yield machine
    nvidia.installed_gpus.cache_clear()


@needs_gcc
def test_gpus_and_version_come_from_the_driver(machine):
    machine(gpus=2, capability=86, driver=12040)
    two = [nvidia.GPU('NVIDIA Test 0', (8, 6)), nvidia.GPU('NVIDIA Test 1',
                                                       (8, 6))]
    assert list(nvidia.installed_gpus()) == nvidia.visible_gpus() == two
    assert nvidia.driver_cuda_version() == (12, 4)


@needs_gcc
def test_a_driver_without_gpus_has_a_version(machine):
    machine(driver=11080)
    assert nvidia.installed_gpus() == () and nvidia.visible_gpus() == []
    assert nvidia.driver_cuda_version() == (11, 8)


@needs_gcc
def test_a_driver_that_does_not_answer_has_no_version(machine):
    machine()
    assert nvidia.installed_gpus() == () and nvidia.visible_gpus() == []
    assert nvidia.driver_cuda_version() is None


def test_without_a_driver_there_are_no_gpus_and_no_output(monkeypatch, capfd):
    CDLL = ctypes.CDLL
    monkeypatch.setattr(ctypes, 'CDLL', lambda name: CDLL('/no/' + name))
    nvidia.installed_gpus.cache_clear()
    assert nvidia.installed_gpus() == () and nvidia.visible_gpus() == []
    assert nvidia.driver_cuda_version() is None
    nvidia.installed_gpus.cache_clear()
    assert capfd.readouterr() == ('', '')


def test_a_driver_that_lacks_functions_counts_as_none(monkeypatch):
    monkeypatch.setattr(nvidia, '_load_library',
                        lambda name: ctypes.CDLL(None))
    nvidia.installed_gpus.cache_clear()
    assert nvidia.installed_gpus() == () and nvidia.visible_gpus() == []
    assert nvidia.driver_cuda_version() is None
    nvidia.installed_gpus.cache_clear()


@needs_gcc
def test_only_visible_gpus_initialises_cuda(stand_in):
    """Worker processes that are forked afterwards cannot use CUDA."""
    out = subprocess.run([sys.executable, '-c', '''
import ctypes
from d2l.compat import nvidia
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
assert len(nvidia.installed_gpus()) == 1 and nvidia.driver_cuda_version()
print(getenv(b'CUDA_INITIALISED'))
assert len(nvidia.visible_gpus()) == 1
print(getenv(b'CUDA_INITIALISED'))'''], env=dict(
        os.environ, GPUS='1', CAPABILITY='80', DRIVER='12040',
        LD_LIBRARY_PATH=str(stand_in)), stdout=subprocess.PIPE,
        universal_newlines=True, timeout=LIMIT).stdout
    assert out == "None\nb'1'\n"


@pytest.mark.parametrize('capability, expected', [
    ((3, 7), False), ((5, 0), True), ((6, 1), True), ((7, 5), True),
    ((8, 0), True), ((8, 9), True), ((9, 0), False), ((12, 0), False)])
def test_kernels_exist_for_capabilities_5_0_to_8_9(capability, expected):
    assert nvidia.has_kernels(nvidia.GPU('GPU', capability)) is expected
