"""Several processes compute what one does."""
import jobs
import mxnet as mx
import numpy as np
import pytest
import small
import worker
from mxnet import gluon, nd
from mxnet.gluon import nn

import d2l
from d2l.training.parts import iterate_parts, part_bounds


# -- the parts of a batch
@pytest.mark.parametrize('n, num_workers', [(1, 1), (16, 4), (98, 3), (2, 5)])
def test_parts_make_up_the_whole(n, num_workers):
    bounds = [part_bounds(n, rank, num_workers) for rank in range(num_workers)]
    assert [i for start, stop in bounds for i in range(start, stop)] \
        == list(range(n))
    sizes = [stop - start for start, stop in bounds]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize('num_workers', [1, 2, 3, 4])
def test_the_loader_gives_each_worker_its_part(num_workers):
    """Every batch of the permutation, no image twice, equal steps."""
    train_iter, _ = small.data(98)
    small.seed(1)
    whole = [(X.asnumpy(), y.asnumpy()) for X, y in train_iter]
    parts = []
    for rank in range(num_workers):
        small.seed(1)
        parts.append(list(train_iter.iterate_parts(rank, num_workers)))
        assert len(parts[-1]) == len(whole) == len(train_iter)
    for (X, y), *others in zip(whole, *parts):
        assert {n for n, _ in others} == {len(X)}
        own = [batch for _, batch in others if batch is not None]
        np.testing.assert_array_equal(
            np.concatenate([X.asnumpy() for X, _ in own]), X)
        np.testing.assert_array_equal(
            np.concatenate([y.asnumpy() for _, y in own]), y)


def test_any_other_iterator_is_cut_as_well():
    X = nd.arange(10).reshape((5, 2))
    batches = [(X, X[:, 0]), mx.io.DataBatch([X], [X[:, 1]]),
               (X[:1], X[:1, 0])]
    first, second = (list(iterate_parts(batches, rank, 2))
                     for rank in range(2))
    assert [n for n, _ in first] == [n for n, _ in second] == [5, 5, 1]
    assert first[0][1][0].asnumpy().tolist() == X[:2].asnumpy().tolist()
    assert second[1][1][1].asnumpy().tolist() == [5, 7, 9]
    assert first[2][1] is None and len(second[2][1][0]) == 1


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
def test_workers_that_were_told_something_else(tmp_path):
    job = jobs.run(tmp_path, 2, only=1)
    assert 'worker 1 was given another num_epochs than' in job.stderr
    assert job.returncode == 1
