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


def compute(heads, ctx, is_shared):
    """All gradients after each backward; None in place of an error.

    Of a head 'other again' something is recorded first, and 'total kept'
    stays.
    """
    x, w = (nd.array(a, ctx=ctx) for a in ([0.1, 0.2], [0.3, 0.4]))
    x.attach_grad()
    w.attach_grad()
    with autograd.record():
        middle = part(x, w)
        head = part(middle, w)
        other = part(middle if is_shared else x, w + x)
        arrays = dict(head=head, other=other,
                      total=head + other)   # which joins both
    found = []
    for name in heads:
        name, *how = name.split()
        y = arrays[name]
        try:
            if how == ['again']:
                with autograd.record():
                    y = y * 2 * w
            y.backward(retain_graph=how == ['kept'])
            found += [x.grad.asnumpy(), w.grad.asnumpy()]
        except MXNetError:
            return [*found, None]
    return found


@pytest.mark.parametrize('is_shared', [False, True])
@pytest.mark.parametrize('heads', [
    ('head', 'other'), ('other', 'head'), ('head', 'other again'),
    ('total', 'other again'), ('head', 'total'), ('head', 'total again'),
    ('total kept', 'head', 'other'), ('head', 'head')], ids=', '.join)
def test_what_backward_has_used_is_forgotten(heads, is_shared):
    expected = compute(heads, CPU, is_shared)
    found = compute(heads, GPU, is_shared)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize('ctx', [CPU, GPU])
def test_what_was_used_is_not_used_again_behind_another_head(ctx):
    """Also where torch's nodes have saved nothing that could be missing."""
    x = nd.ones(2, ctx=ctx)
    x.attach_grad()
    with autograd.record():
        shared = x + 1
        first, second = shared + x, shared + 2
        both = first + second
    first.backward()
    with pytest.raises(MXNetError):
        both.backward()
    assert x.grad.asnumpy().tolist() == [2, 2]


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
