"""Pooling by MXNet's own code: where, and with the same numbers."""
import os

import pytest
from interpreters import run_python
from mxnet.gluon import nn

import d2l
from d2l.training import pooling

COMPARISON = '''
import numpy as np
from hypothesis import given, settings, strategies as st
from mxnet import autograd, nd
from mxnet.gluon import nn
import d2l
from d2l.training import pooling
from d2l.training.graph import Graph

has_avx512 = pooling._has_avx512
num_replaced = 0


def compute(make_pooling, channels, X, weight, head, is_replaced):
    """Scores and gradients of a convolution and a pooling, compiled."""
    global num_replaced
    net = nn.Sequential()
    net.add(nn.Conv2D(channels, 1), make_pooling())
    net.initialize()
    net(X)
    net[0].weight.set_data(weight)
    pooling._has_avx512 = has_avx512 if is_replaced else lambda: True
    graph = Graph(net)
    X = X.copy()
    X.attach_grad()
    for _ in range(2):      # the second time with all memory in use
        with autograd.record():
            y = graph(X)
            l = y * nd.array(head[:y.size].reshape(y.shape))
        l.backward()
    num_replaced += any(isinstance(block, pooling._ChannelsLast)
                        for block in graph.hybrids['cpu'])
    return [array.asnumpy() for array in
            (y, X.grad, net[0].weight.grad(), net[0].bias.grad())]


@settings(max_examples=150, deadline=None)
@given(st.data())
def compare(data):
    def draw(low, high):
        return data.draw(st.integers(low, high))

    is_max = data.draw(st.booleans())
    size = (draw(1, 4), draw(1, 4)) if is_max else data.draw(
        st.sampled_from([(1, 2), (2, 1), (2, 2), (2, 4), (4, 4)]))
    strides = draw(1, 3), draw(1, 3)
    padding = (draw(0, size[0] - 1), draw(0, size[1] - 1)) if is_max else 0
    is_ceil = is_max and data.draw(st.booleans())
    make = nn.MaxPool2D if is_max else nn.AvgPool2D
    channels = draw(1, 13)
    rng = np.random.RandomState(draw(0, 10 ** 6))
    shape = draw(1, 3), draw(1, 4), draw(4, 12), draw(4, 12)
    # many ties, or none
    X = (rng.randint(-2, 3, shape) if data.draw(st.booleans())
         else rng.standard_normal(shape))
    weight = nd.array(rng.randint(-1, 2, (channels, shape[1], 1, 1)))
    head = rng.standard_normal(10 ** 5)
    found = [compute(lambda: make(size, strides, padding, ceil_mode=is_ceil),
                     channels, nd.array(X), weight, head, is_replaced)
             for is_replaced in (True, False)]
    for ours, onednns in zip(*found):
        assert ours.tobytes() == onednns.tobytes()


compare()
print(num_replaced)
'''


def test_the_numbers_are_onednns_to_the_last_bit():
    """Over shapes, windows, strides, paddings and ties."""
    folder = os.path.dirname(os.path.dirname(d2l.__file__))
    run = run_python(COMPARISON, '-Wignore', PYTHONPATH=folder,
                     DNNL_MAX_CPU_ISA='AVX2')
    assert run.returncode == 0, run.stdout
    assert int(run.stdout.splitlines()[-1]) > 50


@pytest.fixture
def without_avx512(monkeypatch):
    monkeypatch.setattr(pooling, '_has_avx512', lambda: False)


def is_replaced(*blocks):
    """Whether the last block is."""
    return type(pooling.use_fast_pooling(list(blocks))[-1]) is not type(
        blocks[-1])


@pytest.mark.parametrize('blocks', [
    [nn.Conv2D(6, 5), nn.MaxPool2D(2)], [nn.Conv2D(6, 5), nn.AvgPool2D(2)],
    [nn.Conv2D(6, 5), nn.BatchNorm(), nn.Activation('relu'), nn.MaxPool2D(3)],
    [nn.Conv2D(8, 5), nn.Conv2D(4, 5), nn.MaxPool2D(3, 2, 1)]])
def test_replaced_for_channels_that_make_no_blocks(blocks, without_avx512):
    assert is_replaced(*blocks)


@pytest.mark.parametrize('blocks', [
    [nn.Conv2D(16, 5), nn.MaxPool2D(2)], [nn.MaxPool2D(2)],
    [nn.Conv2D(6, 5), nn.AvgPool2D(3)],             # a last bit differs
    [nn.Conv2D(6, 5), nn.AvgPool2D(2, padding=1)],
    [nn.Conv2D(6, 5), nn.AvgPool2D(2, ceil_mode=True)],
    [nn.Conv2D(6, 5), nn.Conv2DTranspose(5, 3), nn.MaxPool2D(2)],
    [nn.Conv2D(6, 5), nn.GlobalMaxPool2D()],
    [nn.Conv2D(6, 5, layout='NHWC'), nn.MaxPool2D(2, layout='NHWC')]])
def test_not_replaced_elsewhere(blocks, without_avx512):
    assert not is_replaced(*blocks)


def test_not_replaced_on_a_processor_with_fast_code(monkeypatch):
    monkeypatch.setattr(pooling, '_has_avx512', lambda: True)
    assert not is_replaced(nn.Conv2D(6, 5), nn.MaxPool2D(2))


@pytest.mark.parametrize('machine, flags, limit, expected', [
    ('x86_64', 'avx2 avx512f avx512dq', None, True),
    ('x86_64', 'avx avx2', None, False),
    ('x86_64', 'avx2 avx512f', 'AVX2', False),
    ('x86_64', 'avx2 avx512f', 'avx512_core', True),
    ('x86_64', 'avx2 avx512f', 'ALL', True),
    ('x86_64', None, None, True), ('aarch64', 'asimd', None, True)])
def test_what_the_processor_has(machine, flags, limit, expected, tmp_path,
                                monkeypatch):
    def open_cpuinfo(path):
        (tmp_path / 'cpuinfo').write_text('flags : fpu %s \n' % flags)
        return open(str(tmp_path / ('cpuinfo' if flags else 'none')))

    monkeypatch.setattr(pooling, 'open', open_cpuinfo, raising=False)
    monkeypatch.setattr('platform.machine', lambda: machine)
    monkeypatch.delenv('DNNL_MAX_CPU_ISA', raising=False)
    if limit:
        monkeypatch.setenv('DNNL_MAX_CPU_ISA', limit)
    assert pooling._has_avx512.__wrapped__() is expected
