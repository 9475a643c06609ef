"""Fixtures. No test uses the network or the user's home folder."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest

from d2l.compat.threads import cores

# A number of threads that followed the load would change the last digits.
os.environ.setdefault('OMP_NUM_THREADS', str(cores()))

import mxnet as mx  # noqa: E402

# these need their own environments: make browser-test, make test-gpu
collect_ignore = ['browser'] + ['gpu'] * ('D2L_GPU' not in os.environ)

os.environ['MPLBACKEND'] = 'Agg'    # also in the processes that tests start


def pytest_terminal_summary(terminalreporter):
    """Say what is left to `make test-gpu`."""
    if 'gpu' in collect_ignore:
        folder = pathlib.Path(__file__).parent / 'gpu'
        count = sum(file.read_text(encoding='utf-8').count('\ndef test_')
                    for file in folder.glob('test_*.py'))
        terminalreporter.write_line(
            '%d functions of tests in tests/gpu are left to make test-gpu'
            % count)


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """Refuse connections, except to this machine if `loopback` is used."""
    hosts = ['127.0.0.1'] if 'loopback' in request.fixturenames else []

    def refuse(*args, **kwargs):
        raise AssertionError('a test tried to reach the network: %r' % (args,))

    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def connect_locally(self, address):
        # worker processes use Unix sockets
        if self.family != socket.AF_UNIX and address[0] not in hosts:
            refuse(address)
        return connect(self, address)

    def getaddrinfo_locally(host, *args, **kwargs):
        if host not in hosts:
            refuse(host)
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, 'connect', connect_locally)
    monkeypatch.setattr(socket, 'getaddrinfo', getaddrinfo_locally)


@pytest.fixture
def loopback(monkeypatch):
    """Let a test connect to 127.0.0.1, and to no proxy."""
    for name in ('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """An empty home folder, which is also where the data set goes."""
    path = tmp_path_factory.mktemp('home')
    monkeypatch.setenv('HOME', str(path))
    monkeypatch.delenv('D2L_MAX_BATCHES', raising=False)
    return path


@pytest.fixture(scope='session')
def root(tmp_path_factory):
    """A folder for the data set that all tests share."""
    return str(tmp_path_factory.mktemp('fashion-mnist'))


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    """An empty folder ../data beside the working directory."""
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
    """Let SIGINT interrupt; shells make background processes ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def seed():
    """Seed all random numbers; call it again to repeat them."""
    def seed(number=1):
        random.seed(number)
        mx.random.seed(number)
        np.random.seed(number)
    seed()
    return seed


@pytest.fixture(scope='session')
def bfloat16():
    """Skip, with the reason, if the machine cannot compute in bfloat16."""
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
    config.HistoryManager.enabled = False   # needs a database and a thread
    yield interactiveshell.InteractiveShell.instance(config=config)
    interactiveshell.InteractiveShell.clear_instance()


@pytest.fixture(scope='module')
def batches(root):
    """Training batches of 64 and a smaller last one, and test batches."""
    import d2l
    np.random.seed(3)
    iters = d2l.load_data_fashion_mnist(64, root=root)
    train, test = ([b for b, _ in zip(data_iter, range(5))]
                   for data_iter in iters)
    return train + [tuple(x[:10] for x in train[0])], test
