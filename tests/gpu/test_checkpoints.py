"""Training on GPUs resumes with the bits of an uninterrupted run."""
import mxnet as mx
import numpy as np
import pytest
import small
from mxnet import gluon, nd
from mxnet.gluon import nn, rnn

import d2l
from d2l.checkpoints import statefile

GPU, TWO = mx.gpu(0), [mx.gpu(0), mx.gpu(1)]


def broken_off(folder, **kwargs):
    """Whole numbers of epochs in calls of their own, up to all of them."""
    for num_epochs in (1, 3, small.NUM_EPOCHS):
        # what another process would have drawn from
        nd.random.uniform(shape=num_epochs, ctx=GPU)
        found = small.train(num_epochs, checkpoint=folder, **kwargs)
    return found


@pytest.mark.parametrize('ctx', [GPU, TWO], ids=['one', 'two'])
@pytest.mark.parametrize('optimizer, hyperparams', [
    ('adam', {}), ('sgd', {'momentum': 0.9}), ('rmsprop', {'centered': True}),
    ('sgld', {})])      # which draws random numbers
def test_ends_with_the_bits_of_a_whole_run(optimizer, hyperparams, ctx,
                                           tmp_path, capsys):
    """Dropout included: its random numbers begin anew in each epoch."""
    kwargs = dict(optimizer=optimizer, ctx=ctx, hyperparams=dict(
        hyperparams, learning_rate=0.01))
    whole = small.train(checkpoint=str(tmp_path / 'whole'), **kwargs)
    assert broken_off(str(tmp_path / 'broken'), **kwargs) == whole
    other = small.train(checkpoint=str(tmp_path / 'other'), number=2,
                        **kwargs)
    assert other != whole


def test_dropout_of_recurrent_layers(tmp_path, capsys):
    """PyTorch draws it from a generator of its own."""
    class Recurrent(nn.Block):
        def __init__(self):
            super().__init__()
            self.rnn = rnn.LSTM(6, num_layers=2, dropout=0.5, layout='NTC')
            self.dense = nn.Dense(10)

        def forward(self, X):
            return self.dense(self.rnn(X.reshape((len(X), 6, 6))))

    def run(folder, num_epochs=small.NUM_EPOCHS):
        return small.train(num_epochs, net=Recurrent(), ctx=GPU,
                           checkpoint=str(tmp_path / folder))
    whole = run('whole')
    run('broken', 2)
    nd.random.uniform(shape=3, ctx=GPU)
    mx.random.seed(7)
    assert run('broken') == whole


class Stopped:
    """Interrupted by Ctrl-C in the n-th batch."""

    def __init__(self, data_iter, n):
        self.data_iter, self.n = data_iter, n

    def __len__(self):
        return len(self.data_iter)

    def __iter__(self):
        for batch in self.data_iter:
            self.n -= 1
            if self.n == 0:
                raise KeyboardInterrupt
            yield batch


def test_interrupted_in_an_epoch(tmp_path, capsys):
    whole = small.train(ctx=GPU, checkpoint=str(tmp_path / 'whole'))
    train_iter, test_iter = small.data()
    with pytest.raises(KeyboardInterrupt):
        small.train(ctx=GPU, batches=(Stopped(train_iter, 17), test_iter),
                    checkpoint=str(tmp_path / 'broken'))
    assert small.train(ctx=GPU, checkpoint=str(tmp_path / 'broken')) == whole
    assert 'going on after epoch 2' in capsys.readouterr().out


def test_running_means_of_each_gpu_are_kept(tmp_path, capsys):
    small.train(1, ctx=TWO, checkpoint=str(tmp_path))
    saved = statefile.read(str(tmp_path / 'state.d2l'))['params']
    first, second = saved['1.running_mean']
    assert (first != second).any()
    net = small.make_net()
    small.train(1, ctx=TWO, net=net, checkpoint=str(tmp_path))
    for data, array in zip(net[1].running_mean.list_data(), (first, second)):
        np.testing.assert_array_equal(data.asnumpy(), array)


@pytest.mark.parametrize('first, then', [
    (GPU, mx.cpu()), (mx.cpu(), GPU), (TWO, [GPU]), ([mx.cpu()], TWO)],
    ids=str)
def test_goes_on_on_another_device(first, then, tmp_path, capsys):
    small.train(1, ctx=first, checkpoint=str(tmp_path))
    net = small.make_net()
    small.train(2, ctx=then, net=net, checkpoint=str(tmp_path))
    assert 'going on after epoch 1' in capsys.readouterr().out
    assert net[0].weight.list_ctx() == (
        then if isinstance(then, list) else [then])


def test_another_training_is_refused(tmp_path, capsys):
    small.train(1, ctx=GPU, checkpoint=str(tmp_path))
    with pytest.raises(ValueError, match='made by another training'):
        small.train(2, ctx=GPU, net=small.make_net(17),
                    checkpoint=str(tmp_path))


def test_seeds_repeat_what_layers_draw():
    """Same seed, same device, same numbers; also in a recurrent layer."""
    layer = rnn.LSTM(4, num_layers=2, dropout=0.5)
    net = nn.Sequential()
    net.add(nn.Dropout(0.5), layer)
    net.initialize(ctx=GPU)
    X = nd.ones((3, 2, 4), ctx=GPU)
    found = []
    for number in (1, 2, 1):
        mx.random.seed(number)
        with mx.autograd.train_mode():
            found.append(net(X).asnumpy())
    assert (found[0] == found[2]).all() and (found[0] != found[1]).any()


def test_a_trainer_of_the_book_resumes(tmp_path, capsys):
    """LeNet's pieces with a scheduler, by d2l.train."""
    def run(num_epochs, folder):
        return small.train(
            num_epochs, ctx=GPU, loss=gluon.loss.SoftmaxCELoss(),
            optimizer='sgd', hyperparams={
                'lr_scheduler': mx.lr_scheduler.FactorScheduler(
                    5, 0.9, base_lr=0.1)},
            checkpoint=str(tmp_path / folder), history=d2l.History())
    whole = run(3, 'whole')
    run(1, 'broken')
    assert run(3, 'broken') == whole
