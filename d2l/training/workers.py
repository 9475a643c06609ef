"""Training by several processes, on MXNet's distributed KVStore.

Each process, a worker, computes with its part of every batch; the KVStore's
servers add up the gradients, and each worker updates its own parameters by
the sum. So all of them have the parameters that one process would have.
"""
import atexit
import contextlib
import hashlib
import json
import os
import random
import sys

import mxnet as mx
import numpy as np
from mxnet import gluon, nd

from ..checkpoints import checkpoint as checkpoints
from ..checkpoints import trainer_state as trainers
from ..loader import ImageLoader, own_part
from .epochs import examples

# The keys of the KVStore that are not gluon.Trainer's, which counts its
# parameters from 0.
_FIRST_KEY = 1 << 20
_RANDOM_STATE = 16384   # bytes; the two generators' need at most 15,500
_joined = None          # MXNet allows a process one distributed KVStore


def join(trainer):
    """The workers that train together: those of the trainer's KVStore.

    Returns
    -------
    Alone or Workers

    Raises
    ------
    ValueError
        The trainer's KVStore is distributed, but not one to train with.
    """
    global _joined
    params = getattr(trainer, '_kvstore_params', {})
    kvstore = params.get('kvstore')
    kind = getattr(kvstore, 'type', kvstore) or ''
    if 'dist' not in kind:
        return Alone()
    if 'async' in kind:
        raise ValueError(
            "trainer must have the kvstore 'dist_sync', but it has %r, with "
            'which every worker goes its own way: make it with gluon.Trainer('
            "..., kvstore='dist_sync')" % kind)
    if params['update_on_kvstore'] or trainer._update_on_kvstore:
        raise ValueError(
            'trainer must update the parameters on the workers, but it does '
            'so on the servers: leave out update_on_kvstore=True, and make '
            'no step with it before')
    # MXNet's choice, if it is not told, would be the servers, which give the
    # optimizer's state to nobody and learn of no new learning rate
    params['update_on_kvstore'] = False
    if _joined is None:
        if isinstance(kvstore, str):
            kvstore = _connect(kind)
        _joined = Workers(kvstore, trainer)
        atexit.register(_leave)
        sys.excepthook = _end(sys.excepthook)
    if trainer is not _joined.trainer:
        raise ValueError(
            "a process can train with one distributed trainer only, because "
            "MXNet's servers know parameters by their numbers, but this is "
            "the second one: train in another process")
    params['kvstore'] = _joined.kvstore
    return _joined


def _connect(kind):
    if 'DMLC_PS_ROOT_URI' not in os.environ:
        raise ValueError(
            'the kvstore %r needs other processes, a scheduler and servers, '
            'but this one was started alone: start the script with python -m '
            'd2l.launch -n 2 python %s, or make the trainer without kvstore='
            % (kind, os.path.basename(sys.argv[0]) or 'train.py'))
    return mx.kv.create(kind)


def _leave():
    """Ends the KVStore's threads while Python still can."""
    if not _joined.in_step:
        _exit(1)
    kvstore = _joined.kvstore
    kvstore.__del__()
    kvstore.handle = None   # which it may delete again


def _end(excepthook):
    """Ends a worker that failed; MXNet would wait for the others first."""
    def end(kind, value, traceback):
        interrupted = issubclass(kind, KeyboardInterrupt)
        if not interrupted or _joined is None or _joined.first:
            excepthook(kind, value, traceback)
        _exit(130 if interrupted else 1)
    return end


def _exit(status):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class Alone:
    """One process, without a distributed KVStore."""
    first = True        # whether it is the one that prints and saves
    rank = 0

    @contextlib.contextmanager
    def training(self):
        yield

    def parts(self, data_iter, net=None):
        return data_iter

    def updating(self, update, parts):
        return update

    def total(self, numbers):
        return numbers

    def share_random(self):
        pass

    def agree(self, net, told):
        pass

    def of_first(self, number):
        return number

    def average_states(self, net):
        pass


class Workers:
    """All workers that train together, as one of them sees them.

    Except for `parts` and `updating` all of them must call the same methods
    in the same order.

    Parameters
    ----------
    kvstore : KVStore
    trainer : gluon.Trainer
        The one that it is for.
    """

    def __init__(self, kvstore, trainer):
        self.kvstore, self.trainer = kvstore, trainer
        self.rank, self.num_workers = kvstore.rank, kvstore.num_workers
        self.first = self.rank == 0
        self.keys, self.next_key = {}, _FIRST_KEY
        self.in_step = True     # with the others

    @contextlib.contextmanager
    def training(self):
        """Around a training: who leaves it early has left the others."""
        self.in_step = False
        yield
        self.in_step = True

    def parts(self, data_iter, net=None):
        """The parts of the batches that are this worker's.

        `net` is given for the batches to train with.
        """
        return _Parts(self, data_iter, net)

    def updating(self, update, parts):
        """`update`, told the size of the batch instead of that of a part."""
        def update_all(n):
            self._init_parameters()
            update(parts.num_examples)
        return update_all

    def begin(self, net, X):
        """All have the first one's parameters before they compute."""
        if any(param._deferred_init
               for param in self.trainer._params + _params(net)):
            net(X.as_in_context(self.trainer._contexts[0]))
        self._init_parameters()
        for param in _params(net):
            if param not in self.trainer._params:   # it is not trained
                self._broadcast(self._new_key(), param)

    def _init_parameters(self):
        """As Trainer._init_params does, which can fail."""
        if not self.trainer._kv_initialized:
            self.trainer._init_kvstore()
        for param in self.trainer._params_to_init:
            self._broadcast(self.trainer._param2idx[param.name], param)
        self.trainer._params_to_init = []

    def _broadcast(self, key, param):
        """All get the first one's values."""
        # a new array: the KVStore refuses those that a layer has laid out
        # anew, as layers do with their weights when they are not trained
        values = nd.array(param.list_data()[0].asnumpy(), dtype=param.dtype)
        self.kvstore.broadcast(key, values, values)
        # now, or a parameter could be fetched after its first gradient came
        # to the servers, which keep it in the same place
        values.wait_to_read()
        param.set_data(values)

    def total(self, numbers):
        """A tuple of numbers, each summed over all workers."""
        rows = self._gather(np.array(numbers, 'float64').tobytes())
        columns = zip(*(np.frombuffer(row, 'float64').tolist()
                        for row in rows))
        return tuple(map(sum, columns))

    def of_first(self, number):
        """The first worker's number."""
        row = self._gather(np.array(number, 'int64').tobytes())[0]
        return int(np.frombuffer(row, 'int64')[0])

    def share_random(self):
        """All get the first one's random state: they shuffle alike.

        Not MXNet's, which drops out and cannot be read: that of each worker
        follows from it.
        """
        kind, *state = np.random.get_state()
        state[0] = state[0].tolist()
        text = json.dumps([random.getstate(), [kind] + state])
        sent = np.frombuffer(text.ljust(_RANDOM_STATE).encode(), 'uint8')
        sent = nd.array(sent, dtype='float32')
        self.kvstore.broadcast(self._new_key(), sent, sent)
        text = sent.asnumpy().astype('uint8').tobytes()
        (version, internal, gauss), state = json.loads(text.decode())
        random.setstate((version, tuple(internal), gauss))
        np.random.set_state(tuple(state))
        if not self.first:
            number = int(hashlib.sha256(text).hexdigest()[:7], 16)
            mx.random.seed(number + self.rank)

    def agree(self, net, told):
        """Whether all were told the same: a dict of what can be a text."""
        told = dict(told, net=checkpoints.layers(net),
                    **trainers.settings(self.trainer))
        told = {name: str(value) for name, value in told.items()}
        digests = self._gather(b''.join(
            hashlib.sha256(text.encode()).digest()[:8]
            for text in told.values()))
        for rank, digest in enumerate(digests):
            for i, name in enumerate(told):
                here = slice(8 * i, 8 * i + 8)
                if digest[here] != digests[0][here]:
                    raise ValueError(
                        'all workers must train alike, but worker %d was '
                        'given another %s than worker 0 (here, on worker %d, '
                        'it is %s): start the same script with the same '
                        'files on all machines'
                        % (rank, name, self.rank, told[name]))

    def average_states(self, net):
        """Running means and the like: what is computed, but not learnt."""
        if self.num_workers == 1:
            return
        for param in _params(net):
            if param.grad_req == 'null':
                arrays = param.list_data()
                sums = sum(array.asnumpy().astype('float64')
                           for array in arrays)
                sums = sum(np.frombuffer(row, 'float64') for row
                           in self._gather(sums.tobytes()))
                mean = sums / (len(arrays) * self.num_workers)
                param.set_data(nd.array(mean.reshape(param.shape),
                                        dtype=param.dtype))

    def _gather(self, row):
        """Bytes from each worker, as many from all, in a list by rank.

        Each writes the bits of its own into a row of zeros for all, and the
        servers add these up. That is exact for every type of number, and
        with compressed gradients too, which are 0 or the threshold.
        """
        bits = np.zeros((self.num_workers, 8 * len(row)), 'float32')
        bits[self.rank] = np.unpackbits(np.frombuffer(row, 'uint8'))
        compression = self.trainer._compression_params or {}
        bits *= float(compression.get('threshold', 0.5))
        bits = nd.array(bits)
        if bits.shape not in self.keys:
            self.keys[bits.shape] = self._new_key()
            self.kvstore.init(self.keys[bits.shape], nd.zeros(bits.shape))
        self.kvstore.pushpull(self.keys[bits.shape], bits)
        return [line.tobytes()
                for line in np.packbits(bits.asnumpy() > 0, axis=1)]

    def _new_key(self):
        self.next_key += 1
        return self.next_key


def _params(net):
    if not isinstance(net, gluon.Block):    # a function, as in chapter 3
        return []
    return list(net.collect_params().values())


class _Parts:
    """Iterates over the parts of batches; None where there is no example."""

    def __init__(self, workers, data_iter, net):
        self.workers, self.data_iter, self.net = workers, data_iter, net
        self.num_examples = None    # of the whole batch

    def __iter__(self):
        rank, num_workers = self.workers.rank, self.workers.num_workers
        if isinstance(self.data_iter, ImageLoader):
            parts = self.data_iter.parts(rank, num_workers)
        else:
            parts = _parts(self.data_iter, rank, num_workers)
        new = self.net is not None and num_workers > 1
        for self.num_examples, part in parts:
            if new:
                if self.num_examples < num_workers:
                    raise ValueError(
                        'a batch must have an example for each of the %d '
                        'workers, but the first one has %d: start fewer '
                        'workers, or make the batches larger'
                        % (num_workers, self.num_examples))
                self.workers.begin(self.net, part[0][:1])
                new = False
            yield part


def _parts(data_iter, rank, num_workers):
    for batch in data_iter:
        X, y = examples(batch)
        start, stop = own_part(len(X), rank, num_workers)
        yield len(X), (X[start:stop], y[start:stop]) if start < stop else None
