"""Workers of a DataLoader beside arrays on a GPU."""
import numpy as np
import pytest
import torch
from limits import LIMIT
from mxnet import nd
from mxnet.base import MXNetError
from mxnet.gluon.data import ArrayDataset, DataLoader, Dataset
from snippets import GPU

X = np.arange(40, dtype='float32').reshape(10, 4)


@pytest.mark.parametrize('kwargs', [
    dict(num_workers=2), dict(num_workers=2, thread_pool=True),
    dict(pin_memory=True), dict(num_workers=2, pin_memory=True)], ids=str)
def test_loaders_work_beside_a_gpu(kwargs):
    alive = nd.arange(6, ctx=GPU)
    loader = DataLoader(ArrayDataset(X, np.arange(10)), 4, timeout=LIMIT,
                        **kwargs)
    for _ in range(2):
        found = [(x.as_in_context(GPU), y.as_in_context(GPU))
                 for x, y in loader]
        rows = nd.concat(*[x for x, _ in found], dim=0)
        assert rows.context == GPU
        np.testing.assert_array_equal(rows.asnumpy(), X)
        assert sum(y.sum().asscalar() for _, y in found) == 45
    assert alive.asnumpy().tolist() == list(range(6))


class OnGPU(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, i):
        return nd.full(4, i, ctx=GPU)


@pytest.mark.parametrize('thread_pool', [False, True])
def test_workers_do_not_return_arrays_on_a_gpu(thread_pool):
    """They return memory of the CPU, as in MXNet.

    A process that was forked cannot even make them on a real GPU.
    """
    loader = DataLoader(OnGPU(), 4, num_workers=1, timeout=LIMIT,
                        thread_pool=thread_pool)
    with pytest.raises(MXNetError, match='one device|cannot use a GPU'):
        list(loader)
    assert next(iter(DataLoader(OnGPU(), 4))).context == GPU


@pytest.mark.parametrize('text', [
    'Cannot re-initialize CUDA in forked subprocess. To use CUDA with '
    "multiprocessing, you must use the 'spawn' start method",
    'CUDA error: initialization error'])
def test_a_worker_that_asks_for_a_gpu(text, monkeypatch):
    """What torch says in a process that was forked."""
    def refuse(*args, **kwargs):
        raise RuntimeError(text)
    monkeypatch.setattr(torch, 'empty', refuse)
    with pytest.raises(MXNetError, match='worker of a DataLoader, cannot use '
                       'a GPU'):
        nd.empty(3, ctx=GPU)
