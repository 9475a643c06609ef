"""Odd names of folders, odd things in them, and states that cannot be kept.

All are told before the first epoch.
"""
import collections
import io
import os
import subprocess
import sys
import types

import mxnet as mx
import pytest
import small
from limits import LIMIT
from mxnet import gluon, nd

import d2l
from d2l.checkpoints import statefile


@pytest.mark.parametrize('name', [True, 0, ['a'], b'x', 2.5])
def test_names_that_are_none(name):
    with pytest.raises(TypeError, match='must be the name of a folder, but'):
        small.train(1, checkpoint=name)


@pytest.mark.parametrize('name', ['', 'a\0b', '\ud800'], ids=ascii)
def test_names_that_no_folder_can_have(name):
    with pytest.raises(ValueError, match='must be the name of a folder, but'):
        small.train(1, checkpoint=name)


@pytest.mark.parametrize('name', ['x' * 300, 'y/' * 2500 + 'z',
                                  'y/' * 1900 + 'z'],
                         ids=['name', 'path', 'deep'])
def test_names_that_are_too_long(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match='checkpoint must be a folder.*too long'):
        small.train(1, checkpoint=name)
    assert os.listdir('.') == [] and capsys.readouterr().out == ''


@pytest.mark.parametrize('name', ['a\nb', '*?[a]', '\udcff', '\u4e2d',
                                  ' ', '-x'], ids=ascii)
def test_names_that_are_odd(name, tmp_path, capsys):
    for num_epochs in (1, 2):
        small.train(num_epochs, checkpoint=str(tmp_path / name))
    assert sorted(os.listdir(str(tmp_path / name))) == ['lock', 'state.d2l']


def test_a_name_that_stdout_cannot_print(tmp_path, monkeypatch):
    folder = str(tmp_path / '\u4e2d')
    small.train(1, checkpoint=folder)
    monkeypatch.setattr(sys, 'stdout', io.TextIOWrapper(io.BytesIO(), 'ascii'))
    small.train(2, checkpoint=folder)
    sys.stdout.flush()
    said = sys.stdout.buffer.getvalue().decode()
    assert '\\u4e2d: going on after epoch 1' in said and 'epoch 2' in said


@pytest.mark.parametrize('name', ['lock', 'state.d2l'])
@pytest.mark.parametrize('kind', ['FIFO', 'folder', 'device', 'symlink'])
def test_things_that_are_no_files(name, kind, tmp_path, capsys):
    path = tmp_path / 'kept' / name
    path.parent.mkdir()
    if kind == 'FIFO':
        os.mkfifo(str(path))
    elif kind == 'folder':
        path.mkdir()
    else:
        path.symlink_to('/dev/zero' if kind == 'device'
                        else tmp_path / 'elsewhere')
    with pytest.raises(OSError, match='found a|a symlink to .*, which'):
        small.train(1, checkpoint=str(path.parent))
    assert capsys.readouterr().out == ''
    assert os.listdir(str(tmp_path)) == ['kept']


def test_a_state_elsewhere_or_private_stays_so(tmp_path, capsys):
    folder = tmp_path / 'kept'
    small.train(1, checkpoint=str(folder))
    (folder / 'state.d2l').rename(tmp_path / 'disk')
    (tmp_path / 'disk').chmod(0o600)
    (folder / 'state.d2l').symlink_to(tmp_path / 'disk')
    (folder / 'state.d2l.x.part').mkdir()       # somebody's
    small.train(2, checkpoint=str(folder))
    assert (folder / 'state.d2l').is_symlink()
    assert (tmp_path / 'disk').stat().st_mode & 0o777 == 0o600
    assert statefile.read(str(tmp_path / 'disk'))['epoch'] == 2


def test_without_locks_no_partial_file_of_another_goes(tmp_path, monkeypatch,
                                                       capsys):
    def no_locks(*args):
        raise OSError(37, 'No locks available')
    for name in ('lockf', 'flock'):
        monkeypatch.setattr('fcntl.' + name, no_locks)
    partial = tmp_path / 'state.d2l.0123456789ab.part'
    partial.write_bytes(b'half')
    small.train(1, checkpoint=str(tmp_path))
    assert partial.read_bytes() == b'half'


@pytest.mark.parametrize('error', [MemoryError(), MemoryError('no memory'),
                                   TypeError('cannot be saved')], ids=repr)
def test_saving_that_fails_is_a_warning(error, tmp_path, monkeypatch, capsys):
    def fail(path, tree):
        raise error
    monkeypatch.setattr(statefile, 'write', fail)
    with pytest.warns(UserWarning, match=r'epoch 1 could not be sa.*\(%s\).*'
                      'no epoch is saved' % (str(error) or 'MemoryError')):
        small.train(1, checkpoint=str(tmp_path))


# -- states
class Optimizer(mx.optimizer.SGD):
    """With a state of its own."""
    make = staticmethod(lambda: None)

    def create_state_multi_precision(self, index, weight):
        return self.make()

    def update_multi_precision(self, index, weight, grad, state):
        raise AssertionError('training has begun')


def with_itself():
    made = []
    made.append(made)
    return made


def deep():
    made = {}
    for _ in range(2000):
        made = {'a': made}
    return made


LOST = {
    'object': lambda: types.SimpleNamespace(mom=nd.zeros(3)),
    'itself': with_itself, 'deep': deep, 'set': lambda: {1, 2},
    'objects': lambda: [object()], 'deque': lambda: collections.deque(),
    'sparse': lambda: nd.zeros((3, 3), stype='row_sparse')}


@pytest.mark.parametrize('make', LOST.values(), ids=list(LOST))
def test_states_that_cannot_be_kept(make, tmp_path, capsys):
    Optimizer.make = staticmethod(make)
    with pytest.raises(ValueError, match='Optimizer.create_state returns a'):
        train_with(Optimizer(), tmp_path)
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('name', ['itself', 'deep', 'set', 'objects',
                                  'sparse'])
@pytest.mark.parametrize('of', ['optimizer', 'scheduler'])
def test_attributes_that_cannot_be_kept(of, name, tmp_path, capsys):
    scheduler = mx.lr_scheduler.FactorScheduler(5, 0.9)
    optimizer = mx.optimizer.SGD(lr_scheduler=scheduler)
    owner = optimizer if of == 'optimizer' else scheduler
    owner.function = lambda: 0      # nothing that changes
    owner.log = LOST[name]()
    with pytest.raises(ValueError, match='attribute log of .* holds someth'):
        train_with(optimizer, tmp_path)
    assert capsys.readouterr().out == ''
    train_with(optimizer, None)


def test_a_scheduler_in_a_scheduler(tmp_path, capsys):
    scheduler = mx.lr_scheduler.FactorScheduler(5, 0.9)
    scheduler.after = mx.lr_scheduler.PolyScheduler(9)
    with pytest.raises(ValueError, match='attribute after of FactorSchedule'):
        train_with(mx.optimizer.SGD(lr_scheduler=scheduler), tmp_path)


def train_with(optimizer, folder):
    net = small.make_net()
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), optimizer)
    d2l.train_ch5(net, *small.data(), 16, trainer, mx.cpu(), 1,
                  checkpoint=folder and str(folder))


def test_a_loss_that_holds_itself(capsys):
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    loss.log = with_itself()
    small.train(1, loss=loss)


def test_a_fifo_is_no_data_file(tmp_path):
    """Reading it would never end."""
    root = tmp_path / 'root'
    root.mkdir()
    os.mkfifo(str(root / 'train-labels-idx1-ubyte.gz'))
    done = subprocess.run(
        [sys.executable, '-c', 'import sys, d2l\n'
         'try: d2l.load_data_fashion_mnist(9, root=sys.argv[1])\n'
         'except ValueError as error: print(error)', str(root)],
        stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    assert b'found a FIFO' in done.stdout
