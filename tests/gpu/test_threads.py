"""Threads compute on a GPU beside each other."""
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from both import CPU, GPU
from interpreters import run_python
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from mxnet.gluon import nn


def train(number, ctx):
    """What a small net has learned, and its gradients in each step."""
    net = nn.HybridSequential()
    net.add(nn.Dense(3, in_units=4, activation='tanh'),
            nn.Dense(1, in_units=3))
    net.initialize(ctx=ctx)
    for i, param in enumerate(net.collect_params().values()):
        param.set_data(nd.arange(param.data().size).reshape(param.shape)
                       * 0.1 + i + number)
    if number % 2:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.01, 'momentum': 0.9})
    x = nd.array(np.arange(40).reshape(10, 4) / 40, ctx=ctx)
    found = []
    for _ in range(10):
        with autograd.record():
            l = ((net(x) - number) ** 2).mean()
            with autograd.pause():
                net(x)
        l.backward()
        trainer.step(1)
        found += [param.grad().asnumpy() for param
                  in net.collect_params().values()]
        assert not autograd.is_recording()
    return found


def test_eight_threads_train_at_once():
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: train(number, GPU), range(8)))
    for number in range(8):
        for on_gpu, on_cpu in zip(found[number], train(number, CPU)):
            np.testing.assert_allclose(on_gpu, on_cpu, rtol=1e-4, atol=1e-5)


def test_threads_record_by_themselves():
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    seen = []

    def look():
        y = x * 2
        seen.append(autograd.is_recording())
        with pytest.raises(MXNetError, match='computational graph'):
            y.backward()
        seen.append('refused')
    with autograd.record():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        y = x * 3
    y.backward()
    assert seen == [False, 'refused'] and x.grad.asnumpy().tolist() == [3, 3]


def test_arrays_of_a_thread_outlive_it():
    with ThreadPoolExecutor(1) as pool:
        def compute():
            x = nd.ones(2, ctx=GPU)
            x.attach_grad()
            with autograd.record():
                return x, x * 4
        x, y = pool.submit(compute).result()
    y.backward()
    assert x.grad.asnumpy().tolist() == [4, 4]


FIRST_USE = '''
import sys, threading
import mxnet as mx
from mxnet import autograd, nd
recording, served = threading.Event(), threading.Event()

def compute():
    w = nd.ones(100, ctx=mx.gpu(0))
    w.attach_grad()
    return w, nd.Dropout(w) * w

def record_beside():
    with autograd.record(train_mode=False):
        recording.set()
        served.wait()
        results.append(compute())

results = []
thread = threading.Thread(target=record_beside)
thread.start()
recording.wait()
with autograd.record():
    assert 'torch' not in sys.modules
    results.append(compute())
    assert 'torch' in sys.modules
served.set()
thread.join()
for w, y in results:
    y.backward()
    assert w.grad.asnumpy().all() == (w is results[1][0]), w.grad
assert w.grad.asnumpy().tolist() == [2] * 100
'''


def test_the_first_gpu_is_asked_for_while_recording():
    """In this thread, and in another one that records already."""
    done = run_python(FIRST_USE)
    assert (done.returncode, done.stdout) == (0, '')


FIRST_USES = '''
import threading

import mxnet as mx

ready, found = threading.Barrier(4), []

def compute(i):
    ready.wait()
    found.append(mx.nd.ones(2, ctx=mx.gpu(i % 2)).sum().asscalar())

threads = [threading.Thread(target=compute, args=(i,)) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(found)
'''


def test_several_threads_ask_for_the_first_gpu():
    done = run_python(FIRST_USES)
    assert done.stdout == '[2.0, 2.0, 2.0, 2.0]\n'


FIRST_STEP = '''
import pickle, sys
import mxnet as mx
from mxnet import autograd, gluon, nd
ctxs = [mx.gpu(i) for i in range(mx.context.num_gpus())]
before = set(sys.modules)
net = gluon.nn.HybridSequential()
net.add(gluon.nn.Conv2D(2, 3), gluon.nn.BatchNorm(), gluon.nn.Dense(3))
net.initialize(ctx=ctxs)
net.hybridize()
trainer = gluon.Trainer(net.collect_params(), 'adam')
with autograd.record():
    ls = [net(nd.random.uniform(shape=(2, 1, 8, 8), ctx=ctx)).sum()
          for ctx in ctxs]
autograd.backward(ls)
trainer.step(1)
nd.contrib.boolean_mask(nd.ones((2, 2), ctx=ctxs[0]), nd.ones(2, ctx=ctxs[0]))
pickle.loads(pickle.dumps(ls[0]))
(mx.sym.var('x') + 1).simple_bind(ctxs[0], x=(2,)).forward()
print(sorted(name for name in set(sys.modules) - before
             if name.startswith('d2l.')))
'''


def test_a_first_step_imports_nothing_of_this_package():
    """Another package of that name may be found by then."""
    assert run_python(FIRST_STEP).stdout == '[]\n'
