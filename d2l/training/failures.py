"""A loss that diverges, and a batch that cannot be computed."""
import contextlib
import itertools
import math
import types

import mxnet as mx

from .. import checks
from . import first_batch


class DivergenceWarning:
    """Warns at the first batch whose loss is not finite.

    Parameters
    ----------
    run : Run
        Knows the learning rate.
    is_main : bool
        Whether this process warns: only one of several workers does.
    """

    def __init__(self, run, is_main):
        self.run, self.is_done = run, not is_main

    def watch(self, epoch, show):
        """A callback for each batch: checks the loss and calls `show`."""
        batches = itertools.count(1)

        def look(num_examples, l, num_losses):
            show(num_examples, l, num_losses)
            batch = next(batches)
            if not math.isfinite(l) and not self.is_done:
                self.is_done = True
                self._warn(l, epoch, batch)
        return look

    def _warn(self, l, epoch, batch):
        lr = self.run.learning_rate
        present = smaller = ''
        if not math.isnan(lr):
            present = f', at the learning rate {lr:g}'
            smaller = f', such as {lr / 10:g}'
        checks.warn(
            f'the loss is {l} since batch {batch} of epoch {epoch}{present}: '
            'training diverged, and the parameters are most likely lost. '
            f'Stop it, try a smaller learning rate{smaller}, and begin with '
            'new parameters (net.initialize(force_reinit=True, ...)) and a '
            'new trainer; or check the data for nan and very large numbers',
            RuntimeWarning)


# in the messages of cudaMalloc, of cuDNN and cuBLAS, and of PyTorch's CPU,
# which stands in for GPUs
_OUT_OF_MEMORY = ('out of memory', 'STATUS_ALLOC_FAILED',
                  "can't allocate memory")

_OTHERS = ('nvidia-smi (of AMD: rocm-smi) lists other processes on the GPU, '
           'such as the kernels of other notebooks')

# gluon's ValueError where the first batch does not fit a new net
_DEFERRED = 'Deferred initialization failed'


@contextlib.contextmanager
def explain_errors(net):
    """Say in a reader's words what MXNet's errors mean.

    A lack of memory becomes a MemoryError; a batch whose shape or type net
    cannot take, a ValueError.

    Yields an object; set its `X` to the batch that is being computed, or to
    its part on one device, and its `n` to the examples of the whole batch.
    """
    batch = types.SimpleNamespace(X=None, n=None)
    try:
        yield batch
    except (mx.MXNetError, ValueError) as error:
        message = str(error)
        if not isinstance(error, mx.MXNetError) \
                and not message.startswith(_DEFERRED):
            raise
        if any(text in message for text in _OUT_OF_MEMORY):
            raise MemoryError(
                _memory_message(batch.X, batch.n) if batch.X is not None
                else 'there is not enough memory to copy the first batch to '
                'its device. On a GPU, %s' % _OTHERS) from error
        if batch.X is None:
            raise
        message = first_batch.explain(net, batch.X, error)
        if message is None:
            raise
        raise ValueError(message) from error


def _memory_message(X, n):
    num, *shape = X.shape
    remedies = []
    if n > 1:
        remedies.append('batch_size=%d, half of it, needs about half the '
                        'memory for what the layers compute' % (n // 2))
    if len(shape) == 3 and min(shape[1:]) > 1:
        remedies.append('images of half the height and width (resize=%d) '
                        'about a quarter' % (shape[1] // 2))
    remedies.append(_OTHERS)
    return ('there is not enough memory on %s for a batch of %d examples of '
            'shape %s: %s' % (X.context, num, ' x '.join(map(str, shape)),
                              '; '.join(remedies)))
