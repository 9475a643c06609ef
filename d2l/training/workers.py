"""Training with several worker processes: who does what.

Each computes with its part of every batch; the servers of MXNet's
distributed KVStore add up the gradients, and each worker updates its own
parameters by the sum. So all of them have the parameters that one process
would have. One of them, the main one, prints and saves.
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

from .. import gluon_internals
from .collectives import Alone, KVStoreCollectives
from .parts import iterate_parts

_RANDOM_STATE = 16384   # bytes; the two generators' need at most 15,500
_joined = None          # MXNet allows a process one distributed KVStore


def join(trainer):
    """The group of workers that `trainer` trains with.

    Parameters
    ----------
    trainer : gluon.Trainer or None
        Its KVStore connects the workers.

    Returns
    -------
    Group

    Raises
    ------
    ValueError
        The trainer's KVStore is distributed, but not one to train with.
    """
    global _joined
    options = gluon_internals.kvstore_options(trainer)
    kvstore = options.get('kvstore')
    kind = getattr(kvstore, 'type', kvstore) or ''
    if 'dist' not in kind:
        return Group(Alone())
    if 'async' in kind:
        raise ValueError(
            "trainer must have the kvstore 'dist_sync', but it has %r, with "
            'which workers are not synchronised: make it with gluon.Trainer('
            "..., kvstore='dist_sync')" % kind)
    if options['update_on_kvstore'] \
            or gluon_internals.updates_on_kvstore(trainer):
        raise ValueError(
            'trainer must update the parameters on the workers, but it does '
            'so on the servers: leave out update_on_kvstore=True, and make '
            'no step with it before')
    # By default MXNet updates on the servers, which neither return the
    # optimizer's state nor notice a new learning rate
    options['update_on_kvstore'] = False
    if _joined is None:
        if isinstance(kvstore, str):
            kvstore = _connect(kind)
        _joined = Group(KVStoreCollectives(kvstore, trainer))
        atexit.register(_leave)
        sys.excepthook = _end_at_errors(sys.excepthook)
    if trainer is not _joined.collectives.trainer:
        raise ValueError(
            "a process can train with one distributed trainer only, because "
            "MXNet's servers identify parameters by number, but this is "
            "the second one: train in another process")
    options['kvstore'] = _joined.collectives.kvstore
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
    """End the KVStore's threads while Python still can."""
    if _joined.is_training:
        _exit(1)
    kvstore = _joined.collectives.kvstore
    kvstore.__del__()
    kvstore.handle = None   # so that it is not freed twice


def _end_at_errors(excepthook):
    """End a worker that failed; MXNet would wait for the others first."""
    def end(kind, value, traceback):
        is_interrupted = issubclass(kind, KeyboardInterrupt)
        if not is_interrupted or _joined is None or _joined.is_main:
            excepthook(kind, value, traceback)
        _exit(130 if is_interrupted else 1)
    return end


def _exit(status):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class Group:
    """The workers that train together, as one of them sees them.

    All workers must call the same methods in the same order.

    Parameters
    ----------
    collectives : Alone or KVStoreCollectives

    Attributes
    ----------
    is_main : bool
        Whether this is the worker that prints and saves.
    is_training : bool
        Whether the others depend on this one.
    """

    def __init__(self, collectives):
        self.collectives = collectives
        self.rank = collectives.rank
        self.num_workers = collectives.num_workers
        self.is_main = self.rank == 0
        self.is_training = False

    @contextlib.contextmanager
    def training(self):
        """Around a training: a worker that exits early aborts the others."""
        self.is_training = True
        yield
        self.is_training = False

    def iterate_parts(self, data_iter):
        """This worker's part of each batch."""
        return iterate_parts(data_iter, self.rank, self.num_workers)

    def begin(self, run, n, part):
        """Give all workers the parameters of the main one.

        Parameters
        ----------
        run : Run
        n : int
            Examples of the first batch, of all workers together.
        part : tuple or None
            This worker's part of it.

        Raises
        ------
        ValueError
            There are more workers than examples.
        """
        if self.num_workers == 1:
            return
        if n < self.num_workers:
            raise ValueError(
                'a batch must have an example for each of the %d workers, '
                'but the first one has %d: start fewer workers, or make the '
                'batches larger' % (self.num_workers, n))
        trained = gluon_internals.trained_parameters(run.trainer)
        params = _list_parameters(run.net)
        if any(map(gluon_internals.is_deferred, trained + params)):
            ctx = gluon_internals.trainer_contexts(run.trainer)[0]
            run.net(part[0][:1].as_in_context(ctx))
        gluon_internals.init_kvstore(run.trainer)
        for param in params:
            if param not in trained:
                values = param.list_data()[0].copy()
                self.collectives.broadcast_array(values)
                param.set_data(values)

    def sum_numbers(self, numbers):
        """A tuple of numbers, each summed over all workers."""
        rows = self.collectives.gather(np.array(numbers, 'float64').tobytes())
        columns = zip(*(np.frombuffer(row, 'float64').tolist()
                        for row in rows))
        return tuple(map(sum, columns))

    def broadcast_int(self, number):
        """The main worker's number."""
        row = self.collectives.gather(np.array(number, 'int64').tobytes())[0]
        return int(np.frombuffer(row, 'int64')[0])

    def share_random_state(self):
        """Give all workers the main one's random state: they shuffle alike.

        MXNet's own state, which dropout uses, cannot be read; it is seeded
        from these two and the rank.
        """
        if self.num_workers == 1:
            return
        kind, *state = np.random.get_state()
        state[0] = state[0].tolist()
        text = json.dumps([random.getstate(), [kind] + state])
        sent = np.frombuffer(text.ljust(_RANDOM_STATE).encode(), 'uint8')
        sent = nd.array(sent, dtype='float32')
        self.collectives.broadcast_array(sent)
        text = sent.asnumpy().astype('uint8').tobytes()
        (version, internal, gauss), state = json.loads(text.decode())
        random.setstate((version, tuple(internal), gauss))
        np.random.set_state(tuple(state))
        if not self.is_main:
            number = int(hashlib.sha256(text).hexdigest()[:7], 16)
            mx.random.seed(number + self.rank)

    def require_agreement(self, run, **others):
        """Raises ValueError unless all workers train the same.

        Parameters
        ----------
        run : Run
            Its net and settings are compared.
        **others
            Further values, by name.
        """
        if self.num_workers == 1:
            return
        values = dict(run.settings(), net=run.layers(), **others)
        values = {name: str(value) for name, value in values.items()}
        for rank, theirs in enumerate(self._gather_text(json.dumps(values))):
            theirs = json.loads(theirs)
            if rank == 0:
                main = theirs
            for name in sorted({*main, *theirs}):
                if theirs.get(name) != main.get(name):
                    raise ValueError(
                        'all workers must train alike, but %s is %s on '
                        'worker 0 and %s on worker %d: start the same script '
                        'with the same files on all machines'
                        % (name, main.get(name, 'not set'),
                           theirs.get(name, 'not set'), rank))

    def _gather_text(self, text):
        """Each worker's text, by rank."""
        row = text.encode()
        lengths = [int(np.frombuffer(length, 'int64')[0]) for length
                   in self.collectives.gather(
                       np.array(len(row), 'int64').tobytes())]
        rows = self.collectives.gather(row.ljust(max(lengths)))
        return [row.decode() for row in rows]

    def average_states(self, net):
        """Average parameters without gradients: running means and the like.

        Those that are the same on all workers, such as frozen weights, are
        left alone.
        """
        if self.num_workers == 1:
            return
        params = [param for param in _list_parameters(net)
                  if param.grad_req == 'null']
        if not params:
            return
        sums = [sum(array.asnumpy().astype('float64')
                    for array in param.list_data()) for param in params]
        digests = self.collectives.gather(b''.join(
            hashlib.sha256(total.tobytes()).digest()[:8] for total in sums))
        for i, (param, total) in enumerate(zip(params, sums)):
            here = slice(8 * i, 8 * i + 8)
            if len({digest[here] for digest in digests}) == 1:
                continue
            total = sum(np.frombuffer(row, 'float64') for row
                        in self.collectives.gather(total.tobytes()))
            mean = total / (len(param.list_ctx()) * self.num_workers)
            param.set_data(nd.array(mean.reshape(param.shape),
                                    dtype=param.dtype))


def _list_parameters(net):
    if not isinstance(net, gluon.Block):    # a function, as in chapter 3
        return []
    return list(net.collect_params().values())
