"""d2l's loops on gpu(0) and on two GPUs give the CPU's numbers."""
import gc
import math
import re
import sys
import warnings

import mxnet as mx
import numpy as np
import pytest
import small
from both import CPU, GPU, assert_close, initialize, values
from loops import LINE
from mxnet import gluon, nd
from mxnet.gluon import nn

import d2l
from chapters.companion import nets
from d2l.training import pooling, progress
from d2l.training.graph import Graph

TWO = [mx.gpu(0), mx.gpu(1)]
LOSS = gluon.loss.SoftmaxCrossEntropyLoss()


def fit(ctx, batches, train=d2l.train_ch5, build=nets.lenet, num_epochs=2,
        **kwargs):
    """Train from the same parameters; returns the figures and the net."""
    train_iter, test_iter = batches
    ctxs = ctx if isinstance(ctx, list) else [ctx]
    net = initialize(build, train_iter[0][0][:2], ctxs)
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.5})
    history = d2l.History()
    if train is d2l.train:
        train(train_iter, test_iter, net, LOSS, trainer, ctx, num_epochs,
              history=history)
    else:
        train(net, train_iter, test_iter, 64, trainer, ctx, num_epochs,
              history=history, **kwargs)
    return history, net


def assert_same_figures(found, expected, rtol=1e-4):
    np.testing.assert_allclose(found.loss, expected.loss, rtol=rtol)
    np.testing.assert_allclose(found.train_acc, expected.train_acc,
                               atol=0.01)
    np.testing.assert_allclose(found.test_acc, expected.test_acc, atol=0.01)


def test_train_ch5_prints_and_computes_as_on_the_cpu(batches, capsys):
    on_cpu, cpu_net = fit(CPU, batches)
    capsys.readouterr()
    on_gpu, gpu_net = fit(GPU, batches)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == 'training on gpu(0)'
    assert len(lines) == 2 and all(map(LINE.fullmatch, lines))
    assert_same_figures(on_gpu, on_cpu)
    assert_close(values(gpu_net), values(cpu_net))


def test_train_on_two_gpus(batches, capsys):
    """Also where the last batch has fewer examples than GPUs."""
    batches = ([*batches[0], tuple(x[:1] for x in batches[0][0])],
               batches[1])
    on_cpu, cpu_net = fit(CPU, batches, d2l.train)
    capsys.readouterr()
    on_gpus, gpu_net = fit(TWO, batches, d2l.train)
    assert capsys.readouterr().out.startswith(
        'training on [gpu(0), gpu(1)]\n')
    assert_same_figures(on_gpus, on_cpu)
    for param, other in zip(gpu_net.collect_params().values(),
                            cpu_net.collect_params().values()):
        first, second = param.list_data()
        assert [first.context, second.context] == TWO
        np.testing.assert_array_equal(first.asnumpy(), second.asnumpy())
        np.testing.assert_allclose(first.asnumpy(), other.data().asnumpy(),
                                   rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize('ctx', [GPU, TWO], ids=['one', 'two'])
def test_evaluate_accuracy(ctx, batches):
    X = batches[1][0][0][:2]
    net = initialize(nets.lenet, X, CPU)
    expected = d2l.evaluate_accuracy(batches[1], net)
    net.collect_params().reset_ctx(ctx)
    assert d2l.evaluate_accuracy(batches[1], net, ctx) == expected


def test_a_net_of_the_readers_own(batches, capsys):
    """It is not compiled, and may compute whatever it likes."""
    class Own(nn.Block):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(10)

        def forward(self, X):
            assert X.context.device_type in ('cpu', 'gpu')
            return self.dense(X.reshape((len(X), -1))) * 2
    on_cpu, on_gpu = (fit(ctx, batches, build=Own)[0]
                      for ctx in (CPU, GPU))
    assert_same_figures(on_gpu, on_cpu)


def test_poolings_of_a_slow_processor_stay_as_they_are(batches, monkeypatch):
    """The code that the CPU has for them would be slower on a GPU."""
    monkeypatch.setattr(pooling, '_has_avx512', lambda: False)
    X = batches[0][0][0]
    for ctx, is_replaced in ((CPU, True), (GPU, False)):
        graph = Graph(initialize(nets.lenet, X[:2], ctx))
        graph(X.as_in_context(ctx))
        hybrid, = graph.hybrids.values()
        assert any(isinstance(block, pooling._ChannelsLast)
                   for block in hybrid) == is_replaced


def test_train_ch3_of_a_net_on_a_gpu_names_the_device(batches):
    net = initialize(nets.lenet, batches[0][0][0][:2], GPU)
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    with pytest.raises(ValueError, match=r'must be on ctx, \[cpu\(0\)\], but '
                       r'.*is on \[gpu\(0\)\]'):
        d2l.train_ch3(net, *batches, LOSS, 1, 64, trainer=trainer)


def test_alexnet_rehearsal(root, monkeypatch, capsys):
    """What `make test` runs of the chapter, with small batches."""
    monkeypatch.setenv('D2L_MAX_BATCHES', '1')
    train_iter, test_iter = d2l.load_data_fashion_mnist(4, 224, root)
    net = nets.alexnet()
    net.initialize(ctx=GPU)
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.01})
    d2l.train_ch5(net, train_iter, test_iter, 4, trainer, GPU, 1)
    out, err = capsys.readouterr()
    first, line = out.splitlines()
    assert first == 'training on gpu(0)' and LINE.fullmatch(line)
    assert 'D2L_MAX_BATCHES=1' in err


def test_progress_bar(batches, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True, raising=False)
    monkeypatch.setattr(progress, '_REDRAW', 0)
    fit(GPU, batches, num_epochs=1)
    assert re.search(r'epoch 1, loss \d\.\d{4}, \d+ images/s',
                     capsys.readouterr().err)


def test_labels_out_of_range_are_named(batches):
    X, y = batches[0][0]
    with pytest.raises(ValueError, match='labels must lie in 0 to 9'):
        fit(GPU, ([(X, y + 7)], batches[1]))


def test_divergence_is_named(batches, capsys):
    X, y = batches[0][0]
    with pytest.warns(RuntimeWarning, match='since batch 2 of epoch 1'):
        fit(GPU, ([(X, y), (X * math.nan, y)], batches[1]), num_epochs=1)


class Huge(nn.Block):
    """Wants 2^46 numbers for each one, but not for the first batch."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(10)

    def forward(self, X):
        Y = self.dense(X)
        return Y if len(X) == 2 else nd.tile(Y, (2 ** 22, 2 ** 24))


def test_too_little_memory_is_a_memory_error(batches, capsys):
    with pytest.raises(MemoryError, match=r'not enough memory on gpu\(0\) '
                       'for a batch of 64 examples of shape 1 x 28 x 28: '
                       'batch_size=32'):
        fit(GPU, batches, build=Huge)


def live_arrays():
    """How many arrays there are on GPUs, and their bytes."""
    from d2l.gpu import arrays
    gc.collect()
    held = {array.data.data_ptr(): array.data.nbytes
            for array in arrays.arrays.values()}
    return len(arrays.arrays), sum(held.values())


def test_memory_does_not_grow_with_steps(batches, capsys):
    """Losses and outputs of past steps are gone, the graphs too."""
    X, y = (a[:8] for a in batches[0][0])
    net = initialize(nets.lenet, X[:2], GPU)
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    seen = []

    def watched():
        for i in range(150):
            if i in (10, 149):
                seen.append(live_arrays())
            yield X, y

    class Iter:
        __iter__ = staticmethod(watched)
    d2l.train_ch5(net, Iter(), [(X, y)], 8, trainer, GPU, 2)
    # a batch, its results and those of a few in flight
    assert max(seen) <= (seen[0][0] + 20, seen[0][1] + 20 * X.size * 4)
    before = live_arrays()
    d2l.train_ch5(net, [(X, y)] * 20, [(X, y)], 8, trainer, GPU, 1)
    assert live_arrays() == before


def test_no_warnings(batches, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        fit(GPU, batches, num_epochs=1)
        small.train(1, ctx=GPU)
