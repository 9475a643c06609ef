"""Waiting: for the GPU of an array, or for all that were used."""
import mxnet as mx
import pytest
from mxnet import nd

from d2l.gpu import state


@pytest.fixture
def waited(monkeypatch):
    """The GPUs that torch waits for; the CPU poses as CUDA."""
    arrays = [nd.ones(2, ctx=mx.gpu(i)) for i in (0, 1)]
    found = []
    monkeypatch.setattr(state.torch.cuda, 'synchronize', found.append)
    monkeypatch.setattr(state.devices, 'kind', 'cuda')
    yield arrays, found
    monkeypatch.undo()


def test_an_array_is_waited_for_on_its_gpu(waited):
    arrays, found = waited
    arrays[1].wait_to_read()
    assert found == [1]


def test_gpus_that_nobody_used_are_left_alone(waited, monkeypatch):
    arrays, found = waited
    monkeypatch.setattr(state.devices, 'count', 8)
    nd.waitall()
    assert sorted(found) == [0, 1]
