"""Hybridized nets and symbols on gpu(0)."""
import os
import subprocess
import sys

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


def run(ctx, hybridize):
    """The outputs, gradients and states of a small net in two batches."""
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Activation('relu'),
            nn.GlobalAvgPool2D(), nn.Dense(3))
    net.initialize(mx.init.Constant(0.1), ctx=ctx)
    if hybridize:
        net.hybridize(**hybridize)
    found = []
    for n in (5, 3):
        x = nd.arange(n * 128, ctx=ctx).reshape((n, 2, 8, 8)).sin()
        with autograd.record():
            y = net(x)
        y.backward()
        found += [y, net[0].weight.grad(), net[4].bias.grad()]
    found += [net[1].running_mean.data(), net[1].running_var.data(), net(x)]
    return [x.asnumpy() for x in found]


@pytest.mark.parametrize('flags', [
    None, {'active': True}, {'static_alloc': True, 'static_shape': True},
    {'inline_limit': 0}])
def test_a_hybridized_net_computes_as_on_the_cpu(flags):
    for a, b in zip(run(mx.gpu(0), flags), run(mx.cpu(), None)):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


class Unrolled(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.cell = gluon.rnn.LSTMCell(4, input_size=3)

    def hybrid_forward(self, F, x):
        return self.cell.unroll(2, x, merge_outputs=True)[0]


def test_states_of_unknown_shape_are_inferred():
    outputs = []
    for ctx in (mx.cpu(), mx.gpu(0)):
        net = Unrolled()
        net.initialize(mx.init.Constant(0.3), ctx=ctx)
        net.hybridize()
        outputs.append([net(nd.ones((n, 2, 3), ctx=ctx)).asnumpy()
                        for n in (2, 5)])
    for a, b in zip(*outputs):
        np.testing.assert_allclose(a, b, rtol=1e-5)


class Loops(gluon.HybridBlock):
    def hybrid_forward(self, F, x, w):
        a, s = F.contrib.foreach(
            lambda row, s: (row * w + s, s + row), x, w * 2)
        b, (_, v) = F.contrib.while_loop(
            lambda i, v: i < 3, lambda i, v: (v, (i + 1, v * w)),
            [F.zeros((1,)), w], max_iterations=3)
        c = F.contrib.cond(F.sum(w) < 100, lambda: w * 2, lambda: w * 3)
        return a, s, b, v, c


def test_loops_and_branches_compute_as_on_the_cpu():
    found = []
    for ctx in (mx.cpu(), mx.gpu(0)):
        net = Loops()
        net.hybridize()
        x, w = nd.arange(6, ctx=ctx).reshape((3, 2)), nd.ones(2, ctx=ctx) * 3
        x.attach_grad()
        w.attach_grad()
        with autograd.record():
            outputs = net(x, w)
            outputs = [o[0] if isinstance(o, list) else o for o in outputs]
        autograd.backward(outputs)
        found.append([o.asnumpy() for o in [*outputs, x.grad, w.grad]])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b)


def test_an_output_named_twice_has_memory_of_its_own():
    x = mx.sym.var('x', dtype='float32')
    y = x * 2
    net = gluon.SymbolBlock(mx.sym.Group([y, y, x]), [x])
    a, b, c = net(nd.ones(2, ctx=mx.gpu(0)))
    a[:] = 7
    assert b.sum().asscalar() == 4 and c.sum().asscalar() == 2


class Passing(gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return F.exp(x), x, F.sin(x), F.cos(x), x


@pytest.mark.parametrize('flags', [{}, {'static_alloc': True}])
def test_an_input_that_is_an_output_shares_memory(flags):
    for ctx in (mx.cpu(), mx.gpu(0)):
        net = Passing()
        net.hybridize(**flags)
        x = nd.ones(2, ctx=ctx)
        found = net(x)
        for i, output in enumerate(found):
            output[:] = 5 + i
        assert x.asnumpy().tolist() == [6, 6]
        x.attach_grad()
        with autograd.record():
            y = net(x)[1] * 3
        y.backward()
        assert x.grad.asnumpy().tolist() == [3, 3]


def test_an_error_names_the_node():
    x, w = mx.sym.var('x', dtype='float32'), mx.sym.var('w', dtype='float32')
    net = gluon.SymbolBlock(mx.sym.dot(x, w, name='product'), [x, w])
    with pytest.raises(mx.MXNetError, match='product'):
        net(nd.ones((2, 3), ctx=mx.gpu(0)), nd.ones((2, 3), ctx=mx.gpu(0)))


def test_arrays_of_two_gpus_are_refused():
    x, w = mx.sym.var('x', dtype='float32'), mx.sym.var('w', dtype='float32')
    net = gluon.SymbolBlock(x + w, [x, w])
    with pytest.raises(mx.MXNetError, match=r'gpu\(0\), gpu\(1\)'):
        net(nd.ones(2, ctx=mx.gpu(0)), nd.ones(2, ctx=mx.gpu(1)))


def test_a_net_hybridized_before_a_gpu_was_asked_for_moves_to_it():
    code = '''
import d2l_mxnet, mxnet as mx
net = mx.gluon.nn.Dense(2, in_units=3)
net.initialize(mx.init.One())
net.hybridize()
before = net(mx.nd.ones((1, 3))).asnumpy()
net.collect_params().reset_ctx(mx.gpu(0))
assert (net(mx.nd.ones((1, 3), ctx=mx.gpu(0))).asnumpy() == before).all()
'''
    subprocess.run([sys.executable, '-c', code], check=True, env=os.environ)


@pytest.mark.filterwarnings('ignore:register_op_hook is experimental')
def test_hooks_are_refused():
    net = nn.Dense(2, in_units=3)
    net.initialize(ctx=mx.gpu(0))
    net.hybridize()
    net(nd.ones((1, 3), ctx=mx.gpu(0)))
    net.register_op_hook(print)
    with pytest.raises(mx.MXNetError, match='register_op_hook'):
        net(nd.ones((1, 3), ctx=mx.gpu(0)))
