"""No test reaches a network or the home folder of whoever runs it."""
import os
import socket

import mxnet as mx
import numpy as np
import pytest

os.environ['MPLBACKEND'] = 'Agg'    # for the interpreters that tests start too


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError('a test tried to reach the network: %r' % (args,))

    connect = socket.socket.connect

    def connect_here(self, address):
        if self.family != socket.AF_UNIX:   # worker processes use those
            refuse(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, 'connect', connect_here)
    monkeypatch.setattr(socket, 'getaddrinfo', refuse)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A home folder of its own; also where the data set is put."""
    path = tmp_path_factory.mktemp('home')
    monkeypatch.setenv('HOME', str(path))
    monkeypatch.delenv('D2L_MAX_BATCHES', raising=False)
    return path


@pytest.fixture(scope='session')
def root(tmp_path_factory):
    """A folder that the data set has been put into."""
    return str(tmp_path_factory.mktemp('fashion-mnist'))


@pytest.fixture
def seed():
    """Seeds MXNet and NumPy; call it again to repeat their numbers."""
    def seed(number=1):
        mx.random.seed(number)
        np.random.seed(number)
    seed()
    return seed


@pytest.fixture
def shell():
    """An IPython shell, as in a notebook."""
    interactiveshell = pytest.importorskip('IPython.core.interactiveshell')
    from traitlets.config import Config
    config = Config()
    config.HistoryManager.enabled = False   # no database, no thread for it
    yield interactiveshell.InteractiveShell.instance(config=config)
    interactiveshell.InteractiveShell.clear_instance()
