"""MXNet's modules for training, used as in its documentation.

As in test_mxnet.py, these tests fail if a name is missing or a type changed in
NumPy.
"""
import collections

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon, init, metric, nd
from mxnet.gluon import nn


# metric, optimizer, init
@pytest.mark.parametrize('name', [
    'acc', 'ce', 'f1', 'mae', 'mcc', 'mse', 'nll_loss', 'pearsonr',
    'perplexity', 'rmse', 'top_k_acc'])
def test_metrics(name):
    arguments = {'perplexity': {'ignore_label': None},
                 'top_k_acc': {'top_k': 2}}.get(name, {})
    measure = metric.create(name, **arguments)
    if name in ('mae', 'mse', 'rmse', 'pearsonr'):
        measure.update([nd.array([0.1, 0.7])], [nd.array([0.2, 0.5])])
    else:
        measure.update([nd.array([0, 1, 1])],
                       [nd.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])])
    assert np.isfinite(measure.get()[1])


@pytest.mark.parametrize('name', [
    'sgd', 'nag', 'adam', 'adagrad', 'adadelta', 'rmsprop', 'ftrl', 'signum',
    'adamax', 'nadam', 'lamb', 'ftml', 'sgld', 'dcasgd', 'lars'])
def test_optimizers(name):
    x = gluon.Parameter('x', shape=(3,), init=init.One())
    x.initialize()
    trainer = gluon.Trainer([x], name, {
        'learning_rate': 0.1, 'wd': 0.01,
        'lr_scheduler': mx.lr_scheduler.FactorScheduler(2, 0.9)})
    for _ in range(3):
        with autograd.record():
            l = (x.data() ** 2).sum()
        l.backward()
        trainer.step(1)
    assert np.isfinite(x.data().asnumpy()).all()
    assert (x.data() != 1).asnumpy().any()


@pytest.mark.parametrize('initializer', [
    init.Normal(), init.Uniform(), init.Xavier(), init.MSRAPrelu(),
    init.Orthogonal(), init.Constant(2), init.Bilinear(),
    init.Mixed(['.*'], [init.Zero()])])
def test_initializers(initializer):
    x = nd.full((2, 2, 4, 4), np.nan)
    initializer(init.InitDesc('x_weight'), x)
    assert np.isfinite(x.asnumpy()).all()


# symbol, module, viz, profiler, kvstore
def test_symbols(tmp_path):
    data = mx.sym.var('data', shape=tuple(np.array([2, 3])))
    out = mx.sym.FullyConnected(data, num_hidden=np.int64(4), name='fc')
    arguments, outputs, _ = out.infer_shape(data=(2, 3))
    assert outputs == [(2, 4)] and arguments[1] == (4, 3)
    executor = out.simple_bind(mx.cpu(), data=(2, 3))
    assert executor.forward()[0].shape == (2, 4)
    path = str(tmp_path / 'net.json')
    out.save(path)
    assert mx.sym.load(path).list_arguments() == out.list_arguments()
    types, _, _ = out.infer_type(data=np.float32)
    assert types[0] is np.float32


def test_modules():
    out = mx.sym.SoftmaxOutput(
        mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=2),
        name='softmax')
    module = mx.mod.Module(out)
    data_iter = mx.io.NDArrayIter(np.random.rand(8, 3).astype('float32'),
                                  np.array([0, 1] * 4), batch_size=4)
    module.fit(data_iter, num_epoch=1)
    assert module.predict(data_iter).shape == (8, 2)


def test_visualisation(net, X, capsys):
    symbol = net(mx.sym.var('data', dtype='float32'))
    mx.viz.print_summary(symbol, shape={'data': X.shape})
    assert 'Total params' in capsys.readouterr().out
    graph = mx.viz.plot_network(symbol, shape={'data': X.shape})
    assert 'Convolution' in graph.source


def test_profiler(tmp_path):
    path = tmp_path / 'profile.json'
    mx.profiler.set_config(profile_all=True, aggregate_stats=True,
                           filename=str(path))
    mx.profiler.set_state('run')
    nd.dot(nd.ones((8, 8)), nd.ones((8, 8))).wait_to_read()
    mx.profiler.set_state('stop')
    assert 'dot' in mx.profiler.dumps()
    mx.profiler.dump()
    assert path.exists()


def test_kvstore(close):
    kv = mx.kv.create('local')
    kv.init(3, nd.ones((2,)))
    kv.push(3, [nd.ones((2,)), nd.ones((2,))])
    out = nd.zeros((2,))
    kv.pull(3, out=out)
    close(out, [2, 2])
    kv.set_optimizer(mx.optimizer.SGD(learning_rate=0.1))
    kv.push(3, nd.ones((2,)))
    kv.pull(3, out=out)
    assert (out != 2).min().asscalar() == 1


def test_custom_operator(close):
    class Double(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], in_data[0] * 2)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], out_grad[0] * 2)

    @mx.operator.register('double_of_test')
    class DoubleProp(mx.operator.CustomOpProp):
        def create_operator(self, ctx, shapes, dtypes):
            return Double()
    x = nd.array([1, 2])
    x.attach_grad()
    with autograd.record():
        y = nd.Custom(x, op_type='double_of_test')
    y.backward()
    close(y, [2, 4])
    close(x.grad, [2, 2])


def test_onnx_export(tmp_path, close):
    onnx = pytest.importorskip('onnx')
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, activation='relu'), nn.MaxPool2D(2, 2),
            nn.Flatten(), nn.Dense(8, activation='tanh'), nn.Dense(3))
    net.initialize(init.Xavier())
    net.hybridize()
    X = nd.random.uniform(shape=(6, 1, 8, 8))
    net(X)
    path = str(tmp_path / 'net')
    net.export(path)
    file = mx.onnx.export_model(
        path + '-symbol.json', path + '-0000.params', [X.shape], np.float32,
        path + '.onnx')
    model = onnx.load(file)
    onnx.checker.check_model(model)
    from onnx.reference import ReferenceEvaluator
    name = model.graph.input[0].name
    found, = ReferenceEvaluator(model).run(None, {name: X.asnumpy()})
    close(found, net(X))


def test_runtime():
    features = mx.runtime.Features()
    assert isinstance(features, collections.OrderedDict)
    assert features.is_enabled('MKLDNN') in (True, False)
    assert mx.__version__ == '1.9.1'
    assert mx.test_utils.default_context() == mx.cpu()
    mx.test_utils.assert_almost_equal(nd.ones(2), np.ones(2))
