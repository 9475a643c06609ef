"""Tests of gpu(i) served by PyTorch: `make test-gpu` sets D2L_GPU.

With D2L_GPU=stand-in:2 torch's CPU plays gpu(0) and gpu(1).
"""
import pytest
from mxnet import context


@pytest.fixture(scope='session', autouse=True)
def gpus():
    assert context.num_gpus() >= 2, 'two GPUs are needed'
