"""Several processes compute what one does."""
import jobs
import mxnet as mx
import numpy as np
import pytest
import small
import worker
from mxnet import gluon
from mxnet.gluon import nn

import d2l
from d2l.training import workers


# -- the parts of a batch
# -- which trainers
@pytest.mark.parametrize('options, message', [
    (dict(kvstore='dist_sync'), 'python -m d2l.launch -n 2 python'),
    (dict(kvstore='dist_async'), "must have the kvstore 'dist_sync'"),
    (dict(kvstore='dist_sync', update_on_kvstore=True),
     'leave out update_on_kvstore')])
def test_trainers_that_cannot_be_used(options, message):
    net = nn.Dense(10)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), 'sgd', **options)
    with pytest.raises(ValueError, match=message):
        d2l.train_ch5(net, *small.data(), 16, trainer, mx.cpu(), 1)


# -- whole trainings
def alone(folder, **options):
    worker.train(str(folder), distributed=False, **options)
    return jobs.results(folder, 1)[0]


def lines(text):
    return [line for line in text.splitlines() if line.startswith('epoch ')]


def test_one_worker_is_plain_training(tmp_path, capsys):
    """To the last bit, with dropout and running means."""
    expected = alone(tmp_path, layers='all')
    printed = lines(capsys.readouterr().out)
    job = jobs.run(tmp_path, 1, layers='all')
    assert job.returncode == 0, job.stderr
    found, = jobs.results(tmp_path, 1)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], name)
    assert ([line[:line.index('time')] for line in lines(job.stdout)]
            == [line[:line.index('time')] for line in printed])


def same_as_alone(folder, num_workers, num_servers, **options):
    expected = alone(folder, **dict(options, num_devices=1))
    job = jobs.run(folder, num_workers, num_servers, **options)
    assert job.returncode == 0, job.stderr
    found = jobs.results(folder, num_workers)
    for name in expected:
        np.testing.assert_allclose(
            found[0][name], expected[name], rtol=1e-3, atol=1e-5)
        for other in found[1:]:     # and the workers exactly alike
            np.testing.assert_array_equal(other[name], found[0][name])
    assert len(lines(job.stdout)) == 2      # one worker prints
    assert job.stdout.count('training on') == 1


def test_two_workers_are_one_process(tmp_path):
    same_as_alone(tmp_path, 2, 1)


@pytest.mark.slow
def test_four_of_two_devices_are_one_process(tmp_path):
    """In the last batch two of the workers have no example."""
    same_as_alone(tmp_path, 4, 2, num_devices=2)


@pytest.mark.slow
def test_dropout_and_running_means_of_two_workers(tmp_path):
    """They drop out differently, and end with the same net all the same."""
    job = jobs.run(tmp_path, 2, layers='all', num_epochs=1)
    assert job.returncode == 0, job.stderr
    first, second = jobs.results(tmp_path, 2)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


@pytest.mark.slow
def test_compressed_gradients(tmp_path):
    """2 bits a number: the net learns, otherwise than without."""
    expected = alone(tmp_path, optimizer='sgd')
    job = jobs.run(tmp_path, 2, optimizer='sgd', trainer={
        'compression_params': {'type': '2bit', 'threshold': 0.1}})
    assert job.returncode == 0, job.stderr
    first, second = jobs.results(tmp_path, 2)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
    assert first['loss'][1] < first['loss'][0]
    assert (first['param0'] != expected['param0']).any()


# -- checkpoints
@pytest.mark.slow
def test_a_checkpoint_goes_on_with_other_workers(tmp_path):
    """And ends where one process ends that was never broken off."""
    expected = alone(tmp_path, num_epochs=3, checkpoint=str(tmp_path / 'one'))
    for epoch, num_workers in enumerate((1, 2, 1), 1):
        job = jobs.run(tmp_path, num_workers, num_epochs=epoch,
                       checkpoint=str(tmp_path / 'kept'),
                       seeds=(epoch, 9))    # what is kept has its own
        assert job.returncode == 0, job.stderr
        assert job.stdout.count('going on after epoch') == (epoch > 1)
    found, = jobs.results(tmp_path, 1)
    for name in expected:
        np.testing.assert_allclose(
            found[name], expected[name], rtol=1e-3, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize('options, message', [
    (dict(only=1), 'num_epochs is 2 on worker 0 and 3 on worker 1'),
    # which have other settings, and not as many
    (dict(optimizer=['sgd', 'adam']), 'is not set on worker 0')])
def test_workers_that_do_not_train_alike_are_told(options, message, tmp_path):
    job = jobs.run(tmp_path, 2, **options)
    assert 'all workers must train alike, but' in job.stderr
    assert message in job.stderr
    assert job.returncode == 1


class Twins:
    """The collectives of two workers that always send the same."""
    rank, num_workers = 0, 2

    def __init__(self):
        self.num_bytes = 0

    def gather(self, row):
        self.num_bytes += len(row)
        return [row, row]


def test_frozen_weights_are_not_sent():
    net = nn.Dense(100, in_units=100)
    net.initialize()
    net.collect_params().setattr('grad_req', 'null')
    before = net.weight.data().asnumpy()
    twins = Twins()
    workers.Group(twins).average_states(net)
    assert twins.num_bytes == 2 * 8     # a digest for each parameter
    np.testing.assert_array_equal(net.weight.data().asnumpy(), before)
