"""A net and its loss as one graph, on a GPU that PyTorch serves.

There, a step of a small net takes as long as its kernels take to be launched;
those of one graph are launched together.
"""
import collections

import numpy as np
from mxnet import gluon

from .. import amp, gluon_internals
from ..compat import gpus
from .graph import build_hybrid, is_compilable

Checked = collections.namedtuple('Checked', 'num_losses scores_shape')


class JointGraph:
    """Sums of losses and of correct labels, for batches like earlier ones.

    Only what has been computed step by step, and so has passed all checks,
    is computed by the graph: its errors would be less clear.

    Parameters
    ----------
    graph : Graph
        That of the net.
    loss : Block or function
    casts_labels : bool
        Whether the loss gets labels of the dtype of the scores, float32.
    """

    def __init__(self, graph, loss, casts_labels):
        self.graph, self.loss = graph, loss
        self.casts_labels = casts_labels
        self.checked, self.block = {}, None

    def __del__(self):
        if self.block is not None:
            gluon_internals.drop_compiled_graph(self.block)

    def __call__(self, X, y):
        """Arrays of shape (1,): the sum of the losses, and of the correct."""
        if self.block is None:
            self.block = _NetAndLoss(
                build_hybrid(self.graph.children), self.loss,
                self.casts_labels)
        return self.block(X, y)

    def find(self, X, y):
        """A Checked if the graph can compute this batch, else None."""
        return self.checked.get(_kind(X, y))

    def allow(self, X, y, y_hat, l):
        """Batches like this one may be computed by the graph from now on."""
        if (X.dtype == y_hat.dtype == np.float32
                and self.graph.children is not None
                and is_compilable(self.loss) and not amp.is_initialized()
                and gpus.is_served_by_torch(X.context)):
            self.checked[_kind(X, y)] = Checked(l.size, y_hat.shape)


def _kind(X, y):
    return X.context, X.shape, X.dtype, y.shape, y.dtype


class _NetAndLoss(gluon.HybridBlock):
    def __init__(self, net, loss, casts_labels):
        super().__init__(prefix='d2l_')
        # before it has children, so that they are not hybridized
        self.hybridize(static_alloc=True, static_shape=True)
        self.net, self.loss, self.casts_labels = net, loss, casts_labels

    def hybrid_forward(self, F, X, y):
        y_hat = self.net(X)
        label = F.cast(y, 'float32')
        l = self.loss(y_hat, label if self.casts_labels else y)
        correct = F.broadcast_equal(F.argmax(y_hat, axis=1), label)
        return l.sum(), correct.sum()
