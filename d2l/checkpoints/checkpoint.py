"""Checkpoints: training resumes after the last epoch that was completed.

A checkpoint is a folder with one file, `state.d2l`, of the last completed
epoch: parameters, the optimizer's state, the history, the random state, and
the settings of the training, which the next call must repeat.
"""
import contextlib
import errno
import itertools
import os
import random

import mxnet as mx
import numpy as np
from mxnet import nd

from .. import checks, gluon_internals
from ..compat import threads
from ..compat.writing import remove_abandoned
from . import content, statefile
from .locks import locked

_FILE = 'state.d2l'
# and 'threads', which older ones lack
_KEYS = {'began', 'changed', 'epoch', 'history', 'layers', 'numpy', 'params',
         'random', 'seed', 'trainer'}


@contextlib.contextmanager
def open_checkpoint(folder, run, history, group):
    """The checkpoint in `folder`, locked for the time of a training.

    Parameters
    ----------
    folder : str or None
        Created if missing. If None, nothing is saved.
    run, history, group
        As for `Checkpoint`.
    """
    if folder is None:
        yield NoCheckpoint()
        return
    folder = os.path.expanduser(os.fspath(folder))
    if not group.is_main:
        yield Checkpoint(folder, run, history, group)
        return
    with locked(folder):
        remove_abandoned(os.path.realpath(os.path.join(folder, _FILE)))
        yield Checkpoint(folder, run, history, group)


class NoCheckpoint:
    """For trainings that save nothing."""
    seed = 0
    keep_threads = staticmethod(contextlib.nullcontext)

    def resume(self, num_epochs):
        return 0

    def begin_epoch(self, epoch):
        pass

    def save(self, epoch):
        pass


class Checkpoint:
    """The state file in a folder, read and written for one training.

    Parameters
    ----------
    folder : str
    run : training.run.Run
    history : History
        Saved and restored along with the run.
    group : training.workers.Group
        The workers that train; only the main one writes.

    Attributes
    ----------
    seed : int
        MXNet's random numbers follow from it and the epoch.
    num_threads : int or None
        What the first epoch was computed with, where that is known: the
        last digits depend on it.
    """

    def __init__(self, folder, run, history, group):
        self.folder, self.path = folder, os.path.join(folder, _FILE)
        self.run, self.history, self.group = run, history, group
        run.updater.require_saveable()
        self.params = run.parameters()
        self.names = {id(param): name for name, param in self.params.items()}
        self.first_settings = run.settings()
        self.seed = self.num_threads = None

    def resume(self, num_epochs):
        """Restore the last epoch; returns its number, 0 without one."""
        if os.path.islink(self.path) and not os.path.exists(self.path):
            # its disk may be away, with all the epochs so far
            raise FileNotFoundError(
                errno.ENOENT, 'the checkpoint is a symlink to %s, which does '
                'not exist: mount its disk or put the file back, or remove '
                'the symlink to begin with the first epoch'
                % os.path.realpath(self.path), self.path)
        if not os.path.exists(self.path):
            # a number that depends on what the reader seeded it with
            self.seed = int(nd.random.randint(0, 2 ** 31 - 1,
                                              shape=1).asscalar())
            return 0
        state = self._read()
        epoch = state['epoch']
        if epoch > num_epochs:
            raise ValueError(
                '%s has %d epochs, more than num_epochs=%d: give num_epochs '
                'as %d or more, or another folder as checkpoint'
                % (self.path, epoch, num_epochs, epoch))
        for name, param in self.params.items():
            _set_values(param, state['params'][name])
        self.run.updater.restore(self.names, state['trainer'])
        for name, param in self.params.items():
            _set_values_by_device(param, state['params'][name])
        self.history.replace(state['history'])
        self.seed, self.num_threads = state['seed'], state.get('threads')
        self.first_settings = state['began']
        random.setstate(state['random'])
        np.random.set_state(state['numpy'])
        if not self.group.is_main:
            return epoch
        if epoch == num_epochs:
            checks.say('%s: all %d epochs are done; the net is as they left '
                       'it' % (self.folder, epoch))
        else:
            checks.say('%s: going on after epoch %d'
                       % (self.folder, epoch))
        return epoch

    @contextlib.contextmanager
    def keep_threads(self):
        """Compute with the number of threads of the first epoch."""
        with threads.keep(self.num_threads) as num_threads:
            if num_threads != self.num_threads and self.num_threads:
                checks.warn(
                    '%s was computed with %d threads, and continues with '
                    '%d, so the last digits can differ from those of an '
                    'uninterrupted training. For the same digits, set '
                    'OMP_NUM_THREADS=%d before MXNet is imported'
                    % (self.path, self.num_threads, num_threads,
                       self.num_threads))
            self.num_threads = num_threads
            yield

    def begin_epoch(self, epoch):
        """Seed MXNet's random numbers, whose state cannot be read."""
        # the workers drop out differently
        mx.random.seed((self.seed + epoch + 7919 * self.group.rank) % 2 ** 31)

    def save(self, epoch):
        """Save an epoch. Where that fails, a warning says so."""
        if not self.group.is_main:
            return
        settings = self.run.settings()
        state = {
            'epoch': epoch, 'layers': self.run.layers(),
            'began': self.first_settings,
            # training changes some of them, such as scheduled learning rates
            'changed': [name for name in self.first_settings
                        if settings.get(name) != self.first_settings[name]],
            'params': {name: _arrays(param)
                       for name, param in self.params.items()},
            'trainer': self.run.updater.state(self.names),
            'history': self.history.columns(), 'seed': self.seed,
            'threads': self.num_threads,
            'random': random.getstate(), 'numpy': np.random.get_state(),
        }
        try:
            statefile.write(self.path, state)
        except (OSError, MemoryError, TypeError) as error:
            checks.warn(
                'epoch %d could not be saved in %s (%s). Training goes on; %s'
                % (epoch, self.path, str(error) or type(error).__name__,
                   'the epoch saved before is still there'
                   if os.path.exists(self.path) else 'no epoch is saved'))

    def _read(self):
        """The file's content; ValueError unless it is of this training."""
        try:
            state = statefile.read(self.path)
            if (not isinstance(state, dict)
                    or set(state) - {'threads'} != _KEYS):
                raise ValueError('it does not have the entries of one')
            content.require_form(state)
            difference = self._difference(state)
            if not difference:
                self._require_fit(state)
        except ValueError as error:
            raise ValueError(
                '%s is not a checkpoint of d2l, or damaged: %s. It was left '
                'as it is: move it away to begin with the first epoch, or '
                'give another folder as checkpoint' % (self.path, error)
            ) from error
        if difference:
            raise ValueError(
                '%s was made by another training: %s. It was left as it is: '
                'call with the same arguments to go on, or give another '
                'folder as checkpoint to begin with the first epoch'
                % (self.path, difference))
        return state

    def _require_fit(self, state):
        """Raises ValueError unless all of `state` can be put back."""
        for name, param in self.params.items():
            if len(state['params'][name]) > 1 and not _is_computed(param):
                raise ValueError('%s is learnt, and has more than one array'
                                 % name)
        content.require_history(state['history'], state['epoch'],
                                self.history.columns())
        self.run.updater.require_fit_state(
            self.names, state['trainer'], state['params'], state['changed'])
        content.require_no_nan(state)

    def _difference(self, state):
        """How the saved training differs from this one, in words, or None."""
        for saved, present in itertools.zip_longest(
                state['layers'], self.run.layers(), fillvalue='no more'):
            if saved != present:
                return ('its net has %s where this one has %s'
                        % (saved, present))
        if set(state['params']) != set(self.params):
            return 'its net has the parameters %s, and this one %s' % (
                ', '.join(state['params']) or 'none',
                ', '.join(self.params) or 'none')
        for name, param in self.params.items():
            saved = state['params'][name][0]
            if not _has_shape_of(saved, param):
                return 'its parameter %s is %s %s, and of this net %s %s' % (
                    name, saved.dtype, saved.shape, _dtype(param),
                    param.shape)
        saved, present = state['began'], self.first_settings
        # the optimizer first: other settings depend on it
        for name in sorted({*saved, *present} - {*state['changed']},
                           key=lambda name: (name != 'optimizer', name)):
            if (name not in saved or name not in present
                    or saved[name] != present[name]):
                return '%s was %s, and is %s now' % (
                    name, saved.get(name, 'not set'),
                    present.get(name, 'not set'))
        return None


def _arrays(param):
    """The values to save: one array, or one for each device if they are
    computed and not learnt (running means), and so may differ."""
    if isinstance(param, nd.NDArray):
        return [param]
    arrays = param.list_data()
    return arrays if _is_computed(param) else arrays[:1]


def _is_computed(param):
    return not isinstance(param, nd.NDArray) and param.grad_req == 'null'


def _set_values(param, arrays):
    if isinstance(param, nd.NDArray):
        param[:] = arrays[0]
        return
    param.set_data(nd.array(arrays[0], dtype=arrays[0].dtype))
    gluon_internals.finish_deferred_init(param)


def _set_values_by_device(param, arrays):
    """Restore values that differ from device to device.

    The trainer has made them equal.
    """
    if len(arrays) > 1 and len(arrays) == len(param.list_ctx()):
        for data, array in zip(param.list_data(), arrays):
            data[:] = array


def _has_shape_of(array, param):
    shape = param.shape     # None or zeros where it is not known yet
    return array.dtype == _dtype(param) and (shape is None or (
        len(shape) == array.ndim
        and all(n in (0, -1, m) for n, m in zip(shape, array.shape))))


def _dtype(param):
    return np.dtype(param.dtype)
