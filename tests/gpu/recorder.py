"""Captures without CUDA: what torch computes is noted, and done again.

As in a CUDA graph, each launch fills the same tensors anew.
"""
import mxnet as mx
import numpy as np
import torch
from mxnet import init, nd
from mxnet.gluon import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from d2l.gpu.answers import graphs

CTX = mx.gpu(0)
WAITING = 'aten::_local_scalar_dense', 'aten::nonzero', 'aten::equal'


class _Notes(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function._schema.name in WAITING:
            raise RuntimeError('%s waits for the GPU' % function)
        results = function(*args, **kwargs or {})
        self.calls.append((function, args, kwargs or {}, results))
        return results

    def launch(self):
        for function, args, kwargs, results in self.calls:
            again = function(*args, **kwargs)
            for kept, new in zip(tree_leaves(results), tree_leaves(again)):
                if (isinstance(kept, torch.Tensor)
                        and kept.data_ptr() != new.data_ptr()):
                    kept.copy_(new)


class Recorder:
    """The interface of d2l.gpu.capture.Recorder."""

    def __init__(self, index):
        self.device, self.num_bytes = index, 0

    def run(self, function):
        return function()

    def record(self, function):
        with _Notes() as notes:
            results = function()

        def launch():
            with torch.no_grad():
                notes.launch()
        return launch, results

    def has_room(self):
        return True


# -- what the tests of captures share
def small_net(ctx=CTX, last=4):
    mx.random.seed(1)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, kernel_size=3, activation='relu'),
            nn.BatchNorm(), nn.MaxPool2D(2, 2), nn.Dropout(0.5),
            nn.Dense(8, activation='sigmoid'), nn.Dense(last))
    net.initialize(init.Xavier(), ctx=ctx)
    net.hybridize()
    return net


def batch(seed, n=5, ctx=CTX):
    return nd.array(np.random.RandomState(seed).rand(n, 1, 8, 8), ctx=ctx)


def same(found, expected):
    return len(found) == len(expected) and all(
        map(np.array_equal, found, expected))


def eagerly(monkeypatch, function):
    with monkeypatch.context() as patch:
        patch.setattr(graphs, 'can_capture', lambda: False)
        return function()
