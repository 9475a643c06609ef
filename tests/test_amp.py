"""Mixed precision; it holds for a process, so each test has one."""
import os
import subprocess
import sys

import mxnet as mx
import pytest

import d2l
from d2l import amp
from d2l.compat import gpus
from d2l.gpu.choice import Choice

HEAD = '''
import mxnet as mx
import numpy as np
import d2l
from d2l import amp
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn


def net():
    net = nn.Sequential()
    net.add(nn.Conv2D(8, kernel_size=3, activation='relu'), nn.BatchNorm(),
            nn.MaxPool2D(2, 2), nn.Flatten(), nn.Dense(32, 'relu'),
            nn.Dropout(0.5), nn.Dense(10))
    net.initialize(init.Xavier())
    return net


def train(**kwargs):
    mx.random.seed(1)
    np.random.seed(1)
    X = nd.array(np.random.rand(64, 1, 12, 12))
    y = X.mean(axis=(1, 2, 3)) > 0.5
    history = d2l.History()
    trained = net()
    trainer = gluon.Trainer(trained.collect_params(), 'sgd',
                            {'learning_rate': 0.05})
    d2l.train_ch5(trained, [(X, y)] * 8, [(X, y)], 64, trainer, mx.cpu(), 3,
                  history=history, **kwargs)
    return trained, history.columns()['loss']
'''


def run(code, **environ):
    return subprocess.run(
        [sys.executable, '-c', HEAD + code], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True,
        env=dict(os.environ, D2L_PROGRESS='0', **environ))


def test_trains_nearly_as_in_float32(bfloat16):
    done = run('''
_, plain = train()
d2l.use_amp('bfloat16')
d2l.use_amp('bfloat16')
trained, short = train()
assert short != plain, 'bfloat16 was not used'
np.testing.assert_allclose(short, plain, rtol=0.1)
X = nd.ones((1, 1, 12, 12))
with autograd.record():
    y_hat = trained(X)
assert y_hat.dtype == amp._BFLOAT16
for param in trained.collect_params().values():
    assert param.data().dtype == np.float32
    if param.grad_req == 'write':
        assert param.grad().dtype == np.float32
''')
    assert done.returncode == 0, done.stderr


def test_own_blocks_labels_and_losses(bfloat16):
    """What is given to losses is float32: labels above 256 stay exact."""
    done = run('''
class Own(nn.Block):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(600)

    def forward(self, X):
        return self.dense(X) * 2

def loss(y_hat, y):
    assert y_hat.dtype == y.dtype == np.float32
    assert y.max().asscalar() == 599
    return gluon.loss.SoftmaxCELoss()(y_hat, y)

d2l.use_amp('bfloat16')
own = Own()
own.initialize()
trainer = gluon.Trainer(own.collect_params(), 'sgd', {'learning_rate': 1})
batch = nd.ones((8, 4)), nd.array([599] * 8, dtype='int32')
d2l.train([batch] * 4, [batch], own, loss, trainer, mx.cpu(), 1)
''')
    assert done.returncode == 0, done.stderr
    assert 'test acc 1.000' in done.stdout


def test_checkpoint_of_another_precision(bfloat16, tmp_path):
    done = run('''
import sys
train(checkpoint=sys.argv[-1])
d2l.use_amp('bfloat16')
train(checkpoint=sys.argv[-1])
'''.replace('sys.argv[-1]', repr(str(tmp_path))))
    assert 'use_amp was not set, and is bfloat16 now' in done.stderr


def test_other_types():
    with pytest.raises(ValueError, match="'bfloat16'.*got 'float8'"):
        d2l.use_amp('float8')


def test_processor_without_it():
    # oneDNN takes this one for an older processor then
    done = run("""
try:
    d2l.use_amp('bfloat16')
finally:
    train()     # as before
""", DNNL_MAX_CPU_ISA='AVX2', D2L_GPU='none')
    assert 'epoch 3' in done.stdout
    assert 'RuntimeError: this machine cannot compute' in done.stderr
    assert 'AVX-512' in done.stderr


def test_after_amp_init():
    done = run("""
from mxnet.contrib import amp
amp.init('bfloat16')
d2l.use_amp('bfloat16')
""")
    assert 'leave amp.init out' in done.stderr


def test_devices(monkeypatch):
    """Where there is no GPU; tests/gpu has those with one."""
    monkeypatch.setattr(gpus, '_choice', Choice(None, 'in this test'))
    amp.require_devices([mx.gpu(0)])
    monkeypatch.setattr(amp, '_used', ['bfloat16'])
    amp.require_devices([mx.cpu()])
    with pytest.raises(ValueError, match=r'training on gpu\(0\)'):
        amp.require_devices([mx.cpu(), mx.gpu(0)])
    monkeypatch.setattr(amp, '_used', ['float16'])
    amp.require_devices([mx.gpu(0)])
    with pytest.raises(ValueError, match=r'for GPUs, but .* on cpu\(0\)'):
        amp.require_devices([mx.gpu(0), mx.cpu()])


@pytest.mark.parametrize('dtype', ['float16', 'tf32'])
def test_types_of_gpus_where_there_is_none(dtype, monkeypatch):
    monkeypatch.setattr(gpus, '_choice', Choice(None, 'in this test'))
    with pytest.raises(RuntimeError, match='%s.* is for GPUs.*there is none'
                       % dtype):
        d2l.use_amp(dtype)
    assert amp.settings() == {}
