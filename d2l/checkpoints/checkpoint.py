"""Training that goes on where it was broken off.

A checkpoint is a folder with one file, `state.d2l`, of the last epoch that
was completed: parameters, the optimizer's state, the history, the random
state, and what the training was told, which the next call must repeat.
"""
import contextlib
import errno
import fcntl
import glob
import itertools
import os
import random
import re

import mxnet as mx
import numpy as np
from mxnet import gluon, nd

from .. import checks
from . import statefile
from . import trainer_state as trainers

_FILE = 'state.d2l'
_KEYS = {'began', 'changed', 'epoch', 'history', 'layers', 'numpy', 'params',
         'random', 'seed', 'trainer'}


@contextlib.contextmanager
def opened(folder, *training, group):
    """The checkpoint in `folder`, for the time of a training.

    Parameters
    ----------
    folder : str or None
        Made where it is missing. Without one nothing is kept.
    training
        The further arguments of `Checkpoint`.
    group : Alone or Workers
        Those that train; only the first one writes.
    """
    if folder is None:
        yield _Nothing()
        return
    folder = os.path.expanduser(os.fspath(folder))
    if not group.first:
        yield Checkpoint(folder, *training, group)
        return
    with _locked(folder):
        # of writers that were killed; nobody else writes here now
        for part in glob.glob(os.path.join(glob.escape(folder),
                                           _FILE + '.*.part')):
            os.unlink(part)
        yield Checkpoint(folder, *training, group)


class _Nothing:
    """For trainings without a checkpoint."""
    seed = 0

    def resume(self, num_epochs):
        return 0

    def begin(self, epoch):
        pass

    def save(self, epoch):
        pass


class Checkpoint:
    """What is in a folder, and what this training puts there.

    Parameters
    ----------
    folder : str
    net : Block or function
    trainer : gluon.Trainer or None
    params : list of NDArray or None
        What is trained where there is no trainer.
    history : History
    told : dict
        What the training was told beside net and trainer: plain values.
    group : Alone or Workers
    """

    def __init__(self, folder, net, trainer, params, history, told, group):
        self.folder, self.path = folder, os.path.join(folder, _FILE)
        self.trainer, self.history, self.told = trainer, history, told
        self.group = group
        self.params = trainers.parameters(net, trainer, params)
        self.names = {id(param): name for name, param in self.params.items()}
        if trainer is not None:
            trainers.refuse_unknown(trainer)
        self.layers = layers(net)
        self.began = self._settings()
        self.seed = None        # of MXNet's random numbers

    def resume(self, num_epochs):
        """Put back the last epoch; returns its number, 0 without one."""
        if not os.path.lexists(self.path):
            # a number that depends on what the reader seeded it with
            self.seed = int(nd.random.randint(0, 2 ** 31 - 1,
                                              shape=1).asscalar())
            return 0
        found = self._read()
        epoch = found['epoch']
        if epoch > num_epochs:
            raise ValueError(
                '%s has %d epochs, more than num_epochs=%d: give num_epochs '
                'as %d or more, or another folder as checkpoint'
                % (self.path, epoch, num_epochs, epoch))
        for name, param in self.params.items():
            _set(param, found['params'][name])
        if self.trainer is not None:
            trainers.restore(self.trainer, self.names, found['trainer'])
        for name, param in self.params.items():
            _set_by_device(param, found['params'][name])
        self.history.replace(found['history'])
        self.seed = found['seed']
        self.began = found['began']
        random.setstate(found['random'])
        np.random.set_state(found['numpy'])
        if not self.group.first:
            return epoch
        if epoch == num_epochs:
            print('%s: all %d epochs are done; the net is as they left it'
                  % (self.folder, epoch))
        else:
            print('%s: going on after epoch %d' % (self.folder, epoch))
        return epoch

    def begin(self, epoch):
        """Before an epoch: MXNet's random state, which cannot be read."""
        # the workers drop out differently
        mx.random.seed((self.seed + epoch + 7919 * self.group.rank) % 2 ** 31)

    def save(self, epoch):
        """Keep an epoch. Where that fails, training goes on."""
        if not self.group.first:
            return
        now = self._settings()
        state = {
            'epoch': epoch, 'layers': self.layers, 'began': self.began,
            # by training, as some learning rates are
            'changed': [name for name in self.began
                        if now.get(name) != self.began[name]],
            'params': {name: _arrays(param)
                       for name, param in self.params.items()},
            'trainer': (None if self.trainer is None else
                        trainers.state(self.trainer, self.names)),
            'history': self.history.columns(), 'seed': self.seed,
            'random': random.getstate(), 'numpy': np.random.get_state(),
        }
        try:
            statefile.write(self.path, state)
        except OSError as error:
            checks.warn('epoch %d could not be kept in %s (%s). Training goes '
                        'on; what was kept before is still there'
                        % (epoch, self.path, error))

    def _settings(self):
        if self.trainer is None:
            return self.told
        return dict(self.told, **trainers.settings(self.trainer))

    def _read(self):
        """The file's content, if it is of this training."""
        try:
            found = statefile.read(self.path)
            if not isinstance(found, dict) or set(found) != _KEYS:
                raise ValueError('it does not hold what a checkpoint does')
        except ValueError as error:
            raise ValueError(
                '%s is not a checkpoint of d2l, or damaged: %s. It was left '
                'as it is: move it away to begin with the first epoch, or '
                'give another folder as checkpoint' % (self.path, error)
            ) from error
        difference = self._difference(found)
        if difference:
            raise ValueError(
                '%s was made by another training: %s. It was left as it is: '
                'call with what it was made with to go on, or give another '
                'folder as checkpoint to begin with the first epoch'
                % (self.path, difference))
        return found

    def _difference(self, found):
        """What a checkpoint has that this training has not, in words."""
        for theirs, ours in itertools.zip_longest(
                found['layers'], self.layers, fillvalue='no more'):
            if theirs != ours:
                return 'its net has %s where this one has %s' % (theirs, ours)
        theirs, ours = found['params'], self.params
        if set(theirs) != set(ours):
            return 'its net has the parameters %s, and this one %s' % (
                ', '.join(theirs) or 'none', ', '.join(ours) or 'none')
        for name, param in ours.items():
            theirs = found['params'][name][0]
            if not _fits(theirs, param):
                return 'its parameter %s is %s %s, and of this net %s %s' % (
                    name, theirs.dtype, theirs.shape, _dtype(param),
                    param.shape)
        theirs, ours = found['began'], self.began
        # first of all the optimizer: others have other settings
        for name in sorted({*theirs, *ours} - {*found['changed']},
                           key=lambda name: (name != 'optimizer', name)):
            if (name not in theirs or name not in ours
                    or theirs[name] != ours[name]):
                return '%s was %s, and is %s now' % (
                    name, theirs.get(name, 'not set'),
                    ours.get(name, 'not set'))
        return None


@contextlib.contextmanager
def _locked(folder):
    """Makes the folder; it is this process's until it is left or killed."""
    try:
        os.makedirs(folder, exist_ok=True)
        lock = open(os.path.join(folder, 'lock'), 'a')
    except OSError as error:
        raise type(error)(
            error.errno, 'checkpoint must be a folder that can be written '
            'to, but %s: choose another one' % error.strerror, folder
        ) from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise RuntimeError(
                    'another process is training with the checkpoint %s: end '
                    'it (it may be the kernel of another notebook), or give '
                    'another folder as checkpoint' % folder) from None
            # a file system without locks: the reader has to take care
        yield


def describe(loss):
    """A loss as a text: what kind, and what it was told."""
    if not isinstance(loss, gluon.Block):
        return getattr(loss, '__qualname__', type(loss).__name__)
    base = vars(gluon.HybridBlock(prefix=''))
    told = {name.strip('_'): value for name, value in vars(loss).items()
            if name not in base and statefile.plain(value)}
    return '%s(%s)' % (type(loss).__name__, ', '.join(
        '%s=%r' % item for item in sorted(told.items())))


def layers(net):
    """A net as a list of lines, without what the first batch tells it."""
    if not isinstance(net, gluon.Block):
        return []
    text = re.sub(r'\b(None|\d+) -> |, in_channels=\w+', '', repr(net))
    text = re.sub(r' at 0x[0-9a-f]+', '', text)
    return [line.strip() for line in text.splitlines()]


def _arrays(param):
    """The values on all devices, of what the devices do not share."""
    if isinstance(param, nd.NDArray):
        return [param]
    arrays = param.list_data()
    return arrays if param.grad_req == 'null' else arrays[:1]


def _set(param, arrays):
    if isinstance(param, nd.NDArray):
        param[:] = arrays[0]
        return
    param.set_data(nd.array(arrays[0], dtype=arrays[0].dtype))
    param._finish_deferred_init()   # its shape is known now


def _set_by_device(param, arrays):
    """What differs from device to device, after the trainer made it equal."""
    if len(arrays) > 1 and len(arrays) == len(param.list_ctx()):
        for data, array in zip(param.list_data(), arrays):
            data[:] = array


def _fits(array, param):
    shape = param.shape     # None or zeros where it is not known yet
    return array.dtype == _dtype(param) and (shape is None or (
        len(shape) == array.ndim
        and all(n in (0, -1, m) for n, m in zip(shape, array.shape))))


def _dtype(param):
    return np.dtype(param.dtype)
