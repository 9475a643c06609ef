"""Ctrl-C and the stop button: after the batch, and all can be used again."""
import os
import signal
import subprocess
import sys
import threading
import time

import mxnet as mx
import numpy as np
import pytest
import small
from limits import LIMIT
from mxnet import gluon
from mxnet.gluon import data as gdata

import d2l

pytestmark = pytest.mark.usefixtures('sigint')
HERE = os.path.dirname(os.path.abspath(small.__file__))


class Interrupting:
    """Batches; while the n-th of all passes is made, Ctrl-C is pressed."""

    def __init__(self, data_iter, n, times=1):
        self.data_iter, self.n, self.times = data_iter, n, times
        self.made = 0

    def __len__(self):
        return len(self.data_iter)

    def __iter__(self):
        for batch in self.data_iter:
            self.made += 1
            if self.made == self.n:
                for _ in range(self.times):
                    signal.raise_signal(signal.SIGINT)
            yield batch


def ch3(net, train_iter, test_iter, trainer, **kwargs):
    d2l.train_ch3(net, train_iter, test_iter,
                  gluon.loss.SoftmaxCrossEntropyLoss(), 3, 16,
                  trainer=trainer, **kwargs)


def ch5(net, train_iter, test_iter, trainer, **kwargs):
    d2l.train_ch5(net, train_iter, test_iter, 16, trainer, mx.cpu(), 3,
                  **kwargs)


def train(net, train_iter, test_iter, trainer, **kwargs):
    d2l.train(train_iter, test_iter, net,
              gluon.loss.SoftmaxCrossEntropyLoss(), trainer, mx.cpu(), 3,
              **kwargs)


def new():
    small.seed(1)
    net = small.make_net()
    net.initialize()
    return net, gluon.Trainer(net.collect_params(), 'adam')


# 7 batches in an epoch: the first of all, the last one of the second epoch
@pytest.mark.parametrize('n', [1, 14])
@pytest.mark.parametrize('phase', ['training', 'testing'])
@pytest.mark.parametrize('loop', [ch3, ch5, train])
def test_ends_after_the_batch_and_goes_on(loop, phase, n, tmp_path, capsys):
    train_iter, test_iter = small.data()
    net, trainer = new()
    loop(net, train_iter, test_iter, trainer)
    expected = [p.data().asnumpy() for p in net.collect_params().values()]

    net, trainer = new()
    iters = [train_iter, test_iter]
    i = phase == 'testing'
    iters[i] = Interrupting(iters[i], n)
    kept = str(tmp_path / 'kept')
    with pytest.raises(KeyboardInterrupt, match='between two batches'):
        loop(net, *iters, trainer, checkpoint=kept)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    epoch = (n - 1) // 7
    assert trainer.optimizer.num_update == (epoch + 1) * 7 if i else n
    # the net can be used, and trained on as it is
    assert 0 <= d2l.evaluate_accuracy(test_iter, net) <= 1
    loop(net, train_iter, test_iter, trainer)
    # and the checkpoint is that of the last whole epoch
    capsys.readouterr()
    net, trainer = new()
    loop(net, train_iter, test_iter, trainer, checkpoint=kept)
    assert ('going on after epoch %d' % epoch in capsys.readouterr().out) == (
        epoch > 0)
    again, trainer = new()
    loop(again, train_iter, test_iter, trainer,
         checkpoint=str(tmp_path / 'whole'))
    for a, b, c in zip(net.collect_params().values(),
                       again.collect_params().values(), expected):
        np.testing.assert_array_equal(a.data().asnumpy(), b.data().asnumpy())
        assert a.shape == c.shape


def test_a_second_one_does_not_wait(capsys):
    net, trainer = new()
    train_iter, test_iter = small.data()
    with pytest.raises(KeyboardInterrupt) as error:
        ch5(net, Interrupting(train_iter, 3, times=2), test_iter, trainer)
    assert 'between' not in str(error.value)
    assert trainer.optimizer.num_update == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ch5(net, train_iter, test_iter, trainer)    # forgets the first one


def test_one_while_the_last_epoch_is_kept_is_not_lost(tmp_path, capsys):
    class History(d2l.History):
        def append(self, **figures):
            super().append(**figures)
            if len(self) == 3:
                signal.raise_signal(signal.SIGINT)
    net, trainer = new()
    with pytest.raises(KeyboardInterrupt):
        ch5(net, *small.data(), trainer, history=History(),
            checkpoint=str(tmp_path))
    assert 'epoch 3' in capsys.readouterr().out
    net, trainer = new()
    ch5(net, *small.data(), trainer, checkpoint=str(tmp_path))
    assert 'all 3 epochs are done' in capsys.readouterr().out


def test_a_readers_own_handler_stays(capsys):
    calls = []
    before = signal.signal(signal.SIGINT, lambda *args: calls.append(args))
    try:
        net, trainer = new()
        train_iter, test_iter = small.data()
        ch5(net, Interrupting(train_iter, 3), test_iter, trainer)
        assert len(calls) == 1 and trainer.optimizer.num_update == 21
    finally:
        signal.signal(signal.SIGINT, before)


def test_training_in_a_thread(capsys):
    history = d2l.History()
    net, trainer = new()
    thread = threading.Thread(
        target=ch5, args=(net, *small.data(), trainer),
        kwargs={'history': history})
    thread.start()
    thread.join()
    assert len(history) == 3


def test_worker_processes_are_left_to_their_loader(capsys):
    """Those of the book's own loader do not hear Ctrl-C, and go with it."""
    X = np.random.rand(64, 1, 6, 6).astype('float32')
    loader = gdata.DataLoader(
        gdata.ArrayDataset(X, np.arange(64, dtype='int32') % 10), 16,
        num_workers=2)
    workers = loader._worker_pool._pool
    net, trainer = new()
    with pytest.raises(KeyboardInterrupt):
        ch5(net, Interrupting(loader, 2), loader, trainer)
    ch5(net, loader, loader, trainer)
    del loader
    for worker in workers:
        worker.join(LIMIT)
        assert not worker.is_alive()


CODE = '''
import sys
sys.path.insert(0, %r)
import small
print('begun', flush=True)
try:
    small.train(10 ** 6)
except KeyboardInterrupt as error:
    assert 'between two batches' in str(error), error
    result = small.train(1)
    print('usable', flush=True)
''' % HERE


@pytest.mark.parametrize('delay', [0.0, 0.05, 0.4])
def test_sigint_from_outside(delay):
    """Also while the first batch is computed and the net compiled."""
    process = subprocess.Popen([sys.executable, '-u', '-c', CODE],
                               stdout=subprocess.PIPE,
                               universal_newlines=True)
    try:
        while True:
            line = process.stdout.readline()
            assert line, 'it ended too early'
            if line.startswith('training on'):
                break
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert process.returncode == 0 and out.endswith('usable\n'), out


def test_the_stop_button_of_a_notebook():
    manager = pytest.importorskip('jupyter_client.manager')
    kernel, client = manager.start_new_kernel(
        startup_timeout=LIMIT, kernel_name='python3',
        extra_arguments=['--IPKernelApp.log_level=40'])
    found = []

    def stop(message):
        text = message['content'].get('text', '')
        found.append(text)
        if 'epoch 2,' in text:
            kernel.interrupt_kernel()
    try:
        reply = client.execute_interactive(CODE, timeout=LIMIT,
                                           output_hook=stop)
        assert reply['content']['status'] == 'ok', reply
        assert ''.join(found).endswith('usable\n')
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def test_a_notebook_shows_one_line():
    out = subprocess.run(
        [sys.executable, '-m', 'IPython', '--colors=NoColor', '-c',
         'from d2l.training import interrupts\n'
         'raise interrupts.TrainingInterrupted("it was you")'],
        stdout=subprocess.PIPE, universal_newlines=True).stdout
    assert out.strip() == 'KeyboardInterrupt: it was you'
