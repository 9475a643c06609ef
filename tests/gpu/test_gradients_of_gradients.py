"""Gradients of gradients: a penalty that a reader adds to a loss."""
import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU, initialize, randoms
from mxnet import autograd, nd
from mxnet.gluon import nn

X = randoms(3, 4)


def critic(activation='sigmoid'):
    net = nn.HybridSequential()
    net.add(nn.Dense(5, activation=activation), nn.LayerNorm(), nn.Dense(1))
    return net


def penalize(net, X):
    """How far the gradient by X is from one, squared; and its gradients."""
    X.attach_grad()
    with autograd.record():
        grad, = autograd.grad(net(X), [X], create_graph=True)
        l = ((grad.square().sum(axis=1) + 1e-6).sqrt() - 1).square().sum()
    l.backward()
    return l.asscalar()


@pytest.mark.parametrize('activation', ['sigmoid', 'tanh', 'softsign'])
@pytest.mark.parametrize('hybridize', [False, True])
def test_they_are_those_of_small_steps(activation, hybridize):
    net = initialize(lambda: critic(activation), nd.array(X), GPU)
    net.cast('float64')
    if hybridize:
        net.hybridize()
    x = nd.array(X, ctx=GPU, dtype='float64')
    penalize(net, x)
    weight, step = net[0].weight, 1e-5
    for array, grad in ((x, x.grad.asnumpy()),
                        (weight.data(), weight.grad().asnumpy())):
        before = array.asnumpy()
        for place in ((0, 1), (2, 3)):
            found = []
            for sign in (1, -1):
                moved = before.copy()
                moved[place] += sign * step
                array[:] = moved
                found.append(penalize(net, x))
            array[:] = before
            np.testing.assert_allclose(
                grad[place], (found[0] - found[1]) / (2 * step), 1e-4, 1e-7)


def test_the_cpu_says_which_ones_it_has_not():
    """It has none of a hybridized net, whatever its flags, ..."""
    for flags in ({}, dict(static_alloc=True, static_shape=True)):
        net = initialize(critic, nd.array(X), CPU)
        net.hybridize(**flags)
        with pytest.raises(mx.MXNetError, match='do not use hybridize'):
            penalize(net, nd.array(X))
    net = initialize(critic, nd.array(X), CPU)
    with pytest.raises(mx.MXNetError, match='is non-differentiable'):
        penalize(net, nd.array(X))


def test_a_dense_layer_of_the_cpu_loses_a_part():
    """... and through nn.Dense a wrong one by its input."""
    found = []
    for ctx in (CPU, GPU):
        net = nn.Sequential()
        net.add(nn.Dense(5), nn.Lambda('sigmoid'), nn.Dense(1))
        x = nd.array(X, ctx=ctx)
        initialize(lambda net=net: net, nd.array(X), ctx)
        penalize(net, x)
        found.append(x.grad.asnumpy())
    assert not found[0].any() and found[1].any()
