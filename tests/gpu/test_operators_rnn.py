"""The fused recurrent operator, compared with the CPU's."""
import types

import mxnet as mx
import numpy as np
import pytest
import torch
from both import GPU, is_stand_in
from comparison import check, compute
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_cases import GATES, HIDDEN, INPUTS, count_parameters, make_case

from d2l.gpu.operators import rnn


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(GATES)), st.integers(1, 3), st.integers(1, 2),
       st.integers(1, 5), st.integers(1, 4), st.booleans(), st.booleans())
def test_layers_with_gradients(mode, layers, directions, steps, batch,
                               state_outputs, train):
    case = make_case(mode, layers, directions, steps, batch,
                     state_outputs=state_outputs, train=train)
    if not is_stand_in():
        case.scale = 30     # cuDNN's tanh is exact to 1e-5
    check(case)


@pytest.mark.parametrize('mode', GATES)
def test_layers_in_float64(mode):
    case = make_case(mode, 2, 2, dtype='float64')
    case.scale = 100    # MXNet computes parts of it in float32
    check(case)


@pytest.mark.parametrize('layers, directions', [(1, 1), (3, 1), (2, 2)])
def test_projections(layers, directions):
    """The CPU has them in prediction only."""
    check(make_case(layers=layers, directions=directions, projection=2,
                    train=False, differentiate=0))


def test_gradients_of_projections():
    """They fit what the outputs do along a random direction."""
    case = make_case(layers=2, directions=2, projection=2, dtype='float64')
    # as `compute` draws them
    random = np.random.RandomState(0)
    outs, gradients, _ = compute(case, GPU)
    heads = [random.normal(size=x.shape) for x in outs]
    along = [np.random.RandomState(1).normal(size=x.shape)
             for x in case.inputs]
    values = []
    for step in (1e-5, -1e-5):
        moved = make_case(layers=2, directions=2, projection=2,
                          dtype='float64', differentiate=0)
        moved.inputs = [x + step * d for x, d in zip(case.inputs, along)]
        values.append(sum((x * head).sum() for x, head in zip(
            compute(moved, GPU)[0], heads)))
    np.testing.assert_allclose(
        sum((g * d).sum() for g, d in zip(gradients, along)),
        (values[0] - values[1]) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize('mode', GATES)
@pytest.mark.parametrize('layers, directions', [(1, 1), (2, 2)])
def test_lengths_are_those_of_sequences_alone(mode, layers, directions):
    """A sequence has the results of one that ends there; then comes 0."""
    lengths = [2, 4, 1, 4]
    case = make_case(mode, layers, directions, 4, 4, lengths=lengths)
    y, *states = compute(case, GPU)[0]
    for i, length in enumerate(lengths):
        alone = make_case(mode, layers, directions, length, 1,
                          differentiate=0)
        x, parameters, *begin = case.inputs[:-1]
        alone.inputs = [x[:length, i:i + 1], parameters,
                        *[s[:, i:i + 1] for s in begin]]
        expected, *last = compute(alone, mx.cpu())[0]
        np.testing.assert_allclose(y[:length, i:i + 1], expected, 1e-5, 1e-6)
        assert not y[length:, i].any()
        for s, end in zip(states, last):
            np.testing.assert_allclose(s[:, i:i + 1], end, 1e-5, 1e-6)


def test_gradients_with_lengths_are_those_without_where_all_are_whole():
    whole = compute(make_case('gru', 2, 2, lengths=[4, 4, 4]), GPU)
    plain = compute(make_case('gru', 2, 2), GPU)
    # cuDNN sums in another order where there are lengths
    tolerances = (1e-5, 1e-6) if is_stand_in() else (1e-4, 1e-5)
    for part, other in zip(whole[:2], plain[:2]):
        for x, y in zip(part, other):
            np.testing.assert_allclose(x, y, *tolerances)


def test_a_step_beyond_the_length_has_no_gradient():
    gradient = compute(make_case('lstm', lengths=[2, 4, 1]), GPU)[1][0]
    assert not gradient[2:, 0].any() and not gradient[1:, 2].any()
    assert gradient[:2, 0].all() and gradient[:, 1].all()


def test_dropout_is_between_layers_in_training():
    def outputs(train, p=.5):
        return compute(make_case(layers=2, p=p, train=train,
                                 differentiate=0), GPU)[0][0]
    mx.random.seed(0)
    np.testing.assert_array_equal(outputs(False), outputs(False, 0.))
    assert not np.allclose(outputs(True), outputs(False))
    check(make_case(layers=1, p=.5))    # no layer follows


@pytest.mark.parametrize('lengths', [None, [2, 4, 1]])
@pytest.mark.parametrize('train, differentiate, expected', [
    (True, 2, (.5, True)), (True, 0, (.5, True)), (False, 0, (0, False)),
    (False, 1, (0, True)), (False, 2, (0, True))])
@pytest.mark.parametrize('mode', GATES)
def test_gradients_in_prediction_need_cudnn_s_training(
        mode, train, differentiate, expected, lengths, monkeypatch):
    """Without it cuDNN raises in backward."""
    seen, function = [], getattr(torch, mode)

    def observe(*args):
        place = next(i for i, x in enumerate(args) if x is True)
        seen.append(args[place + 2:place + 4])
        return function(*args)
    monkeypatch.setattr(torch, mode, observe)
    case = make_case(mode, 2, p=.5, lengths=lengths, train=train)
    case.differentiate = differentiate
    compute(case, GPU)
    assert seen == [expected]


@pytest.mark.parametrize('params, message', [
    (dict(mode='gru', projection=2), "needs mode='lstm'")])
def test_what_is_refused_says_why(params, message):
    with pytest.raises(mx.MXNetError, match=message):
        compute(make_case(**params), GPU)


@pytest.mark.parametrize('place, shape', [
    (1, (7,)), (2, (1, 1, HIDDEN)), (3, (2, 3, HIDDEN))])
def test_shapes_that_do_not_fit_are_refused(place, shape):
    case = make_case()
    case.inputs[place] = np.ones(shape, 'float32')
    check(case)
    with pytest.raises(mx.MXNetError, match='must have shape'):
        compute(case, GPU)


def test_the_parameters_are_views_of_one_array():
    """Their order is cuDNN's, so that it need not copy them."""
    p = types.SimpleNamespace(
        op='RNN', mode='gru', num_layers=2, state_size=HIDDEN,
        bidirectional=True, projection_size=None)
    flat = torch.zeros(count_parameters('gru', 2, 2))
    for part in rnn._unpack(p, flat, INPUTS):
        part += 1
    assert (flat == 1).all()
