"""Symbols of many kinds in executors on gpu(0), compared with the CPU."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd, sym
from mxnet.contrib import amp

GPU = mx.gpu(0)
X, W = sym.var('x'), sym.var('w')


def run(symbol, ctx, shapes):
    """Outputs, gradients and states after a forward and a backward."""
    executor = symbol.simple_bind(ctx, **shapes)
    for array in executor.arg_arrays:
        array[:] = nd.arange(array.size).reshape(array.shape).sin()
    for array in executor.aux_arrays:
        array[:] = 0.5
    outputs = [x.asnumpy() for x in executor.forward(is_train=True)]
    executor.backward([nd.arange(x.size, dtype=x.dtype).reshape(x.shape)
                       for x in executor.outputs])
    return outputs + [x.asnumpy() for x in executor.grad_arrays
                      + executor.aux_arrays]


def loop():
    outputs, states = sym.contrib.foreach(
        lambda row, s: (row * W + s, s + row), X, W * 2)
    return sym.Group([outputs, states])


def recurrent():
    cells = mx.rnn.SequentialRNNCell()
    cells.add(mx.rnn.GRUCell(4, prefix='a_'))
    cells.add(mx.rnn.ResidualCell(mx.rnn.GRUCell(4, prefix='b_')))
    cells.add(mx.rnn.BidirectionalCell(mx.rnn.LSTMCell(3, prefix='l_'),
                                       mx.rnn.LSTMCell(3, prefix='r_')))
    return cells.unroll(3, X, merge_outputs=True)[0]


@pytest.mark.parametrize('symbol, shapes', [
    (loop(), dict(x=(3, 2), w=(2,))),
    (recurrent(), dict(x=(2, 3, 4))),
    (sym.Group([X * 2, X * 2, X]), dict(x=(3,))),
    (sym.Group([sym.BlockGrad(X) * X, sym.argmax(X, axis=0), sym.sign(X) * 2,
                sym.zeros_like(X), sym.ones((2,))]), dict(x=(3,))),
    (X + sym.arange(0, 6).reshape((2, 3)) + sym.eye(2, 3), dict(x=(2, 3))),
    (sym.cast(X, 'float64') * sym.var('w', dtype='float64'),
     dict(x=(2,), w=(2,))),
    (sym.FullyConnected(sym.var('x', shape=(2, 3)), num_hidden=2), {}),
], ids=['loop', 'recurrent', 'the same twice', 'without gradients',
        'made in the graph', 'two dtypes', 'shapes of variables'])
def test_symbols(symbol, shapes):
    for theirs, ours in zip(*[run(symbol, ctx, shapes)
                              for ctx in (mx.cpu(), GPU)]):
        assert theirs.shape == ours.shape and theirs.dtype == ours.dtype
        np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('shape', [(), (3, 4)])
def test_numpy_symbols(shape):
    with mx.util.np_shape(True):
        y = mx.sym.np.sin(X.as_np_ndarray()) * 2
        theirs, ours = (run(y.as_nd_ndarray(), ctx, dict(x=shape))
                        for ctx in (mx.cpu(), GPU))
    assert ours[0].shape == shape
    np.testing.assert_allclose(theirs[1], ours[1], rtol=1e-6)


def test_shapes_that_only_forward_tells():
    y = sym.contrib.boolean_mask(X, sym.var('mask'))
    x = nd.arange(6, ctx=GPU).reshape((3, 2))
    mask, grad = nd.array([1, 0, 1], ctx=GPU), nd.zeros((3, 2), ctx=GPU)
    executor = y.bind(GPU, dict(x=x, mask=mask), dict(x=grad))
    assert executor.forward(is_train=True)[0].shape == (2, 2)
    executor.backward([nd.ones((2, 2))])
    assert grad.asnumpy().tolist() == [[1, 1], [0, 0], [1, 1]]
    mask[:] = 1
    assert executor.forward()[0].shape == executor.outputs[0].shape == (3, 2)


def test_random_numbers_are_new_each_time():
    executor = (sym.random.normal(shape=(99,)) + X).simple_bind(GPU, x=(99,))
    first = executor.forward()[0].copy()
    assert (first != executor.forward()[0]).sum().asscalar() > 90


def test_a_model_in_float16():
    y = sym.BatchNorm(sym.Convolution(X, num_filter=4, kernel=(3, 3)))
    y = sym.softmax(sym.FullyConnected(y, num_hidden=3))
    shapes, _, states = y.infer_shape(x=(2, 3, 8, 8))
    random = np.random.RandomState(0)
    args = {name: nd.array(random.randn(*shape) * 0.2) for name, shape in zip(
        y.list_arguments(), shapes) if name != 'x'}
    aux = {name: nd.ones(shape)
           for name, shape in zip(y.list_auxiliary_states(), states)}
    batch = mx.io.DataBatch([nd.array(random.randn(2, 3, 8, 8))])
    found = []
    for model in ((y, args, aux),
                  amp.convert_model(y, args, aux, target_dtype='float16')):
        module = mx.mod.Module(model[0], ['x'], None, context=GPU)
        module.bind([('x', (2, 3, 8, 8))], for_training=False)
        module.set_params(*model[1:])
        module.forward(batch)
        found.append(module.get_outputs()[0].asnumpy())
    np.testing.assert_allclose(*found, atol=1e-2)
    assert (found[0] != found[1]).any()


@pytest.mark.parametrize('symbol, shapes', [
    (sym.scatter_nd(sym.var('x'), sym.var('i'), shape=(4,)),
     dict(x=(3,), i=(1, 3))),
    (sym.contrib.boolean_mask(sym.var('x'), sym.var('i')),
     dict(x=(3, 2), i=(3,)))])
def test_indices_of_integers_may_have_an_array_for_a_gradient(symbol, shapes):
    found = []
    for ctx in (mx.cpu(), GPU):
        args = dict(x=nd.ones(shapes['x'], ctx),
                    i=nd.ones(shapes['i'], ctx, dtype='int32'))
        grads = {name: nd.full(x.shape, 7, ctx, dtype=x.dtype)
                 for name, x in args.items()}
        executor = symbol.bind(ctx, args, grads)
        out, = executor.forward(is_train=True)
        executor.backward(nd.ones(out.shape, ctx))
        found.append(grads['x'].asnumpy())
    np.testing.assert_array_equal(*found)
