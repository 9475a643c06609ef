"""Key-value stores on GPUs give what they give on the CPU."""
import mxnet as mx
import numpy as np
import pytest
from both import assert_close, values
from interpreters import run_python
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn
from snippets import CPU, GPU, OTHER, assert_alike

# Pieces of code, which find a store `kv`; a line of === lies between them.
CODES = '''
kv.init(3, v); kv.pull(3, out=w)
===
kv.init('a', v); kv.pull('a', out=[w, u])
===
kv.init([4, 5], [v, x]); kv.pull([4, 5], out=[[w, u], [x]])
===
kv.init(3, v); kv.push(3, v * 2); kv.pull(3, out=w, priority=-1)
===
kv.init(3, v); kv.push(3, [v, v * 2, v * 3], priority=2); kv.pull(3, out=w)
===
kv.init(['a', 'b'], [v, w])
kv.push(['a', 'b', 'a'], [[v, v], w + 1, v])
kv.pull(['a', 'b'], out=[w, u])
===
kv.init(3, v); kv.push(3, v); v[:] = 7; kv.pull(3, out=w)
===
kv.init(3, v); kv.pushpull(3, [w + 1, u + 2], out=v)
===
kv.init(3, v); w[:] = 1; u[:] = 2; kv.pushpull(3, [w, u])
===
kv.init(3, v); w[:] = 1; kv.pushpull(3, w); kv.pull(3, out=[w, u])
===
kv.init([1, 2], [v, u]); kv.pushpull([1, 2], [[v, v], [v]], out=[w, u])
===
kv.broadcast(3, v, out=[w, u])
===
kv.broadcast(['a', 'b'], [v, x], out=[[w, u], [x]])
===
kv.init(3, v); kv.set_optimizer(mx.optimizer.SGD(learning_rate=0.5))
kv.push(3, [v, v]); kv.push(3, v); kv.pull(3, out=w)
===
kv.init('a', v)
kv.set_optimizer(mx.optimizer.SGD(learning_rate=0.5, momentum=0.9))
for _ in range(3):
    kv.pushpull('a', [v, v], out=w)
===
seen = []
def update(key, pushed, kept):
    seen.append(key)
    kept += pushed * 2
kv.init(3, v); kv.init(4, x[0, 0]); kv._set_updater(update)
kv.push([3, 4], [v, x[1, 1]]); kv.pull(3, out=w)
===
seen = []
kv.init('a', v); kv._set_updater(lambda key, *arrays: seen.append(key == b'a'))
kv.push('a', v)
===
kv.init(3, v.astype('float16')); kv.pull(3, out=w)
===
kv.init(3, v)
with autograd.record():
    y = v * v
    kv.push(3, [y, y]); kv.pull(3, out=w)
y.backward()
===
kv.init(3, v)
if 'device' in kv.type:     # others cannot
    kv.set_gradient_compression({'type': '2bit', 'threshold': 0.7})
y = np.random.RandomState(0).normal(size=(5, 2, 6))
pulled = []
for a, b in y:
    kv.push(3, [nd.array(a, ctx=ctx), nd.array(b, ctx=ctx)])
    kv.pull(3, out=w); pulled.append(w.asnumpy())
kv.pushpull(3, [v, v], out=u)
===
kv.init('a', v)
if 'device' in kv.type:
    kv.set_gradient_compression({'type': '2bit'})
kv.set_optimizer(mx.optimizer.SGD(learning_rate=0.5))
for _ in range(3):
    kv.push('a', v / 8)
kv.pull('a', out=w)
'''.strip('\n').split('\n===\n')

REFUSED = '''
kv.init(3, v); kv.init(3, v)
===
kv.init(3, [v, v])
===
kv.init(3, v); kv.init('a', v)
===
kv.init([3, 'a'], [v, v])
===
kv.init([3, 4], [v])
===
kv.push(3, v)
===
kv.pull(3, out=v)
===
kv.init(3, v); kv.pull(3)
===
kv.init(3, v); kv.pull(3, out=x)
===
kv.init(3, v); kv.push(3, [v, v[:1]])
===
kv.init(3, v); kv.row_sparse_pull(3, out=w, row_ids=nd.array([0], ctx=ctx))
===
kv.set_gradient_compression({'type': '1bit'})
===
kv.set_gradient_compression({'type': '2bit', 'threshold': 0})
===
y = v.astype('float64')
kv.init(3, y); kv.set_gradient_compression({'type': '2bit'})
kv.push(3, y)
kv.pull(3, out=y); y.asnumpy()
'''.strip('\n').split('\n===\n')

MAKE = ("kv = mx.kv.create('%s')\n"
        'w = nd.zeros(6, ctx=ctx); u = nd.zeros(6, ctx=ctx)\n')


@pytest.mark.parametrize('kind', ['local', 'device'])
@pytest.mark.parametrize('code', CODES)
def test_stores_do_the_same_on_both_devices(code, kind):
    assert_alike(MAKE % kind + code)


@pytest.mark.parametrize('kind', ['local', 'device'])
@pytest.mark.parametrize('code', REFUSED)
def test_both_devices_refuse(code, kind):
    assert_alike(MAKE % kind + code, refused=True)


def test_arrays_on_all_devices_have_one_sum():
    """As where Module keeps its parameters on the CPU."""
    kv = mx.kv.create('local')
    arrays = [nd.full(2, i, ctx=ctx)
              for i, ctx in enumerate([CPU, GPU, OTHER], 1)]
    kv.init('a', nd.full(2, 5))
    kv.pull('a', out=arrays[1])
    assert arrays[1].asnumpy().tolist() == [5, 5]
    arrays[1][:] = 2
    kv.set_optimizer(mx.optimizer.SGD(learning_rate=1))
    kv.push('a', arrays)
    kv.push('a', arrays[0])
    kv.pull('a', out=arrays)
    for array in arrays:
        assert array.asnumpy().tolist() == [-2, -2]


def test_a_store_takes_its_cpu_values_along():
    """What is pushed on the CPU before is there on a GPU."""
    kv = mx.kv.create('device')
    x, y = nd.ones(3), nd.zeros(3, ctx=GPU)
    kv.init(3, x)
    kv.push(3, [x, x])
    kv.pull(3, out=y)
    assert y.asnumpy().tolist() == [2, 2, 2]
    kv.pushpull(3, [y, y])
    kv.pull(3, out=x)
    assert x.asnumpy().tolist() == [4, 4, 4]


def test_a_store_made_before_the_first_gpu():
    done = run_python(
        'import sys\nimport mxnet as mx\nfrom mxnet import nd\n'
        "kv = mx.kv.create('local')\nkv.init(0, nd.ones(2))\n"
        'kv.set_optimizer(mx.optimizer.SGD(learning_rate=1))\n'
        'kv.push(0, nd.ones(2))\n'
        "assert 'torch' not in sys.modules\n"
        'x = nd.full(2, 3, ctx=mx.gpu(0))\nkv.pushpull(0, x)\n'
        'print(x.asnumpy().tolist())')
    assert done.stdout == '[-3.0, -3.0]\n'


def test_float32_is_kept_where_float16_is_pushed():
    kv = mx.kv.create('device')
    kv.init(3, nd.full(1, 1 + 2. ** -20))
    kv.set_optimizer(mx.optimizer.SGD(learning_rate=0))
    kv.push(3, nd.zeros(1, ctx=GPU, dtype='float16'))
    x = nd.zeros(1, ctx=GPU)
    kv.pull(3, out=x)
    assert x.asscalar() == 1 + 2. ** -20


def test_an_error_of_an_updater_is_raised():
    """MXNet's CPU code prints it and goes on."""
    def update(key, pushed, kept):
        raise KeyError('of the reader')
    kv = mx.kv.create('local')
    x = nd.ones(3, ctx=GPU)
    kv.init(3, x)
    kv._set_updater(update)
    with pytest.raises(KeyError, match='of the reader'):
        kv.push(3, x)


def test_gradients_are_compressed_for_a_trainer():
    """Each GPU's own gradient, which keeps what is left of it."""
    net = nn.Dense(2, in_units=3)
    net.initialize(ctx=[GPU, OTHER])
    trainer = gluon.Trainer(
        net.collect_params(), 'sgd', {'learning_rate': 1}, kvstore='device',
        compression_params={'type': '2bit', 'threshold': 0.5})
    before = net.weight.data(GPU).asnumpy()
    for scale, step in ((.375, 0), (.375, 1), (.25, 1)):
        with autograd.record():
            losses = [(net(nd.ones((1, 3), ctx=ctx)) * scale).sum()
                      for ctx in (GPU, OTHER)]
        autograd.backward(losses)
        trainer.step(1)
        for weight in net.weight.list_data():
            np.testing.assert_allclose(weight.asnumpy(), before - step,
                                       rtol=1e-5)
        before -= step


def step(ctxs, **kwargs):
    """Parameters after a few steps, and the trainer."""
    mx.random.seed(1)
    net = nn.Sequential()
    net.add(nn.Dense(5, in_units=4, activation='tanh'),
            nn.Dense(2, in_units=5))
    net.initialize(mx.init.Xavier(), ctx=CPU)
    net.collect_params().reset_ctx(ctxs)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {
        'learning_rate': 0.1, 'momentum': 0.9, 'wd': 0.01}, **kwargs)
    X = nd.array(np.random.RandomState(0).normal(size=(8, 4)))
    for _ in range(3):
        with autograd.record():
            losses = [(net(part) ** 2).sum() for part
                      in gluon.utils.split_and_load(X, ctxs)]
        autograd.backward(losses)
        if kwargs.get('update_on_kvstore') is False:
            trainer.allreduce_grads()
            trainer.update(8)
        else:
            trainer.step(8)
    return net, trainer


@pytest.mark.parametrize('updates', [None, True, False])
@pytest.mark.parametrize('kvstore', ['device', 'local', 'nccl',
                                     'local_allreduce_cpu', 'object'])
def test_two_gpus_train_as_one_device(kvstore, updates):
    if kvstore == 'object':
        kvstore = mx.kv.create('device')
    expected = values(step([CPU])[0])
    net, trainer = step([GPU, OTHER], kvstore=kvstore,
                        update_on_kvstore=updates)
    for param in net.collect_params().values():
        first, second = param.list_data()
        np.testing.assert_array_equal(first.asnumpy(), second.asnumpy())
    assert_close(values(net), expected)
    assert trainer._update_on_kvstore == (updates is not False)


@pytest.mark.parametrize('ctxs', [[CPU], [GPU]])
def test_one_device_needs_no_store(ctxs):
    assert_close(values(step(ctxs, kvstore=None)[0]), values(step([CPU])[0]))


def test_without_a_store_each_gpu_trains_alone():
    """As MXNet does: nothing is summed."""
    on_gpus, on_cpus = (
        [[x.asnumpy() for x in param.list_data()] for param
         in step(ctxs, kvstore=None)[0].collect_params().values()]
        for ctxs in ([GPU, OTHER], [mx.cpu(0), mx.cpu(1)]))
    for found, expected in zip(on_gpus, on_cpus):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        assert (found[0] != found[1]).any()


@pytest.mark.filterwarnings('ignore:.*unclosed file:ResourceWarning',
                            'ignore::pytest.PytestUnraisableExceptionWarning')
@pytest.mark.parametrize('updates', [True, False])
def test_states_of_two_gpus_are_saved_and_loaded(updates, tmp_path):
    path = str(tmp_path / 'states')
    net, trainer = step([GPU, OTHER], update_on_kvstore=updates)
    trainer.save_states(path)
    before = values(net)
    for weight, data in before.items():
        net._collect_params_with_prefix()[weight].set_data(nd.array(data))
    trainer.load_states(path)
    updaters = [trainer._kvstore._updater] if updates else trainer._updaters
    for updater in updaters:
        assert all(state.asnumpy().any() for state in updater.states.values())
