"""Executors on gpu(0) are refused, and the refusal says what to use."""
import mxnet as mx
import pytest
from mxnet import nd


def test_bind_is_refused():
    x = mx.sym.var('x')
    with pytest.raises(mx.MXNetError, match='SymbolBlock'):
        (x * 2).bind(mx.gpu(0), {'x': nd.ones(2, ctx=mx.gpu(0))})


def test_simple_bind_is_refused():
    # MXNet's front end makes a RuntimeError of it
    with pytest.raises(RuntimeError, match='SymbolBlock'):
        (mx.sym.var('x') * 2).simple_bind(mx.gpu(0), x=(2,))


def test_executors_of_the_cpu_run():
    executor = (mx.sym.var('x') * 2).simple_bind(mx.cpu(), x=(2,))
    assert executor.forward(x=nd.ones(2))[0].sum().asscalar() == 4
