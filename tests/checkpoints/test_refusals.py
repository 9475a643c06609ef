"""Checkpoints of other trainings, and trainers that cannot be saved."""
import subprocess
import sys

import mxnet as mx
import pytest
import small
from mxnet import gluon, nd
from mxnet.gluon import nn

import d2l


def with_sigmoid():
    net = nn.Sequential()
    net.add(nn.Conv2D(4, kernel_size=3), nn.BatchNorm(),
            nn.Dense(16, activation='sigmoid'), nn.Dropout(0.5),
            nn.Dense(10))
    return net


@pytest.mark.parametrize('change, said', [
    (lambda: dict(net=small.make_net(17)),
     r'net has \(2\): Dense\(16, Activation\(relu\)\) where this one has '
     r'\(2\): Dense\(17, Activation\(relu\)\)'),
    (lambda: dict(net=with_sigmoid()), r'relu.* where .*sigmoid\)\)'),
    (lambda: dict(batch_size=32), 'batch_size was 16, and is 32 now'),
    (lambda: dict(optimizer='sgd'), 'optimizer was Adam, and is SGD now'),
    (lambda: dict(optimizer='ftml'), 'optimizer was Adam, and is FTML now'),
    (lambda: dict(hyperparams={'learning_rate': 0.02}),
     'learning_rate was 0.01, and is 0.02 now'),
    (lambda: dict(hyperparams={'learning_rate': 0.01, 'wd': 0.1}),
     'wd was 0.0, and is 0.1 now'),
    (lambda: dict(batches=small.data(50)), 'batches was 7, and is 4 now'),
    (lambda: dict(loss=gluon.loss.SoftmaxCrossEntropyLoss(weight=2.0)),
     'batch_size was 16, and is not set now'),
])
def test_another_training_is_refused(change, said, tmp_path, capsys):
    small.train(1, checkpoint=str(tmp_path))
    before = small.read_files(tmp_path)
    with pytest.raises(ValueError, match='state.d2l was made by another '
                       'training: .*%s. It was left as it is' % said):
        small.train(2, checkpoint=str(tmp_path), **change())
    assert small.read_files(tmp_path) == before


def test_another_loss_is_refused(tmp_path, capsys):
    def run(loss):
        small.train(2, loss=loss, checkpoint=str(tmp_path))
    run(gluon.loss.SoftmaxCrossEntropyLoss())
    with pytest.raises(ValueError, match='loss was SoftmaxCrossEntropyLoss.*'
                       'weight=None.*and is .*weight=2.0.* now'):
        run(gluon.loss.SoftmaxCrossEntropyLoss(weight=2.0))
    with pytest.raises(ValueError, match='and is KLDivLoss'):
        run(gluon.loss.KLDivLoss())


def test_a_net_with_other_parameters_is_refused(tmp_path, capsys):
    """Where the layers say nothing of it."""
    class Net(nn.Block):
        def __init__(self, names, dtype='float32'):
            super().__init__()
            for name in names:
                setattr(self, name, self.params.get(
                    name, shape=(36, 10), dtype=dtype))

        def forward(self, X):
            return nd.dot(X.reshape((-1, 36)), sum(
                p.data().astype('float32') for p in
                self.collect_params().values()))

        __repr__ = object.__repr__      # with its address
    small.train(1, net=Net('ab'), checkpoint=str(tmp_path))
    small.train(2, net=Net('ab'), checkpoint=str(tmp_path))
    with pytest.raises(ValueError, match='the parameters a, b, and this one '
                       'a, c'):
        small.train(3, net=Net('ac'), checkpoint=str(tmp_path))
    with pytest.raises(ValueError, match='parameter a is float32.*float64'):
        small.train(3, net=Net('ab', 'float64'), checkpoint=str(tmp_path))


def test_a_rehearsal_is_another_training(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv('D2L_MAX_BATCHES', '2')
    small.train(1, checkpoint=str(tmp_path))
    monkeypatch.delenv('D2L_MAX_BATCHES')
    with pytest.raises(ValueError, match='batches was 2, and is 7 now'):
        small.train(2, checkpoint=str(tmp_path))


def test_two_at_once(tmp_path, capsys):
    small.train(1, checkpoint=str(tmp_path))
    other = subprocess.Popen(
        [sys.executable, '-c', 'import fcntl, sys\n'
         'lock = open(%r, "a")\nfcntl.lockf(lock, fcntl.LOCK_EX)\n'
         'print("locked", flush=True)\nsys.stdin.read()'
         % str(tmp_path / 'lock')],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    other.stdout.readline()
    with pytest.raises(RuntimeError, match='another process is training'):
        small.train(2, checkpoint=str(tmp_path))
    other.communicate()
    small.train(2, checkpoint=str(tmp_path))


def test_two_threads_at_once(tmp_path, capsys):
    """Threads share the file system's lock, so each would write."""
    class Batches(list):
        def __iter__(self):
            for batch in list.__iter__(self):
                with pytest.raises(RuntimeError, match='another thread is '
                                   'training'):
                    small.train(2, checkpoint=str(tmp_path))
                yield batch
    batches = Batches(small.data()[0])
    small.train(1, batches=(batches, batches), checkpoint=str(tmp_path))
    other = subprocess.run(
        [sys.executable, '-c', 'import fcntl, sys\n'
         'fcntl.lockf(open(%r, "a"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
         % str(tmp_path / 'lock')], check=False)
    assert other.returncode == 0    # and it is given back


def test_trainers_whose_state_is_elsewhere(tmp_path, capsys):
    net = small.make_net()
    net.initialize()

    class Own:
        def step(self, batch_size):
            pass
    with pytest.raises(TypeError, match='gluon.Trainer, but trainer is a O'):
        d2l.train_ch5(net, *small.data(), 16, Own(), mx.cpu(), 1,
                      checkpoint=str(tmp_path))
    net = nn.Embedding(100, 10, sparse_grad=True)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    with pytest.raises(ValueError, match='plain arrays.*sparse'):
        d2l.train_ch3(net, *small.data(), None, 1, 16, trainer=trainer,
                      checkpoint=str(tmp_path))
