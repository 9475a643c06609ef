"""What is no longer used is freed, and a process ends in silence."""
import gc
import weakref

import pytest
from interpreters import run_python
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from snippets import GPU

import d2l
from d2l.gpu.arrays import arrays


def count():
    gc.collect()
    return len(arrays)


def test_arrays_leave_nothing_behind():
    before = count()
    for i in range(10000):
        nd.empty((i % 3,) if i % 3 else (2, 2), ctx=GPU)
    assert len(arrays) == before
    x = nd.ones((2, 3), ctx=GPU)
    x.attach_grad()
    for _ in range(200):
        with autograd.record():
            y = (x[0] * x.reshape((3, 2))[1].sum() + x.grad[0]).sum()
        y.backward()
        y.detach()
    del x, y
    assert count() == before


def fail(x):
    with autograd.record():
        y = x * 2
        z = nd.concat(y, x.reshape((3, 2)), dim=0)      # not of these shapes
    return z


def test_exceptions_leave_nothing_behind():
    before = count()
    x = nd.ones((2, 3), ctx=GPU)
    x.attach_grad()
    for _ in range(50):
        with pytest.raises(MXNetError):
            fail(x)
    del x
    assert count() == before


def test_cycles_are_collected():
    before = count()

    class Node:
        pass
    for _ in range(20):
        node = Node()
        node.self, node.array = node, nd.ones(3, ctx=GPU)
        node.array.attach_grad()
        with autograd.record():
            node.result = node.array * 2
    seen = weakref.ref(node)
    del node
    assert count() == before and seen() is None


def test_nets_leave_nothing_behind():
    before = count()
    for hybridize in (False, True):
        net = gluon.nn.HybridSequential()
        net.add(gluon.nn.Dense(3), gluon.nn.BatchNorm(), gluon.nn.Dense(2))
        net.initialize(ctx=GPU)
        if hybridize:
            net.hybridize()
        trainer = gluon.Trainer(net.collect_params(), 'adam')
        for _ in range(2):
            with autograd.record():
                l = net(nd.ones((4, 3), ctx=GPU)).sum()
            l.backward()
            trainer.step(4)
    del net, trainer, l
    assert count() == before


class Square(autograd.Function):
    alive = weakref.WeakSet()

    def __init__(self):
        super().__init__()
        self.alive.add(self)

    def forward(self, x):
        self.save_for_backward(x)
        return x * x

    def backward(self, dy):
        x, = self.saved_tensors
        return 2 * x * dy


def test_functions_that_keep_their_inputs_leave_nothing_behind():
    before = count()
    w = nd.ones(3, ctx=GPU)
    w.attach_grad()
    for _ in range(20):
        with autograd.record():
            l = (Square()(w * 2) * 3).sum()
        l.backward()
    assert w.grad.asnumpy().tolist() == [24, 24, 24]
    del w, l
    assert count() == before and not Square.alive


def test_losses_that_nobody_has_read_keep_no_functions(capsys):
    class Net(gluon.nn.Dense):
        def forward(self, x):
            return Square()(super().forward(x))
    net = Net(2)
    net.initialize(ctx=GPU)
    seen = []

    def batches():
        for _ in range(40):
            gc.collect()
            seen.append(len(Square.alive))
            yield nd.ones((4, 3)), nd.array([0, 1, 0, 1])

    class Iter:
        __iter__ = staticmethod(batches)
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    d2l.train_ch5(net, Iter(), list(batches()), 4, trainer, GPU, 1)
    assert max(seen) <= 4   # of this batch, and of what Python still names


EXIT = '''
import mxnet as mx
from mxnet import autograd, gluon, nd
ctxs = [mx.gpu(0), mx.gpu(1)]
net = gluon.nn.Dense(2, in_units=3)
net.initialize(ctx=ctxs)
net.hybridize()
trainer = gluon.Trainer(net.collect_params(), 'adam')
with autograd.record():
    losses = [net(nd.ones((1, 3), ctx=ctx)).sum() for ctx in ctxs]
autograd.backward(losses)
trainer.step(1)
class Function(autograd.Function):
    def forward(self, x):
        self.x = x
        return x * 2
    def backward(self, d):
        return d * 2
x = nd.ones(2, ctx=mx.gpu(0))
x.attach_grad()
autograd.set_recording(True)
y = Function()(x)
cycle = [x]
cycle.append(cycle)
loader = gluon.data.DataLoader(nd.ones((4, 2)), 2, num_workers=1)
first = next(iter(loader))
'''


def test_the_end_of_a_process_prints_nothing():
    done = run_python(EXIT)
    assert (done.returncode, done.stdout) == (0, '')
