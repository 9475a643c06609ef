"""Repairs of the KVStore, without other processes; see also tests/launch."""
import types

from mxnet import nd
from mxnet.kvstore import kvstore


class Dist(kvstore.KVStore):
    """A distributed store that has no library behind it."""

    type, handle = 'dist_sync', None

    def __init__(self):
        pass

    __del__ = __init__


def test_compressed_gradients_are_pushed_and_pulled(monkeypatch):
    """On a distributed KVStore, where MXNet's pushpull() raises an error."""
    calls = []

    class Recorder(Dist):
        def push(self, *args):
            calls.append(('push',) + args)

        def pull(self, *args):
            calls.append(('pull',) + args)

    monkeypatch.setattr(kvstore, '_LIB', types.SimpleNamespace(
        MXKVStoreSetGradientCompression=lambda *args: 0))
    store = Recorder()
    store.set_gradient_compression({'type': '2bit'})
    store.pushpull(3, 'gradient', priority=-3)
    store.pushpull(4, 'gradient', out='sum')
    assert calls == [('push', 3, 'gradient', -3), ('pull', 3, 'gradient', -3),
                     ('push', 4, 'gradient', 0), ('pull', 4, 'sum', 0)]


def test_a_broadcast_sends_a_copy_and_fills_all_outputs(monkeypatch):
    """MXNet refuses arrays that a layer has laid out anew."""
    handles = []

    def broadcast(handle, num, keys, num_out, out_keys, values, outs, *args):
        handles.extend([values[0], outs[0]])
        return 0

    for name in ('MXKVStoreBroadcast', 'MXKVStoreBroadcastEx'):
        monkeypatch.setattr(kvstore._LIB, name, broadcast, raising=False)
    value, outs = nd.array([1.5, 2]), [nd.zeros(2), nd.zeros(2)]
    Dist().broadcast(7, value, outs)
    sent, received = handles
    assert sent == received and sent != value.handle.value
    assert [out.asnumpy().tolist() for out in outs] == [[1.5, 2]] * 2
