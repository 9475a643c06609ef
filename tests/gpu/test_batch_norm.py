"""The moving averages of BatchNorm move when MXNet's do: in backward."""
import numpy as np
import pytest
from both import CPU, GPU
from mxnet import autograd, nd


def forward(x, gamma, beta, *averages):
    return nd.BatchNorm(x, gamma, beta, *averages, momentum=.5,
                        fix_gamma=False)


def nothing(y):
    pass


def twice(y):
    y.backward(retain_graph=True)
    y.backward()


def steps(ctx, scope, attach, then):
    """The averages after forward, and after what follows."""
    x = nd.array(np.random.RandomState(0).normal(size=(4, 3, 2)), ctx)
    arrays = [x, *[f(3, ctx=ctx) for f in (nd.ones, nd.zeros, nd.zeros,
                                           nd.ones)]]
    if attach:
        for array in arrays[:3]:
            array.attach_grad()
    found = []
    with scope():
        y = forward(*arrays)
    y.wait_to_read()
    for act in nothing, then:
        act(y)
        nd.waitall()
        found.append(np.stack([a.asnumpy() for a in arrays[3:]]))
    return found


@pytest.mark.parametrize('scope, attach, then, moves', [
    (autograd.record, True, nothing, False),
    (autograd.record, True, lambda y: y.backward(), True),
    (autograd.record, True, twice, True),
    (autograd.record, False, nothing, False),
    (autograd.train_mode, True, nothing, False),
    (autograd.predict_mode, True, nothing, False),
    (lambda: autograd.record(train_mode=False), True,
     lambda y: y.backward(), False)], ids=[
         'forward', 'backward', 'twice', 'constants', 'train_mode',
         'predict_mode', 'recorded_prediction'])
def test_moving_averages_move_in_backward(scope, attach, then, moves):
    expected, found = (steps(ctx, scope, attach, then) for ctx in (CPU, GPU))
    np.testing.assert_allclose(found, expected, 1e-5, 1e-6)
    assert (found[0] != found[1]).any() == moves
