"""The loop beneath train_ch3, train_ch5 and train."""
import subprocess
import sys

import mxnet as mx
import pytest
from mxnet import gluon, nd

import d2l
from d2l.training.loop import epoch_line

FIGURES = dict(loss=0.84174, train_acc=0.7016, test_acc=0.7994, seconds=9.04,
               images_per_sec=6637.2)


@pytest.mark.parametrize('with_time, end', [
    (False, ''), (True, ', time 9.0 sec')])
def test_the_line_of_an_epoch_is_the_editions(with_time, end):
    assert epoch_line(2, FIGURES, with_time) == (
        'epoch 2, loss 0.8417, train acc 0.702, test acc 0.799' + end)


def test_training_imports_no_matplotlib():
    """It takes a second, and a machine without fonts has no use for it."""
    code = '''
import sys, small
small.train(1)
assert 'd2l.classification' in sys.modules
print([name for name in sys.modules if name.startswith('matplotlib')])
'''
    import small
    done = subprocess.run(
        [sys.executable, '-c', 'import sys; sys.path.insert(0, %r)%s'
         % (small.__file__.rpartition('/')[0], code)], check=True,
        stdout=subprocess.PIPE, universal_newlines=True)
    assert done.stdout.endswith('\n[]\n'), done.stdout


@pytest.mark.parametrize('step', [0, -1])
def test_a_clock_that_stands_still_or_goes_back_ends_no_training(
        step, monkeypatch):
    clock = iter(range(1000, 1000 + 200 * (step or 1), step or 1))
    monkeypatch.setattr('d2l.training.loop.time.perf_counter',
                        lambda: next(clock) if step else 1000)
    net = gluon.nn.Dense(2)
    net.initialize()
    batches, history = [(nd.ones((4, 2)), nd.zeros(4))], d2l.History()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    d2l.train_ch5(net, batches, batches, 4, trainer, mx.cpu(), 1,
                  history=history)
    assert 0 < history.seconds[0] < 1 and history.images_per_sec[0] > 0
