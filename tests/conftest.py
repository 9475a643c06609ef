"""No test reaches a network or the home folder of whoever runs it."""
import os
import random
import signal
import socket
import subprocess
import sys

import mxnet as mx
import numpy as np
import pytest

# needs a browser and an environment of its own: make browser-test
collect_ignore = ['browser']

os.environ['MPLBACKEND'] = 'Agg'    # for the interpreters that tests start too


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """Refuses connections; those to this machine if `loopback` is used."""
    hosts = ['127.0.0.1'] if 'loopback' in request.fixturenames else []

    def refuse(*args, **kwargs):
        raise AssertionError('a test tried to reach the network: %r' % (args,))

    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def connect_here(self, address):
        # worker processes use those of Unix
        if self.family != socket.AF_UNIX and address[0] not in hosts:
            refuse(address)
        return connect(self, address)

    def getaddrinfo_here(host, *args, **kwargs):
        if host not in hosts:
            refuse(host)
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, 'connect', connect_here)
    monkeypatch.setattr(socket, 'getaddrinfo', getaddrinfo_here)


@pytest.fixture
def loopback(monkeypatch):
    """Lets a test reach a server on 127.0.0.1, and none by a proxy."""
    for name in ('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'):
        monkeypatch.delenv(name, raising=False)


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
def data_dir(tmp_path, monkeypatch):
    """An empty folder that is ../data of the working directory."""
    (tmp_path / 'chapters').mkdir()
    monkeypatch.chdir(tmp_path / 'chapters')
    (tmp_path / 'data').mkdir()
    return tmp_path / 'data'


@pytest.fixture
def close_figures():
    yield
    from matplotlib import pyplot
    pyplot.close('all')


@pytest.fixture
def sigint():
    """Ctrl-C: shells let what they start in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def seed():
    """Seeds all random numbers; call it again to repeat them."""
    def seed(number=1):
        random.seed(number)
        mx.random.seed(number)
        np.random.seed(number)
    seed()
    return seed


@pytest.fixture(scope='session')
def bfloat16():
    """Skips, with the reason, where the machine cannot compute in it."""
    done = subprocess.run(
        [sys.executable, '-c', "import d2l; d2l.use_amp('bfloat16')"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        universal_newlines=True)
    if 'cannot compute in bfloat16' in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr


@pytest.fixture
def shell():
    """An IPython shell, as in a notebook."""
    interactiveshell = pytest.importorskip('IPython.core.interactiveshell')
    from traitlets.config import Config
    config = Config()
    config.HistoryManager.enabled = False   # no database, no thread for it
    yield interactiveshell.InteractiveShell.instance(config=config)
    interactiveshell.InteractiveShell.clear_instance()


@pytest.fixture(scope='module')
def batches(root):
    """Training batches of 64 and a short last one, and test batches."""
    import d2l
    np.random.seed(3)
    iters = d2l.load_data_fashion_mnist(64, root=root)
    train, test = ([b for b, _ in zip(data_iter, range(5))]
                   for data_iter in iters)
    return train + [tuple(x[:10] for x in train[0])], test
