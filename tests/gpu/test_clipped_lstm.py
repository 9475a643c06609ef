"""LSTMs whose cell states are clipped: the CPU ignores the bounds."""
import mxnet as mx
import numpy as np
import pytest
from both import GPU
from comparison import compute
from mxnet import gluon, nd
from recurrent_cases import HIDDEN, INPUTS, make_case


def clipped(low, high, nan=False, **kwargs):
    return make_case(lstm_state_clip_min=low, lstm_state_clip_max=high,
                     lstm_state_clip_nan=nan, **kwargs)


@pytest.mark.parametrize('kwargs', [
    {}, dict(layers=3), dict(layers=2, directions=2, dtype='float64'),
    dict(layers=2, directions=2, projection=2),
    dict(layers=2, directions=2, lengths=[2, 4, 1])])
def test_wide_bounds_change_nothing(kwargs):
    plain = compute(make_case(**kwargs), GPU)
    for part, other in zip(compute(clipped(-100., 100., **kwargs), GPU),
                           plain):
        assert len(part) == len(other)
        for x, y in zip(part, other):
            np.testing.assert_allclose(x, y, 1e-4, 1e-5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_in_numpy(x, parameters, h, c, low, high):
    rows = 4 * HIDDEN
    first, second, biases = np.split(parameters, [
        rows * INPUTS, rows * (INPUTS + HIDDEN)])
    first, second = first.reshape(rows, -1), second.reshape(rows, -1)
    outputs = []
    for step in x:
        gates = (step @ first.T + h @ second.T
                 + biases.reshape(2, -1).sum(0))
        i, f, g, o = np.split(gates, 4, axis=1)
        c = np.clip(sigmoid(f) * c + sigmoid(i) * np.tanh(g), low, high)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs), h, c


def test_states_are_those_of_numpy():
    case = clipped(-.1, .1, steps=6, dtype='float64')
    x, parameters, h, c = case.inputs
    y, last, state = run_in_numpy(x, parameters, h[0], c[0], -.1, .1)
    assert {-.1, .1} < set(state.ravel())
    for found, expected in zip(compute(case, GPU)[0],
                               (y, last[None], state[None])):
        np.testing.assert_allclose(found, expected, 1e-7)


def test_a_state_at_its_bound_has_no_gradient():
    case = clipped(1., 2., steps=1)     # all states are below
    gradients = compute(case, GPU)[1]
    assert not gradients[3].any() and gradients[0].any()


@pytest.mark.parametrize('nan', [False, True])
def test_nan_becomes_the_lower_bound_if_asked_for(nan):
    case = clipped(-.5, .5, nan, differentiate=0)
    case.inputs[3][:] = np.nan
    state = compute(case, GPU)[0][2]
    assert np.isnan(state).all() != nan
    assert not nan or (abs(state) <= .5).all()


def test_dropout_is_between_layers_as_without_bounds():
    def outputs(train, **kwargs):
        return compute(clipped(-1., 1., layers=2, train=train,
                               differentiate=0, **kwargs), GPU)[0][0]
    np.testing.assert_array_equal(outputs(False, p=.5), outputs(True))
    assert not np.allclose(outputs(True, p=.5), outputs(True))


@pytest.mark.parametrize('case', [
    make_case(lstm_state_clip_min=-1.), make_case(lstm_state_clip_max=1.),
    clipped(-1., 1., mode='gru')])
def test_one_bound_and_other_layers_are_refused(case):
    with pytest.raises(mx.MXNetError, match='need each other, and mode'):
        compute(case, GPU)


def test_a_layer_of_gluon():
    mx.random.seed(0)
    layer = gluon.rnn.LSTM(4, state_clip_min=-.1, state_clip_max=.1)
    layer.initialize(ctx=GPU)
    begin = [nd.ones((1, 2, 4), ctx=GPU) for _ in range(2)]
    _, (_, c) = layer(nd.ones((3, 2, 5), ctx=GPU), begin)
    assert abs(c.asnumpy()).max() == np.float32(.1)
