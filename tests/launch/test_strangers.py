"""Servers that are sent a pickle, as a stranger could send one."""
import sys

import jobs
import pytest

STRANGER = '''
import os, pathlib, pickle, sys
if os.environ['DMLC_ROLE'] == 'worker':
    os.environ['D2L_UNPICKLE_OPTIMIZER'] = '1'      # its own, not the server's
import mxnet as mx
class Optimizer:
    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path(sys.argv[1], 'executed'),)
kv = mx.kv.create('dist_sync')
kv._send_command_to_servers(0, pickle.dumps(Optimizer(), 0).decode())
'''
OWN_LOOP = '''
import sys
import mxnet as mx
from mxnet import autograd, gluon, init, nd
net = gluon.nn.Dense(1, use_bias=False)
net.initialize(init.One())
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 1},
                        kvstore='dist_sync', **eval(sys.argv[2]))
X = nd.ones((1, 1))
for _ in range(2):
    with autograd.record():
        y = 0.25 * net(X)
    y.backward()
    trainer.step(1)
print('weight', net.weight.data().asnumpy().item())
'''


def run(folder, code, *words):
    return jobs.launch(folder, '-n', '1', '-s', '1', sys.executable, '-c',
                       code, str(folder), *words)


def test_a_server_ends_instead_of_executing_a_pickle(tmp_path):
    job = run(tmp_path, STRANGER)
    assert job.returncode
    assert 'server was sent a pickled optimizer, which could be' in job.stderr
    assert 'server process 1 of 1 on this machine failed' in job.stderr
    assert not (tmp_path / 'executed').exists()


def test_a_worker_that_would_send_an_optimizer_is_told_what_to_do(tmp_path):
    job = run(tmp_path, OWN_LOOP, '{}')
    assert job.returncode == 1
    assert 'ValueError: the servers refuse an optimizer' in job.stderr
    assert 'update_on_kvstore=False' in job.stderr


@pytest.mark.parametrize('options, variable', [
    ({'update_on_kvstore': False}, ''), ({}, '1')])
def test_readers_own_loops_train_as_the_error_says(options, variable,
                                                   tmp_path, monkeypatch):
    monkeypatch.setenv('D2L_UNPICKLE_OPTIMIZER', variable)
    job = run(tmp_path, OWN_LOOP, repr(options))
    assert job.returncode == 0, job.stderr
    assert job.stdout == 'weight 0.5\n'
