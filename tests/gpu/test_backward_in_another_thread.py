"""On CUDA torch runs backward in a thread of its own: here it does, too.

What MXNet keeps for each thread has its defaults there.
"""
import functools
import threading

import mxnet as mx
import numpy as np
import pytest
import torch
from both import CPU, GPU
from mxnet import autograd, gluon, nd, npx

pytestmark = pytest.mark.filterwarnings('ignore:operator .* has no code')


def in_another_thread(function):
    """The function, called in a new thread."""
    @functools.wraps(function)
    def call(*args, **kwargs):
        results, errors = [], []

        def run():
            try:
                results.append(function(*args, **kwargs))
            except BaseException as error:      # noqa: BLE001
                errors.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return results[0]
    return call


@pytest.fixture(autouse=True)
def _another_thread(monkeypatch):
    for name in 'backward', 'grad':
        monkeypatch.setattr(torch.autograd, name, in_another_thread(
            getattr(torch.autograd, name)))


@pytest.fixture
def np_arrays():
    npx.set_np()
    yield mx.np
    npx.reset_np()


class Observed(autograd.Function):
    """Doubles its input; `seen` is what MXNet keeps for the thread."""

    def forward(self, x):
        return x * 2

    def backward(self, d):
        self.seen = (autograd.is_recording(), autograd.is_training(),
                     npx.is_np_shape(), npx.is_np_array())
        self.thread = threading.current_thread()
        return d * 2


@pytest.mark.parametrize('expression', [
    'np.average(x)', 'np.average(x, weights=x + 1)', 'np.linalg.norm(x)',
    'np.linalg.norm(x[:0])', 'np.percentile(x, 30)', 'np.trace(x) * x[0, 0]'])
def test_operators_computed_on_the_cpu(np_arrays, expression):
    found = []
    for ctx in CPU, GPU:
        x = mx.np.arange(1, 10, ctx=ctx).reshape(3, 3)
        x.attach_grad()
        with autograd.record():
            y = eval(expression, dict(np=mx.np, x=x)) + (x * 0).sum()
        y.backward()
        found.append(x.grad.asnumpy())
    np.testing.assert_allclose(found[1], found[0], 1e-6)


@pytest.mark.parametrize('shape', [(), (0, 3), (2,)])
def test_functions_with_shapes_of_numpy(np_arrays, shape):
    x = mx.np.ones(shape, ctx=GPU)
    x.attach_grad()
    function = Observed()
    with autograd.record():
        y = function(x)
    y.backward()
    assert function.thread is not threading.current_thread()
    assert function.seen == (False, True, True, True)
    np.testing.assert_array_equal(x.grad.asnumpy(), np.full(shape, 2))


def test_functions_without_them():
    """Whatever holds where backward is called."""
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    function = Observed()
    with autograd.record():
        y = function(x)
    with mx.util.np_shape(True), mx.util.np_array(True):
        y.backward()
        assert npx.is_np_shape() and npx.is_np_array()
    assert function.seen == (False, True, False, False)


@pytest.mark.parametrize('ctx', [CPU, GPU])
@pytest.mark.parametrize('inside', [False, True])
@pytest.mark.parametrize('train', [False, True])
def test_functions_find_the_same_modes_on_both_devices(ctx, inside, train):
    x = nd.ones(2, ctx=ctx)
    x.attach_grad()
    function = Observed()
    with autograd.record(train):
        y = function(x)
        if inside:
            y.backward()
    if not inside:
        y.backward()
    assert x.grad.asnumpy().tolist() == [2, 2]
    assert function.seen == (False, True, False, False)


BACKWARD = [lambda y, x, train: y.backward(train_mode=train),
            lambda y, x, train: autograd.backward([y], train_mode=train),
            lambda y, x, train: autograd.grad(y, [x], train_mode=train)]


@pytest.mark.parametrize('ctx', [CPU, GPU])
@pytest.mark.parametrize('compute', [
    lambda x, f: f(x), lambda x, f: f(x * 2) + x[0],
    lambda x, f: f(nd.Custom(x, op_type='doubled_in_another_thread'))])
def test_functions_find_the_mode_that_backward_is_called_with(ctx, compute):
    for backward in BACKWARD:
        x = nd.ones(2, ctx=ctx)
        x.attach_grad()
        function = Observed()
        for train in (False, True):
            with autograd.record(train):
                y = compute(x, function)
            backward(y, x, not train)
            nd.waitall()
            assert function.seen[1] is not train
            function = Observed()


def test_the_mode_is_that_of_one_backward():
    for ctx in (CPU, GPU):
        x = nd.ones(2, ctx=ctx)
        x.attach_grad()
        function = Observed()
        with autograd.record():
            y = function(x)
        for train in (False, True, False, True):
            y.backward(retain_graph=True, train_mode=train)
            nd.waitall()
            assert function.seen[1] is train


def test_errors_arrive():
    class Failing(Observed):
        def backward(self, d):
            raise KeyError('of the reader')
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = Failing()(x)
    with pytest.raises(mx.MXNetError, match='printed above'):
        y.backward()


class Doubled(mx.operator.CustomOp):
    modes = []

    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] * 2)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.modes.append(autograd.is_training())
        self.assign(in_grad[0], req[0], out_grad[0] * 2)


@mx.operator.register('doubled_in_another_thread')
class DoubledProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, shapes, dtypes):
        return Doubled()


def test_custom_operators():
    x = nd.arange(3, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = nd.Custom(x * x, op_type='doubled_in_another_thread')
    y.backward()
    assert x.grad.asnumpy().tolist() == [0, 4, 8]


def test_averages_of_batch_norm_move():
    found = []
    for ctx in CPU, GPU:
        net = gluon.nn.BatchNorm(in_channels=3)
        net.initialize(ctx=ctx)
        x = nd.arange(24, ctx=ctx).reshape((2, 3, 4))
        with autograd.record():
            y = net(x)
        y.backward()
        found.append(net.running_mean.data(ctx).asnumpy())
    np.testing.assert_allclose(found[1], found[0], 1e-6)
    assert found[0].any()


@pytest.mark.parametrize('ctx', [CPU, GPU])
def test_custom_operators_find_the_mode_of_backward(ctx):
    x = nd.ones(2, ctx=ctx)
    x.attach_grad()
    executor = mx.sym.Custom(mx.sym.var('x'), op_type=(
        'doubled_in_another_thread')).simple_bind(ctx, x=(2,))
    Doubled.modes.clear()
    for train in (False, True):
        with autograd.record():
            y = nd.Custom(x, op_type='doubled_in_another_thread')
        y.backward(train_mode=train)
        nd.waitall()
        executor.forward(is_train=True)
        executor.backward([x], is_train=train)
        nd.waitall()
    assert Doubled.modes == [False, False, True, True]


@pytest.mark.parametrize('symbol', [
    lambda x: mx.sym.Custom(x, op_type='doubled_in_another_thread'),
    lambda x: mx.sym.np.average(x.as_np_ndarray())])
def test_executors(symbol):
    found = []
    for ctx in CPU, GPU:
        with mx.util.np_shape(True):
            executor = symbol(mx.sym.var('x')).simple_bind(ctx, x=(2, 3))
            executor.arg_dict['x'][:] = 3
            y, = executor.forward(is_train=True)
            executor.backward(nd.ones(y.shape, ctx=ctx) * 5)
            found.append(executor.grad_dict['x'].asnumpy())
    np.testing.assert_allclose(found[1], found[0], 1e-6)
