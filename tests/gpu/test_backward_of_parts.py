"""Backward through parts of what was recorded together.

As in MXNet, it forgets what it has used, and nothing else.
"""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, nd
from mxnet.base import MXNetError
from snippets import CPU, GPU


def part(x, w):
    return (x * w).exp() * w


def separate(head, other, total, w):
    head.backward()
    yield
    other.backward()


def in_the_other_order(head, other, total, w):
    other.backward()
    yield
    head.backward()


def recorded_again(head, other, total, w):
    head.backward()
    yield
    with autograd.record():
        again = other * 2 * w
    again.backward()


def used_is_constant(head, other, total, w):
    total.backward()
    yield
    with autograd.record():
        again = other * 2 * w
    again.backward()


def all_after_a_part(head, other, total, w):
    head.backward()
    yield
    total.backward()


def sum_recorded_again(head, other, total, w):
    head.backward()
    yield
    with autograd.record():
        again = total * 2 * w
    again.backward()


def parts_after_all(head, other, total, w):
    total.backward(retain_graph=True)
    yield
    head.backward()
    yield
    other.backward()


def a_part_twice(head, other, total, w):
    head.backward()
    yield
    head.backward()


def compute(program, ctx, is_shared):
    """All gradients on the way; None in place of an error."""
    x, w = (nd.array(a, ctx=ctx) for a in ([0.1, 0.2], [0.3, 0.4]))
    x.attach_grad()
    w.attach_grad()
    with autograd.record():
        middle = part(x, w)
        head = part(middle, w)
        other = part(middle if is_shared else x, w + x)
        total = head + other    # joins both
    found = []
    try:
        for _ in program(head, other, total, w):
            found += [x.grad.asnumpy(), w.grad.asnumpy()]
        return [*found, x.grad.asnumpy(), w.grad.asnumpy()]
    except MXNetError:
        return [*found, None]


@pytest.mark.parametrize('is_shared', [False, True])
@pytest.mark.parametrize('program', [
    separate, in_the_other_order, recorded_again, used_is_constant,
    all_after_a_part, sum_recorded_again, parts_after_all, a_part_twice])
def test_what_backward_has_used_is_forgotten(program, is_shared):
    expected = compute(program, CPU, is_shared)
    found = compute(program, GPU, is_shared)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize('ctx', [CPU, GPU])
def test_an_operator_is_used_as_a_whole(ctx):
    """Such as a layer's states, where only its outputs had a loss."""
    x = nd.arange(4, ctx=ctx) + 1
    x.attach_grad()
    with autograd.record():
        a, b = nd.split(x * x, 2, axis=0)
    a.backward()
    assert x.grad.asnumpy().tolist() == [2, 4, 0, 0]
    with autograd.record():
        y = b * x[:2]
    y.backward()
    assert x.grad.asnumpy().tolist() == [9, 16, 0, 0]


def test_the_error_says_what_to_do():
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x.exp()
        head, other = y * 2, y * y
    head.backward()
    with pytest.raises(mx.MXNetError, match='retain_graph=True'):
        other.backward()
