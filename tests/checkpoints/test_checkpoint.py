"""Training resumes after the last epoch that was saved."""
import os
import resource
import shutil
import subprocess
import sys

import mxnet as mx
import pytest
import small
from mxnet import gluon, nd
from mxnet.gluon import nn

import d2l
from d2l.checkpoints import statefile

HERE = os.path.dirname(os.path.abspath(small.__file__))
OPTIMIZERS = {
    'adadelta': {}, 'adagrad': {}, 'adam': {}, 'adamax': {}, 'dcasgd': {},
    'ftml': {}, 'ftrl': {}, 'lamb': {}, 'lbsgd': {}, 'nadam': {},
    'nag': {'momentum': 0.9}, 'rmsprop': {'centered': True}, 'sgd': {},
    'sgld': {}, 'signum': {}}
TWO = [mx.cpu(0), mx.cpu(1)]


def schedulers():
    yield mx.lr_scheduler.FactorScheduler(5, 0.9, base_lr=0.1)
    yield mx.lr_scheduler.MultiFactorScheduler([9, 16], base_lr=0.1)
    yield mx.lr_scheduler.CosineScheduler(30, 0.1)


def broken_off(folder, **kwargs):
    """Whole numbers of epochs in calls of their own, up to all of them."""
    for num_epochs in (1, 3, small.NUM_EPOCHS):
        found = small.train(num_epochs, checkpoint=folder, **kwargs)
    return found


@pytest.mark.parametrize('optimizer, ctx', [
    *((name, None) for name in sorted(OPTIMIZERS)),
    ('adam', TWO), ('nag', TWO), ('sgd', TWO)])
def test_ends_with_the_numbers_of_a_whole_run(optimizer, ctx, tmp_path,
                                              capsys):
    """Parameters on all devices, figures, counts, all random numbers."""
    kwargs = dict(optimizer=optimizer, ctx=ctx, hyperparams=dict(
        OPTIMIZERS[optimizer], learning_rate=0.01))
    whole = small.train(checkpoint=str(tmp_path / 'whole'), **kwargs)
    assert broken_off(str(tmp_path / 'broken'), **kwargs) == whole


@pytest.mark.parametrize('i', range(3))
def test_learning_rates_that_change(i, tmp_path, capsys):
    def kwargs():
        return dict(optimizer='sgd', hyperparams={
            'momentum': 0.9, 'lr_scheduler': list(schedulers())[i]})
    whole = small.train(checkpoint=str(tmp_path / 'whole'), **kwargs())
    for num_epochs in (1, 3, small.NUM_EPOCHS):
        found = small.train(num_epochs, checkpoint=str(tmp_path / 'broken'),
                            **kwargs())
    assert found == whole


def test_says_so(tmp_path, capsys):
    folder = str(tmp_path / 'new' / 'alexnet')
    small.train(1, checkpoint=folder)
    first, line = capsys.readouterr().out.splitlines()
    assert line.startswith('epoch 1')
    small.train(2, checkpoint=folder)
    said, _, line = capsys.readouterr().out.splitlines()
    assert said == folder + ': going on after epoch 1'
    assert line.startswith('epoch 2')
    history = d2l.History()
    done = small.train(2, checkpoint=folder, history=history)
    said, = capsys.readouterr().out.splitlines()
    assert said == folder + (': all 2 epochs are done; the net is as they '
                             'left it')
    assert len(history) == 2
    assert done == small.train(2, checkpoint=str(tmp_path / 'whole'))
    with pytest.raises(ValueError, match='has 2 epochs, more than '
                       'num_epochs=1: give num_epochs as 2 or more'):
        small.train(1, checkpoint=folder)
    assert sorted(os.listdir(folder)) == ['lock', 'state.d2l']


def test_without_one_nothing_changes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mx.random, 'seed', lambda *args: 1 / 0)
    monkeypatch.setattr(small, 'seed', lambda number: None)
    small.train(1)
    assert os.listdir(str(tmp_path)) == []


def test_home_folder(home, capsys):
    small.train(1, checkpoint='~/kept')
    assert (home / 'kept' / 'state.d2l').exists()


def test_layers_numbered_otherwise(tmp_path, capsys):
    """A cell run again makes layers with other names, in another order."""
    with mx.name.NameManager():
        whole = small.train(checkpoint=str(tmp_path / 'whole'))
    with mx.name.NameManager():
        small.train(2, checkpoint=str(tmp_path / 'kept'))
        for _ in range(7):
            nn.Dense(1)
        net = small.make_net()
        assert small.train(net=net, checkpoint=str(tmp_path / 'kept')) == whole
    # the trainer takes dense10 for the one before dense9
    assert (net[2].name, net[4].name) == ('dense9', 'dense10')


def test_known_shapes_or_not(tmp_path, capsys):
    """A net that has seen a batch is the net that has not."""
    whole = small.train(checkpoint=str(tmp_path / 'whole'))
    small.train(2, checkpoint=str(tmp_path / 'kept'))
    net = small.make_net()
    net.initialize()
    net(next(iter(small.data()[0]))[0])
    trainer = gluon.Trainer(net.collect_params(), 'adam',
                            {'learning_rate': 0.01})
    d2l.train_ch5(net, *small.data(), 16, trainer, mx.cpu(), 4,
                  checkpoint=str(tmp_path / 'kept'))
    assert [[p.data().asnumpy().tobytes()]
            for p in net.collect_params().values()] == whole[0]


def test_train_ch3_from_scratch(tmp_path, capsys):
    def run(num_epochs, folder, lr=0.1):
        small.seed(1)
        W, b = nd.random.normal(shape=(36, 10)), nd.zeros(10)
        for param in (W, b):
            param.attach_grad()
        d2l.train_ch3(
            lambda X: nd.Dropout(nd.dot(X.reshape((-1, 36)), W) + b, p=0.2),
            *small.data(), gluon.loss.SoftmaxCrossEntropyLoss(), num_epochs,
            16, [W, b], lr, checkpoint=str(tmp_path / folder))
        return W.asnumpy().tobytes(), b.asnumpy().tobytes()
    whole = run(3, 'whole')
    run(2, 'kept')
    assert run(3, 'kept') == whole
    with pytest.raises(ValueError, match='lr was 0.1, and is 0.2 now'):
        run(4, 'kept', 0.2)


def test_fewer_devices(tmp_path, capsys):
    small.train(1, ctx=TWO, checkpoint=str(tmp_path))
    small.train(2, ctx=[mx.cpu(0)], checkpoint=str(tmp_path))
    assert 'going on after epoch 1' in capsys.readouterr().out


# -- writing that fails
@pytest.mark.parametrize('failing', ['fsync', 'replace', 'write'])
def test_a_full_disk_in_between(failing, tmp_path, monkeypatch, capsys):
    """Training goes on, and what was kept before is still there."""
    small.train(1, checkpoint=str(tmp_path))
    before = small.read_files(tmp_path)

    def fail(*args, **kwargs):
        raise OSError(28, 'No space left on device')
    with monkeypatch.context() as patch:
        if failing == 'write':
            patch.setattr(statefile._Hashed, 'write', fail)
        else:
            patch.setattr(os, failing, fail)
        with pytest.warns(UserWarning, match='epoch 2 could not be saved in '
                          '.*No space left.*Training goes on; the epoch sav'):
            small.train(2, checkpoint=str(tmp_path))
    assert small.read_files(tmp_path) == before      # and no .part
    assert (small.train(checkpoint=str(tmp_path))
            == small.train(checkpoint=str(tmp_path / 'whole')))


def test_a_file_that_may_not_grow(tmp_path, capsys):
    """The kernel refuses in the middle of writing."""
    small.train(1, checkpoint=str(tmp_path))
    before = small.read_files(tmp_path)
    size = os.path.getsize(str(tmp_path / 'state.d2l'))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, limits[1]))
    try:
        with pytest.warns(UserWarning, match='could not be saved.*too large'):
            small.train(2, checkpoint=str(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert small.read_files(tmp_path) == before


def test_folders_that_cannot_be_written_to(tmp_path, monkeypatch, capsys):
    (tmp_path / 'file').write_text('mine')
    with pytest.raises(FileExistsError, match='checkpoint must be a folder'):
        small.train(1, checkpoint=str(tmp_path / 'file'))
    with pytest.raises(NotADirectoryError, match='choose another'):
        small.train(1, checkpoint=str(tmp_path / 'file' / 'folder'))
    assert (tmp_path / 'file').read_text() == 'mine'


@pytest.mark.skipif(shutil.which('setpriv') is None or os.getuid() != 0,
                    reason='needs root and setpriv to give up its rights')
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o555)
    code = ('import sys; sys.path.insert(0, %r); import small\n'
            'try: small.train(1, checkpoint=%r)\n'
            'except PermissionError as error: print(error)'
            % (HERE, str(tmp_path / 'folder')))
    out = subprocess.run(
        ['setpriv', '--bounding-set=-all', '--inh-caps=-all', sys.executable,
         '-c', code], stdout=subprocess.PIPE, universal_newlines=True,
        check=True).stdout
    assert 'checkpoint must be a folder that can be written to' in out
    assert 'epoch 1' not in out         # before training, not after it


def test_leftovers_of_killed_writers_go(tmp_path, capsys):
    (tmp_path / 'state.d2l.0123abcd.part').write_bytes(b'half')
    (tmp_path / 'mine.part').write_bytes(b'mine')
    small.train(1, checkpoint=str(tmp_path))
    assert sorted(os.listdir(str(tmp_path))) == ['lock', 'mine.part',
                                                 'state.d2l']
