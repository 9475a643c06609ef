"""Fixtures for the tests of MXNet."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import init, nd
from mxnet.gluon import nn


@pytest.fixture
def net():
    mx.random.seed(1)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, activation='relu'), nn.BatchNorm(),
            nn.GlobalAvgPool2D(), nn.Dense(8, activation='tanh'),
            nn.Dropout(0.5), nn.Dense(3))
    net.initialize(init.Xavier())
    net(nd.zeros((1, 1, 8, 8)))
    return net


@pytest.fixture
def X():
    return nd.random.uniform(shape=(6, 1, 8, 8))


@pytest.fixture
def close():
    """A function that asserts that two arrays hold the same numbers."""
    def close(a, b):
        np.testing.assert_allclose(
            a.asnumpy() if hasattr(a, 'asnumpy') else a,
            b.asnumpy() if hasattr(b, 'asnumpy') else b,
            rtol=1e-5, atol=1e-6)
    return close
