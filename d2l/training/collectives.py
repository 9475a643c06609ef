"""What processes that train together exchange: bytes and arrays.

Who prints, saves and computes what is decided in `workers`.
"""
import numpy as np
from mxnet import nd

from .. import gluon_internals

# Our own keys of the KVStore start here; gluon.Trainer numbers its
# parameters from 0.
_FIRST_KEY = 1 << 20


class Alone:
    """The collectives of one process, without a distributed KVStore."""
    rank, num_workers = 0, 1

    def gather(self, row):
        return [row]

    def broadcast_array(self, array):
        pass


class KVStoreCollectives:
    """The collectives of MXNet's distributed KVStore.

    All workers must call the same methods in the same order.

    Parameters
    ----------
    kvstore : KVStore
    trainer : gluon.Trainer
        The trainer that uses it.
    """

    def __init__(self, kvstore, trainer):
        self.kvstore, self.trainer = kvstore, trainer
        self.rank, self.num_workers = kvstore.rank, kvstore.num_workers
        self.gather_keys, self.last_key = {}, _FIRST_KEY

    def gather(self, row):
        """Gather equally many bytes from each worker, in a list by rank.

        Each worker fills its row of a matrix of zeros with its bits, and the
        servers add these matrices up. That is exact for every type of
        number, and with compressed gradients too, which are 0 or the
        threshold.
        """
        bits = np.zeros((self.num_workers, 8 * len(row)), 'float32')
        bits[self.rank] = np.unpackbits(np.frombuffer(row, 'uint8'))
        bits *= gluon_internals.compression_threshold(self.trainer)
        bits = nd.array(bits)
        if bits.shape not in self.gather_keys:
            key = self.gather_keys[bits.shape] = self._make_key()
            self.kvstore.init(key, nd.zeros(bits.shape))
        self.kvstore.pushpull(self.gather_keys[bits.shape], bits)
        return [line.tobytes()
                for line in np.packbits(bits.asnumpy() > 0, axis=1)]

    def broadcast_array(self, array):
        """Give `array`, of the same shape on all, the main worker's values."""
        self.kvstore.broadcast(self._make_key(), array, array)

    def _make_key(self):
        self.last_key += 1
        return self.last_key
