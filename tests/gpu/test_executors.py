"""Executors on gpu(0) compute what they compute on the CPU."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd, sym

GPU = mx.gpu(0)


def assert_same_on_both(compute):
    """Compare what a function of a context returns: a list of arrays."""
    for x, y in zip(compute(mx.cpu()), compute(GPU)):
        np.testing.assert_allclose(x.asnumpy(), y.asnumpy(), rtol=1e-4,
                                   atol=1e-5)


def test_bind_computes_with_the_given_arrays():
    x = nd.array([1, 2], ctx=GPU)
    executor = (sym.var('x') * 2).bind(GPU, {'x': x})
    assert executor.forward()[0].asnumpy().tolist() == [2, 4]
    x[:] = 5
    assert executor.forward()[0].asnumpy().tolist() == [10, 10]


def test_outputs_keep_their_memory():
    executor = (sym.var('x') * 2).simple_bind(GPU, x=(2,))
    before = executor.outputs[0]
    assert before.shape == (2,) and before.context == GPU
    executor.forward(x=nd.ones(2))
    after = executor.outputs[0]
    assert before.asnumpy().tolist() == after.asnumpy().tolist() == [2, 2]


def test_an_argument_that_is_an_output_is_the_same_memory():
    x = sym.var('x')
    executor = sym.Group([x, x * 2]).simple_bind(GPU, x=(2,))
    executor.arg_dict['x'][:] = 3
    assert executor.outputs[0].asnumpy().tolist() == [3, 3]


@pytest.mark.parametrize('grad_req', [
    'write', 'add', 'null', ['null', 'write', 'add'],
    dict(a='add', c='write')])
def test_requests(grad_req):
    def compute(ctx):
        a, b, c = map(sym.var, 'abc')
        args, grads = ([nd.arange(3, ctx=ctx) + i for i in range(k, k + 3)]
                       for k in (0, 5))
        executor = (a * b + 0 * c).bind(ctx, args, grads, grad_req)
        executor.forward(is_train=True)
        for _ in range(2):      # the graph is kept
            executor.backward(nd.arange(3, ctx=ctx))
        return grads
    assert_same_on_both(compute)


def test_arguments_without_a_gradient_array_get_none():
    a, b = sym.var('a'), sym.var('b')
    arrays = {n: nd.ones(2, ctx=GPU) for n in 'ab'}
    executor = (a * b).bind(GPU, arrays, {'a': nd.zeros(2, ctx=GPU)})
    executor.forward()
    executor.backward([nd.ones(2, ctx=GPU)])
    assert executor.grad_dict['a'].asnumpy().tolist() == [1, 1]
    assert executor.grad_dict['b'] is None


def test_what_does_not_reach_an_output_gets_zeros():
    x = sym.var('x')
    executor = sym.Group([sym.BlockGrad(x), x > 1]).simple_bind(GPU, x=(2,))
    executor.grad_arrays[0][:] = 7
    executor.forward()
    executor.backward()
    assert executor.grad_arrays[0].asnumpy().tolist() == [0, 0]


def test_a_loss_needs_no_gradient_and_other_outputs_do():
    x = sym.var('x')
    loss = sym.MakeLoss(sym.sum(x * x))
    executor = sym.Group([loss, sym.BlockGrad(x)]).simple_bind(GPU, x=(2,))
    executor.forward(x=nd.array([1, 2]))
    executor.backward()
    assert executor.grad_arrays[0].asnumpy().tolist() == [2, 4]
    executor.backward([nd.ones(7), nd.ones(7)])     # which no one reads
    assert executor.grad_arrays[0].asnumpy().tolist() == [2, 4]
    executor = sym.Group([loss, x * 2]).simple_bind(GPU, x=(2,))
    executor.forward()
    with pytest.raises(mx.MXNetError, match='head_gradient is required'):
        executor.backward()


@pytest.mark.parametrize('function, gradient', [
    (lambda x: sym.BlockGrad(sym.MakeLoss(x * 2)), [2, 2]),
    (lambda x: sym.MakeLoss(x * 2) > 1, [2, 2]),
    (lambda x: sym.relu(sym.make_loss(x * 2)), [2, 2]),
    (lambda x: sym.Group([sym.LinearRegressionOutput(x * 2, x), x > 0]),
     [2, 4])], ids=['BlockGrad', '>', 'relu', 'regression'])
def test_a_loss_has_its_gradient_whatever_follows(function, gradient):
    executor = function(sym.var('x')).simple_bind(GPU, x=(2,))
    executor.forward(is_train=True, x=nd.array([1, 2]))
    executor.backward()
    assert executor.grad_arrays[0].asnumpy().tolist() == gradient


def test_gradients_of_outputs_may_be_on_the_cpu():
    executor = (sym.var('x') * 2).simple_bind(GPU, x=(2,))
    executor.forward()
    executor.backward([nd.array([1, 2], dtype='float64')])
    assert executor.grad_arrays[0].asnumpy().tolist() == [2, 4]
    with pytest.raises(mx.MXNetError, match=r'\(3,\) does not fit'):
        executor.backward([nd.ones(3)])


def test_backward_uses_what_the_arguments_hold_then():
    def compute(ctx):
        x = sym.var('x')
        executor = (x * x).simple_bind(ctx, x=(2,))
        executor.forward(is_train=True, x=nd.ones(2))
        executor.arg_arrays[0][:] = -5
        executor.backward([nd.ones(2)])
        return executor.grad_arrays
    assert_same_on_both(compute)


def test_gradients_of_integers_are_those_of_indices_or_refused():
    x = sym.var('x')
    executor = sym.Embedding(x, input_dim=3, output_dim=2).simple_bind(
        GPU, x=(2,), type_dict=dict(x='int32'))
    executor.forward()
    executor.backward([nd.ones((2, 2))])
    assert executor.grad_dict['x'].asnumpy().tolist() == [0, 0]
    executor = (x * 3).simple_bind(GPU, x=(2,), type_dict=dict(x='int32'))
    executor.forward(x=nd.ones(2))
    assert executor.outputs[0].dtype == np.int32
    with pytest.raises(mx.MXNetError, match='x holds integers'):
        executor.backward([nd.ones(2)])
    whole = sym.cast(x, 'int32')
    executor = whole.simple_bind(GPU, x=(2,))
    executor.forward()
    with pytest.raises(mx.MXNetError, match='through arrays of torch.int32'):
        executor.backward([nd.ones(2)])
    executor = sym.Group([sym.MakeLoss(x), sym.BlockGrad(whole), x > 1]
                         ).simple_bind(GPU, x=(2,))
    executor.forward()
    executor.backward()
    assert executor.grad_arrays[0].asnumpy().tolist() == [1, 1]


@pytest.mark.parametrize('train', [False, True])
def test_auxiliary_states_change_in_training_only(train):
    def compute(ctx):
        x = sym.BatchNorm(sym.var('x'), fix_gamma=False, name='bn')
        executor = sym.FullyConnected(x, num_hidden=2).simple_bind(
            ctx, x=(4, 3))
        executor.copy_params_from(
            {n: nd.arange(x.size).reshape(x.shape).cos()
             for n, x in executor.arg_dict.items()},
            {n: nd.ones(3) * 2 for n in executor.aux_dict})
        executor.forward(is_train=train)
        executor.backward([nd.arange(8).reshape((4, 2))], is_train=train)
        return (executor.outputs + executor.grad_arrays
                + executor.aux_arrays)
    assert_same_on_both(compute)


def test_dropout_passes_all_where_nothing_is_trained():
    executor = sym.Dropout(sym.var('x')).simple_bind(GPU, x=(99,))
    x = nd.ones(99)
    assert executor.forward(is_train=False, x=x)[0].sum().asscalar() == 99
    outputs = executor.forward(is_train=True, x=x)
    assert 0 < (outputs[0] == 0).sum().asscalar() < 99
    executor.backward([x])
    assert (executor.grad_arrays[0] == outputs[0]).min().asscalar()


def test_an_executor_does_not_record():
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    executor = (sym.var('x') * 2).bind(GPU, {'x': x})
    with mx.autograd.record():
        y = executor.forward(is_train=False)[0]
        assert mx.autograd.is_recording() and mx.autograd.is_training()
    with pytest.raises(mx.MXNetError, match='Cannot differentiate'):
        y.backward()


def test_a_reshaped_executor_shares_parameters():
    def compute(ctx):
        y = sym.FullyConnected(sym.var('x'), num_hidden=2, name='fc')
        large = y.simple_bind(ctx, x=(4, 3))
        small = large.reshape(x=(2, 3))
        large.arg_dict['fc_weight'][:] = 2
        small.forward(is_train=True, x=nd.ones((2, 3)))
        small.backward([nd.ones((2, 2))])
        return (small.outputs + small.grad_arrays
                + [large.grad_dict['fc_weight'], large.arg_dict['x'][:2]])
    assert_same_on_both(compute)


def test_reshape_says_what_it_would_need():
    y = sym.FullyConnected(sym.var('x'), num_hidden=2)
    executor = y.simple_bind(GPU, x=(4, 3))
    with pytest.raises(mx.MXNetError, match='partial_shaping=True'):
        executor.reshape(x=(4, 2))
    with pytest.raises(mx.MXNetError, match='allow_up_sizing=True'):
        executor.reshape(x=(5, 3))
    larger = executor.reshape(allow_up_sizing=True, x=(5, 3), other=(1,))
    assert larger.forward()[0].shape == (5, 2)


@pytest.mark.parametrize('all_of_them', [False, True])
def test_a_monitor_sees_the_results_of_operators(all_of_them):
    def compute(ctx):
        x = sym.Activation(sym.var('x'), act_type='relu', name='relu')
        y = sym.elemwise_mul(x, sym.var('w'), name='product')
        executor = y.simple_bind(ctx, x=(4, 3), grad_req='null')
        monitor = mx.mon.Monitor(1, sort=True, monitor_all=all_of_them)
        monitor.install(executor)
        for array in executor.arg_arrays:
            array[:] = nd.arange(12).reshape((4, 3)) - 4
        monitor.tic()
        executor.forward()
        return {name: float(text) for _, name, text in monitor.toc()
                if not name.startswith('relu_input')}
    cpu, gpu = compute(mx.cpu()), compute(GPU)
    gpu.pop('relu_data', None)      # MXNet calls it relu_input0
    assert cpu == pytest.approx(gpu)
    assert {'relu_output', 'product_output'} < set(gpu)
    assert ('product_lhs' in gpu) == all_of_them


def test_groups_of_devices():
    with mx.AttrScope(ctx_group='a'):
        x = sym.var('x')
    executor = (x * 2).bind(GPU, {'x': nd.ones(2, ctx=GPU)},
                            group2ctx={'a': GPU})
    assert executor.forward()[0].asnumpy().tolist() == [2, 2]
    with pytest.raises(mx.MXNetError, match='group2ctx'):
        (x * 2).bind(GPU, {'x': nd.ones(2, ctx=GPU)},
                     group2ctx={'a': mx.gpu(1)})


def test_arrays_of_other_devices_are_refused():
    y = sym.var('x') * 2
    with pytest.raises(mx.MXNetError, match='on one device'):
        y.bind(GPU, {'x': nd.ones(2)})
    with pytest.raises(mx.MXNetError, match=r'x is on gpu\(1\)'):
        y.bind(GPU, {'x': nd.ones(2, ctx=mx.gpu(1))})
    with pytest.raises(mx.MXNetError, match='an executor on the CPU'):
        y.bind(mx.cpu(), {'x': nd.ones(2, ctx=GPU)})


def test_shapes_that_do_not_fit_are_refused():
    y = sym.FullyConnected(sym.var('x'), num_hidden=2, name='fc')
    arrays = dict(x=nd.ones((4, 3), ctx=GPU), fc_bias=nd.ones(2, ctx=GPU),
                  fc_weight=nd.ones((2, 4), ctx=GPU))
    with pytest.raises(mx.MXNetError, match='Shape inconsistent'):
        y.bind(GPU, arrays)
    with pytest.raises(mx.MXNetError, match=r'gradient shape \(2, 3\)'):
        (sym.var('x') * 2).bind(GPU, [nd.ones(3, ctx=GPU)],
                                [nd.ones((2, 3), ctx=GPU)])
    with pytest.raises(RuntimeError, match='cannot decide shapes'):
        y.simple_bind(GPU)
    with pytest.raises(mx.MXNetError, match='call forward before'):
        y.simple_bind(GPU, x=(4, 3)).backward()


def test_executors_of_the_cpu_run():
    executor = (sym.var('x') * 2).simple_bind(mx.cpu(), x=(2,))
    assert executor.forward(x=nd.ones(2))[0].sum().asscalar() == 4


def test_eval_describe_and_the_optimized_symbol():
    x = sym.var('x')
    assert (x * 2).eval(GPU, x=nd.ones(2, ctx=GPU))[0].sum().asscalar() == 4
    executor = (x * 2).simple_bind(GPU, x=(2,))
    assert 'Total 0 MB allocated' in executor.debug_str()
    assert executor.get_optimized_symbol().list_arguments() == ['x']


def test_sums_of_gradients_that_the_cpu_gets_wrong():
    x, w = sym.var('x'), sym.var('w')
    grads = [nd.array([1, 2]), nd.array([10, 20])]
    twice = sym.Group([x, x]).simple_bind(GPU, x=(2,))
    twice.forward()
    twice.backward(grads)
    assert twice.grad_arrays[0].asnumpy().tolist() == [11, 22]
    executor = sym.Group([x + w, x]).simple_bind(GPU, x=(2,), w=(2,),
                                                 grad_req='add')
    for _ in range(2):
        executor.forward()
        executor.backward(grads)
        executor = executor.reshape(x=(2,), w=(2,))
    assert executor.grad_dict['x'].asnumpy().tolist() == [22, 44]
    loss = sym.LinearRegressionOutput(x, w).simple_bind(
        GPU, x=(2, 4), w=(2, 4), grad_req='add')
    loss.arg_dict['x'][:] = 1
    loss.forward()
    loss.backward()
    assert loss.grad_dict['x'].asnumpy().tolist() == [[0.25] * 4] * 2
