"""Files, pickles and copies of what is on a GPU."""
import copy
import pickle

import mxnet as mx
import numpy as np
import pytest
from interpreters import run_python
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn
from snippets import CPU, GPU, OTHER, assert_alike, assert_same

# Pieces of code, which find a folder `path`; a line of === lies between them.
CODES = '''
nd.save(path + 'x', x); y = nd.load(path + 'x')[0]
y = [str(y.context), y.asnumpy()]
===
nd.save(path + 'x', [x, v, x[1], v.astype('int32'), x.T])
y = [a.as_in_context(ctx) for a in nd.load(path + 'x')]
===
nd.save(path + 'x', {'a': x, 'b:c': v.reshape((2, 3)), '': v[:1]})
y = [[name, a.asnumpy()] for name, a in nd.load(path + 'x').items()]
===
nd.save(path + 'x', [x, nd.ones(3)])
y = [a.asnumpy() for a in nd.load(path + 'x')]
===
nd.save(path + 'x', [])
y = nd.load(path + 'x')
===
nd.save(path + 'x', x)
with open(path + 'x', 'rb') as file:
    y = nd.load_frombuffer(file.read())[0].asnumpy()
===
with mx.util.np_shape(True):
    nd.save(path + 'x', [nd.zeros((0, 3), ctx=ctx), nd.ones((), ctx=ctx)])
    y = [a.shape for a in nd.load(path + 'x')]
===
y = copy.deepcopy(x); y[:] = 0; z = y.grad; w = copy.copy(v); w[0] = 9
===
x.grad[:] = 3; y = pickle.loads(pickle.dumps(x)); z = y.grad
===
y = pickle.loads(pickle.dumps({'x': [x[0], v.astype('float16')], 'n': 1}))
y = [y['x'][0], y['x'][1], y['n']]
===
y = pickle.loads(pickle.dumps(x.as_np_ndarray()))
z = copy.deepcopy(y); z[:] = 0; w = z.ctx == ctx
y, z = y.as_nd_ndarray(), z.as_nd_ndarray()
===
with autograd.record():
    y = x * 2
    z = copy.deepcopy(y)
y.backward()
===
p = gluon.Parameter('p', shape=(6,)); p.initialize(mx.init.One(), ctx)
q = copy.deepcopy(p); q.set_data(v); r = pickle.loads(pickle.dumps(p))
y = [p.data(), q.data(), r.data(), r.grad(), q.list_ctx() == [ctx]]
===
p = gluon.Parameter('p', shape=(6,)); p.initialize(mx.init.One(), ctx)
with autograd.record():
    y = p.data() * v
y.backward(); a = p.grad().copy(); p.zero_grad(); b = p.grad().copy()
p.grad_req = 'add'
for _ in range(2):
    with autograd.record():
        y = p.data() * v
    y.backward()
c = p.grad().copy(); p.zero_grad(); d = p.list_grad()
===
p = gluon.Parameter('p', shape=(2, 3)); p.initialize(mx.init.One(), ctx)
p.reset_ctx(mx.cpu()); a = p.data().asnumpy(); d = str(p.list_ctx())
p.reset_ctx([ctx]); b = p.list_data()
p.cast('float16'); c = p.data(); p.set_data(nd.zeros((2, 3))); d = p.data()
===
c = gluon.Constant('c', [[1, 2], [3, 4]]); c.initialize(ctx=ctx); y = c.data()
===
w = gluon.ParameterDict('n_'); w.get('a', shape=3); w.get('b', shape=(2, 2))
w.initialize(mx.init.One(), ctx=ctx); w.save(path + 'w', strip_prefix='n_')
w.get('a').set_data(nd.zeros(3)); w.load(path + 'w', ctx, restore_prefix='n_')
y = [p.data() for p in w.values()]; w.zero_grad()
===
w = gluon.utils.clip_global_norm([x, v], 1.)
===
y = [a * 1 for a in gluon.utils.split_and_load(x, [ctx])]
'''.strip('\n').split('\n===\n')


@pytest.mark.parametrize('code', CODES)
def test_files_and_copies_are_those_of_the_cpu(code, tmp_path):
    assert_alike('import copy, pickle\nfrom mxnet import gluon\n'
                 'path = %r + "/"\n' % str(tmp_path) + code)


@pytest.mark.parametrize('ctx', [GPU, OTHER])
def test_pickles_come_back_to_their_gpu(ctx):
    x = nd.arange(6, ctx=ctx).reshape((2, 3))
    for y in pickle.loads(pickle.dumps([x, x[1], x.astype('int32')])):
        assert y.context == ctx
    assert copy.deepcopy(x).context == ctx


def test_pickles_come_back_where_there_is_no_gpu(tmp_path):
    """Or not so many: on the CPU then."""
    (tmp_path / 'x').write_bytes(pickle.dumps(nd.arange(3, ctx=OTHER)))
    code = ('import pickle\nimport mxnet as mx\n%s\n'
            "x = pickle.load(open(%r, 'rb'))\n"
            'assert x.asnumpy().tolist() == [0, 1, 2]\nprint(x.context)')
    for choice, start in (('none', ''), ('stand-in:1', 'mx.gpu(0)')):
        done = run_python(code % (start, str(tmp_path / 'x')),
                          D2L_GPU=choice)
        assert done.stdout == 'cpu(0)\n'


def make_net(ctx, dtype='float32', prefix='n_'):
    """A net with the same parameters on each device."""
    mx.random.seed(1)
    net = nn.HybridSequential(prefix=prefix)
    net.add(nn.Dense(3, in_units=2, prefix='a_'),
            nn.BatchNorm(in_channels=3, prefix='b_'),
            nn.Conv1D(2, 2, in_channels=1, prefix='c_'))
    net.initialize(mx.init.Normal(), ctx=CPU)
    net.cast(dtype)
    net.collect_params().reset_ctx(ctx)
    return net


def read(net):
    return {name: param.data(param.list_ctx()[0]).asnumpy() for name, param
            in net._collect_params_with_prefix().items()}


@pytest.mark.parametrize('ctx', [GPU, [GPU, OTHER]], ids=['one', 'two'])
@pytest.mark.parametrize('dtype', ['float32', 'float16', 'float64'])
def test_files_hold_the_bytes_of_the_cpu(ctx, dtype, tmp_path):
    on_cpu, on_gpu = make_net(CPU, dtype), make_net(ctx, dtype)
    for name, net in (('cpu', on_cpu), ('gpu', on_gpu)):
        net.save_parameters(str(tmp_path / name))
        net.collect_params().save(str(tmp_path / (name + '-dict')))
        nd.save(str(tmp_path / (name + '-nd')),
                [param.list_data()[0] for param
                 in net.collect_params().values()])
    for kind in ('', '-dict', '-nd'):
        assert ((tmp_path / ('gpu' + kind)).read_bytes()
                == (tmp_path / ('cpu' + kind)).read_bytes())
    assert nd.load(str(tmp_path / 'gpu-nd'))[0].context == CPU


@pytest.mark.parametrize('source', [CPU, GPU])
@pytest.mark.parametrize('target', [GPU, [GPU, OTHER], CPU], ids=str)
@pytest.mark.parametrize('is_new', [True, False])
def test_parameters_are_loaded(source, target, is_new, tmp_path):
    """Into a net that has none yet, and into one that has."""
    path = str(tmp_path / 'net.params')
    saved = make_net(source)
    saved.save_parameters(path)
    if is_new:
        net = nn.HybridSequential()
        net.add(nn.Dense(3), nn.BatchNorm(), nn.Conv1D(2, 2))
    else:
        net = make_net(target)
        for param in net.collect_params().values():
            param.set_data(param.list_data()[0] * 0 + 7)
    net.load_parameters(path, ctx=target)
    assert_same(read(net), read(saved))
    assert net[0].weight.list_ctx() == (
        target if isinstance(target, list) else [target])


@pytest.mark.parametrize('source, expected', [('current', 'float32'),
                                              ('saved', 'float16')])
def test_parameters_are_cast(source, expected, tmp_path):
    path = str(tmp_path / 'net.params')
    make_net(CPU, 'float16').save_parameters(path)
    net = make_net(GPU)
    with pytest.raises(AssertionError, match='dtype incompatible'):
        net.load_parameters(path, ctx=GPU)
    net.load_parameters(path, ctx=GPU, cast_dtype=True, dtype_source=source)
    assert net[0].weight.data().dtype == np.dtype(expected).type
    assert net[0].weight.data().context == GPU


@pytest.mark.parametrize('hybridize', [True, False])
@pytest.mark.parametrize('way', [copy.deepcopy, lambda net: pickle.loads(
    pickle.dumps(net))], ids=['deepcopy', 'pickle'])
def test_nets_are_copied(way, hybridize):
    net = make_net(GPU)[0]
    X = nd.ones((1, 2), ctx=GPU)
    if hybridize:
        net.hybridize()
    expected = net(X).asnumpy()
    other = way(net)
    assert other.weight.list_ctx() == [GPU]
    np.testing.assert_array_equal(other(X).asnumpy(), expected)
    with autograd.record():
        l = other(X).sum()
    l.backward()
    assert other.weight.grad().asnumpy().any()
    assert not net.weight.grad().asnumpy().any()


def steps(net, trainer, count):
    for _ in range(count):
        ctxs = net[0].weight.list_ctx()
        with autograd.record():
            losses = [(net[0](nd.ones((2, 2), ctx=ctx)) ** 2).sum()
                      for ctx in ctxs]
        autograd.backward(losses)
        trainer.step(2 * len(ctxs), ignore_stale_grad=True)


@pytest.mark.parametrize('first, then', [
    (GPU, GPU), (GPU, CPU), (CPU, GPU), (OTHER, OTHER), ([GPU, OTHER], GPU)],
    ids=str)
@pytest.mark.parametrize('optimizer', ['adam', 'nag', 'rmsprop'])
def test_states_of_trainers_are_saved_and_loaded(optimizer, first, then,
                                                 tmp_path):
    """Training goes on as if it had not been interrupted."""
    path = str(tmp_path / 'states')
    hyperparams = {'learning_rate': 0.01}
    if optimizer == 'nag':
        hyperparams['momentum'] = 0.9

    def start(ctx):
        net = make_net(ctx)
        return net, gluon.Trainer(net.collect_params(), optimizer,
                                  dict(hyperparams), update_on_kvstore=False)
    whole, trainer = start(CPU)
    steps(whole, trainer, 6)
    net, trainer = start(first)
    steps(net, trainer, 3)
    trainer.save_states(path)
    other, trainer = start(then)
    for name, value in read(net).items():
        other._collect_params_with_prefix()[name].set_data(nd.array(value))
    trainer.load_states(path)
    steps(other, trainer, 3)
    assert_same(read(other), read(whole), rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings('ignore:Cannot decide type')
def test_exported_files_are_imported(tmp_path):
    prefix = str(tmp_path / 'net')
    net = make_net(GPU)[0]
    net.hybridize()
    X = nd.ones((1, 2), ctx=GPU)
    expected = net(X).asnumpy()
    net.export(prefix)
    for ctx in (GPU, OTHER, CPU):
        block = gluon.SymbolBlock.imports(prefix + '-symbol.json', ['data'],
                                          prefix + '-0000.params', ctx=ctx)
        np.testing.assert_allclose(block(X.as_in_context(ctx)).asnumpy(),
                                   expected, rtol=1e-6)
