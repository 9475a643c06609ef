"""Random graphs have the same gradients on gpu(0) as on cpu()."""
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mxnet import autograd, nd
from mxnet.base import MXNetError
from snippets import CPU, GPU, assert_same

UNARY = ['-{}', '{}.sin()', '{}.tanh()', '{} * 2 - 1', '{}.relu()',
         '{}[1:]', '{}.reshape((-1,))', '{}.sum()', '{}.detach()',
         '{}.sigmoid()', '{}.square()', '{}.flip(axis=0)', '({} > 0) * {}']
BINARY = ['{} + {}', '{} * {}', 'nd.maximum({}, {})', '{} - {}']


@st.composite
def graphs(draw):
    """Lines, each of which computes from arrays of lines before."""
    lines, names = [], ['x', 'w']
    for i in range(draw(st.integers(2, 6))):
        if draw(st.booleans()):
            name = draw(st.sampled_from(names))
            right = draw(st.sampled_from(UNARY)).replace('{}', name)
        else:
            right = draw(st.sampled_from(BINARY)).format(
                *[draw(st.sampled_from(names)) for _ in range(2)])
        lines.append('y%d = %s' % (i, right))
        names.append('y%d' % i)
    return lines


def gradients(lines, ctx):
    rng = np.random.RandomState(0)
    names = {'nd': nd, 'x': nd.array(rng.randn(4, 3), ctx=ctx),
             'w': nd.array(rng.randn(4, 3), ctx=ctx)}
    for name in ('x', 'w'):
        names[name].attach_grad()
    try:
        with autograd.record():
            for line in lines:
                exec(line, names)
        names['y%d' % (len(lines) - 1)].backward()
    except (MXNetError, ValueError) as error:    # such as shapes
        return type(error).__name__
    return [v.asnumpy() for k, v in sorted(names.items()) if k in 'xw'
            or k[0] == 'y'] + [names[k].grad.asnumpy() for k in 'xw']


@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))
@given(graphs())
def test_random_graphs_have_equal_gradients(lines):
    found, expected = gradients(lines, GPU), gradients(lines, CPU)
    assert_same(found, expected, rtol=1e-4, atol=1e-5)
