"""What only a real GPU of NVIDIA's can show, about captures and waiting."""
import gc
import threading

import numpy as np
import pytest
import torch
from both import is_stand_in
from limits import LIMIT
from mxnet import autograd, gluon, nd, random
from mxnet.gluon import nn, rnn
from recorder import CTX, batch, small_net

from d2l.gpu import cuda_graphs


@pytest.fixture(autouse=True)
def cuda():
    if is_stand_in():   # known only once somebody has asked for a GPU
        pytest.skip('needs a GPU with CUDA')


def step(net, seed=0):
    with autograd.record():
        y = net(batch(seed)).square().sum()
    y.backward()
    return y.asscalar()


def steps(net, num_steps=4):
    random.seed(5)
    return [step(net, i) for i in range(num_steps)]


def wait_within(results):
    results[0].sum().item()


def run_out_of_memory(results):
    torch.empty(1 << 50, device=results[0].device)


def raise_an_error(results):
    raise RuntimeError('an error of Python alone')


@pytest.mark.parametrize('fail', [wait_within, run_out_of_memory,
                                  raise_an_error])
def test_a_failed_capture_leaves_torch_usable(monkeypatch, captured, fail):
    """Older graphs follow the seed, and no memory is lost."""
    old = small_net()
    steps(old)
    assert captured[-1] is not None
    expected, reserved = steps(old), []
    record = cuda_graphs.Recorder.record

    def record_and_fail(self, function):
        def failing():
            results = function()
            fail(results)
            return results
        return record(self, failing)

    with monkeypatch.context() as patch:
        patch.setattr(cuda_graphs.Recorder, 'record', record_and_fail)
        for _ in range(3):
            new = small_net(last=2048)
            steps(new)
            assert captured[-1] is None
            del new
            gc.collect()
            torch.cuda.empty_cache()
            reserved.append(torch.cuda.memory_reserved())
    assert steps(old) == expected
    assert reserved[-1] == reserved[0]
    steps(small_net())
    assert captured[-1] is not None


def test_threads_capture_train_and_wait_at_once(captured):
    class Draw(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            return dy * nd.random.uniform(shape=dy.shape, ctx=CTX)

    def repeat(function):
        try:
            while not done.is_set():
                function()
        except Exception as error:
            errors.append(error)

    def train():
        step(lambda x: Draw()(trained(x)))

    def predict():
        predicted(batch(0)).wait_to_read()
        nd.waitall()

    trained, predicted = small_net(), small_net()
    done, errors = threading.Event(), []
    threads = [threading.Thread(target=repeat, args=[function], daemon=True)
               for function in (train, predict)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        steps(small_net())
    done.set()
    for thread in threads:
        thread.join(LIMIT)
    assert not errors
    assert not any(thread.is_alive() for thread in threads)


def test_dropout_of_recurrent_layers_follows_the_seed(captured):
    """Also where a net is captured between two calls."""
    layer, x = rnn.LSTM(8, 2, dropout=0.5), nd.ones((4, 2, 3), ctx=CTX)
    layer.initialize(ctx=CTX)
    plain = nn.HybridSequential()
    plain.add(nn.Dense(4, activation='relu'), nn.Dense(4))
    plain.initialize(ctx=CTX)
    plain.hybridize()

    def run(between):
        random.seed(3)
        found = []
        for _ in range(3):
            with autograd.record():
                found.append(layer(x).asnumpy())
            between()
        return found

    expected = run(lambda: None)
    for between in (lambda: None, lambda: plain(x)):
        assert all(map(np.array_equal, run(between), expected))
    assert captured[-1] is not None


def test_a_step_does_not_wait_for_the_gpu(captured):
    """torch raises an error for each wait that it knows of."""
    net, y = small_net(), nd.arange(5) % 4
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    steps(net)
    assert captured[-1] is not None
    torch.cuda.set_sync_debug_mode('error')
    try:
        for i in range(5):
            X, label = batch(i), y.as_in_context(CTX)
            with autograd.record():
                l = loss(net(X), label)
            l.backward()
            trainer.step(5)
        with pytest.raises(Exception, match='synchroniz'):
            l.asnumpy()
    finally:
        torch.cuda.set_sync_debug_mode('default')
