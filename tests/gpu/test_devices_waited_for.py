"""Waiting: for the GPU of an array, or for all that were used; or not."""
import math
import types

import mxnet as mx
import pytest
import torch
from both import GPU
from mxnet import nd
from mxnet.gluon import nn

import d2l
from d2l.gpu import copies, state
from d2l.gpu.operators import random
from d2l.training import epochs


@pytest.fixture
def waited(monkeypatch):
    """The GPUs whose streams torch waits for; the CPU poses as CUDA."""
    arrays = [nd.ones(2, ctx=mx.gpu(i)) for i in (0, 1)]
    found = []
    monkeypatch.setattr(
        state.torch.cuda, 'current_stream',
        lambda device: types.SimpleNamespace(
            synchronize=lambda: found.append(device.index)))
    monkeypatch.setattr(state.devices, 'kind', 'cuda')
    monkeypatch.setattr(state.devices, 'real', 2)
    yield arrays, found
    monkeypatch.undo()


def test_an_array_is_waited_for_on_its_gpu(waited):
    arrays, found = waited
    arrays[1].wait_to_read()
    assert found == [1]


def test_gpus_that_nobody_used_are_left_alone(waited, monkeypatch):
    arrays, found = waited
    monkeypatch.setattr(state.devices, 'count', 8)
    monkeypatch.setattr(state.devices, 'real', 8)
    with monkeypatch.context() as patch:    # seeding is no use
        patch.setattr(random, '_generators', {})
        patch.setattr(torch.cuda, 'init', lambda: None)
        patch.setattr(torch.cuda, 'default_generators',
                      [torch.Generator() for _ in range(8)])
        mx.random.seed(1)
        mx.random.seed(1, ctx=mx.gpu(5))
    nd.waitall()
    assert sorted(found) == [0, 1]


def test_one_gpu_plays_two(waited, monkeypatch):
    arrays, found = waited
    monkeypatch.setattr(state.devices, 'real', 1)
    arrays[1].wait_to_read()
    assert found == [0]


class OnCuda(torch.Tensor):
    """A tensor that says it is on a GPU, and how it was filled."""
    is_cuda = True

    def copy_(self, source, non_blocking=False):
        self.source, self.non_blocking = source, non_blocking


@pytest.mark.parametrize('num_bytes, is_waited_for', [
    (4, False), (2 ** 20, False), (2 ** 20 + 4, True), (0, True)])
def test_a_small_copy_to_a_gpu_is_not_waited_for(monkeypatch, num_bytes,
                                                 is_waited_for):
    """CUDA may read the memory later, so that it must be pinned."""
    pinned = []

    def make(*args, pin_memory, **kwargs):
        assert pin_memory
        pinned.append(torch.zeros(*args, **kwargs))
        return pinned[-1]

    monkeypatch.setattr(torch, 'empty', make)
    source = torch.arange(num_bytes // 4)
    target = torch.zeros(num_bytes // 4, dtype=torch.int32
                         ).as_subclass(OnCuda)
    copies.upload(target, source)
    assert target.non_blocking is not is_waited_for
    if is_waited_for:
        assert target.source is source
    else:
        assert target.source is pinned[0]
        assert pinned[0].dtype == torch.int32
        assert torch.equal(pinned[0], source.int())


def test_figures_of_many_batches_are_read_at_once(monkeypatch):
    """Reading them waits for the GPU, which then waits for the next batch."""
    def batches(n):
        nonlocal num_batches
        for _ in range(n):
            num_batches += 1
            yield nd.ones((2, 3)), nd.array([0, 1])

    read, read_sum, num_batches = [], epochs._read_sum, 0

    def note(numbers):
        read.append(num_batches)
        return read_sum(numbers)

    monkeypatch.setattr(epochs, '_read_sum', note)
    monkeypatch.setattr(epochs, '_SHORT', math.inf)
    net = nn.Dense(2)
    net.initialize(ctx=GPU)
    assert d2l.evaluate_accuracy(batches(50), net, GPU) == 0.5
    assert len(read) == 50 and len(set(read)) <= 6
