"""Tests of gpu(i) served by PyTorch: `make test-gpu` sets D2L_GPU.

With D2L_GPU=stand-in:2 torch's CPU plays gpu(0) and gpu(1).
"""
import os

import pytest


def pytest_ignore_collect(collection_path):
    """Without D2L_GPU there is nothing to test: `make test` says so."""
    return True if not os.environ.get('D2L_GPU') else None


@pytest.fixture(scope='session', autouse=True)
def gpus():
    from mxnet import context
    assert context.num_gpus() >= 2, 'two GPUs are needed'
