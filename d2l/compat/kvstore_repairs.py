"""Repairs of MXNet's KVStore where several processes train together.

`repairs` lists them, and explains how they are applied.
"""
import functools
import os
import sys
import types

from .repairs import after, before

# What the owner of servers sets to 1 so that they take pickled optimizers.
_ALLOW = 'D2L_UNPICKLE_OPTIMIZER'

_REMEDY = (
    'make the trainer with update_on_kvstore=False, so that the workers '
    'update the parameters; or set %s=1 for all processes, where nobody else '
    'can reach their ports' % _ALLOW)


@before('mxnet.kvstore.kvstore_server')
def refuse_optimizers(module):
    """MXNet 1.9.1's servers unpickle, that is execute, what a stranger sends.

    An optimizer comes as a pickle, and a server takes it from any sender. d2l
    updates on the workers and never sends one. A server that gets one ends,
    because its workers would take sums of gradients for parameters.
    """
    if _is_allowed():
        return
    import_module = vars(module)['__builtins__']['__import__']

    def import_(name, *args):
        if name == 'pickle':
            return types.SimpleNamespace(loads=_end_server)
        return import_module(name, *args)

    vars(module)['__builtins__'] = dict(vars(module)['__builtins__'],
                                        __import__=import_)


def _is_allowed():
    return os.environ.get(_ALLOW) == '1'


def _end_server(pickled):
    print('d2l: this server was sent a pickled optimizer, which could be any '
          'code, and ends. If one of your own processes sent it: ' + _REMEDY,
          file=sys.stderr, flush=True)
    os._exit(1)     # MXNet would ignore an exception


@after('mxnet.kvstore.kvstore')
def keep_optimizers(module):
    """MXNet 1.9.1's workers send servers a pickle, which these refuse here."""
    KVStore = module.KVStore
    send = KVStore._send_command_to_servers
    optimizer = module._get_kvstore_server_command_type('kController')

    @functools.wraps(send)
    def send_command(self, head, body):
        if head == optimizer and not _is_allowed():
            raise ValueError(
                'the servers refuse an optimizer: it is sent as a pickle, '
                "with which anyone who reaches a server's port could run "
                'code. To train: ' + _REMEDY)
        send(self, head, body)

    KVStore._send_command_to_servers = send_command


@after('mxnet.kvstore.kvstore')
def push_and_pull_compressed(module):
    """MXNet 1.9.1's distributed KVStore cannot compress in pushpull().

    gluon.Trainer calls pushpull(); a push and a pull do the same.
    """
    KVStore = module.KVStore
    compress, pushpull = KVStore.set_gradient_compression, KVStore.pushpull

    @functools.wraps(compress)
    def set_gradient_compression(self, compression_params):
        compress(self, compression_params)
        self._compresses = 'dist' in self.type

    @functools.wraps(pushpull)
    def push_and_pull(self, key, value, out=None, priority=0):
        if not getattr(self, '_compresses', False):
            return pushpull(self, key, value, out, priority)
        self.push(key, value, priority)
        return self.pull(key, value if out is None else out, priority)

    KVStore.set_gradient_compression = set_gradient_compression
    KVStore.pushpull = push_and_pull


@after('mxnet.kvstore.kvstore')
def broadcast_copies(module):
    """MXNet 1.9.1's distributed broadcast() fails, or loses a gradient.

    It rejects arrays whose memory layout a layer has changed, as layers do
    with frozen weights. And it does not wait: a worker can fetch a parameter
    after the first gradient has overwritten it on the servers.
    gluon.Trainer calls it in its first step.
    """
    KVStore = module.KVStore
    broadcast = KVStore.broadcast

    @functools.wraps(broadcast)
    def broadcast_copy(self, key, value, out, priority=0):
        if 'dist' not in self.type or isinstance(key, (list, tuple)):
            return broadcast(self, key, value, out, priority)
        from mxnet import nd  # later than this module
        values = nd.array(value.asnumpy(), dtype=value.dtype)
        broadcast(self, key, values, values, priority)
        values.wait_to_read()
        for array in out if isinstance(out, (list, tuple)) else [out]:
            values.copyto(array)

    KVStore.broadcast = broadcast_copy
