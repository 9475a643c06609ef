"""Several processes with GPUs compute what one does."""
import sys

import jobs
import numpy as np
import worker


def test_two_processes_train_as_one(tmp_path):
    """By d2l.train: the servers sum the gradients, the workers update."""
    options = dict(device='gpu', num_devices=2, num_epochs=1)
    worker.train(str(tmp_path), distributed=False, **options)
    expected, = jobs.results(tmp_path, 1)
    job = jobs.run(tmp_path, 2, **options)
    assert job.returncode == 0, job.stderr
    found = jobs.results(tmp_path, 2)
    for name in expected:
        np.testing.assert_allclose(found[0][name], expected[name], rtol=1e-3,
                                   atol=1e-5)
        np.testing.assert_array_equal(found[1][name], found[0][name])
    assert 'training on [gpu(0), gpu(1)]' in job.stdout


ON_SERVERS = '''
import os, sys
import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, nd
kv = mx.kv.create('dist_sync')
for ctxs in ([mx.gpu(0), mx.gpu(1)], [mx.cpu(0), mx.cpu(1)]):
    x = nd.full(3, kv.rank + 1, ctx=ctxs[0])
    number = 100 + ctxs[0].device_typeid     # the trainer counts from 0
    kv.init(number, x)
    kv.push(number, [x, x.as_in_context(ctxs[1])])
    kv.pull(number, out=x)
    assert x.asnumpy().tolist() == [6, 6, 6], x
    kv.pushpull([number], [[x, x]], out=[[x]])
    assert x.asnumpy().tolist() == [24, 24, 24], x
    kv.broadcast(10 + number, x + kv.rank, out=[x])
    assert x.asnumpy().tolist() == [24, 24, 24], x

mx.random.seed(1)
net = gluon.nn.Dense(2, in_units=3)
net.initialize(mx.init.Xavier(), ctx=[mx.gpu(0), mx.gpu(1)])
trainer = gluon.Trainer(net.collect_params(), 'adam', kvstore=kv)
for _ in range(2):
    with autograd.record():
        losses = [(net(nd.ones((1, 3), ctx=ctx)) ** 2).sum()
                  for ctx in net.weight.list_ctx()]
    autograd.backward(losses)
    trainer.step(4)
assert trainer._update_on_kvstore
first, second = (x.asnumpy() for x in net.weight.list_data())
assert (first == second).all()
np.save(os.path.join(sys.argv[1], '%d.npy' % kv.rank), first)
'''


def test_servers_update_the_parameters(tmp_path, monkeypatch):
    """What gluon.Trainer does by default, where servers take optimizers."""
    monkeypatch.setenv('D2L_UNPICKLE_OPTIMIZER', '1')
    import mxnet as mx
    from mxnet import autograd, gluon, nd
    mx.random.seed(1)
    net = gluon.nn.Dense(2, in_units=3)
    net.initialize(mx.init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), 'adam')
    for _ in range(2):
        with autograd.record():
            loss = (net(nd.ones((1, 3))) ** 2).sum()
        loss.backward()
        trainer.step(1)
    job = jobs.launch(tmp_path, '-n', '2', '-s', '1', sys.executable, '-c',
                      ON_SERVERS, str(tmp_path))
    assert job.returncode == 0, job.stderr
    for rank in (0, 1):
        np.testing.assert_allclose(np.load(str(tmp_path / ('%d.npy' % rank))),
                                   net.weight.data().asnumpy(), rtol=1e-5)


COMPRESSED = '''
import mxnet as mx
from mxnet import nd
kv = mx.kv.create('dist_sync')
kv.set_gradient_compression({'type': '2bit', 'threshold': 0.5})
for ctxs in ([mx.gpu(0), mx.gpu(1)], [mx.cpu(0), mx.cpu(1)]):
    x, found = nd.zeros(3, ctx=ctxs[0]), []
    number = ctxs[0].device_typeid
    kv.init(number, x)
    for value in (.125, .25, 1, .25):
        kv.push(number, [nd.full(3, value * (kv.rank + 1), ctx=ctx)
                         for ctx in ctxs])
        kv.pull(number, out=x)
        found.append(x.asnumpy().tolist())
    # the sums of a worker are .25, .5, 2 and .5, of the other twice as much
    assert found == [[.5] * 3, [1] * 3, [1] * 3, [1] * 3], found
'''


def test_what_a_worker_sends_is_compressed(tmp_path):
    job = jobs.launch(tmp_path, '-n', '2', '-s', '1', sys.executable, '-c',
                      COMPRESSED)
    assert job.returncode == 0, job.stderr
