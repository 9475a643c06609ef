"""A net as one compiled graph, where that changes nothing but the speed."""
from mxnet import gluon
from mxnet.gluon import nn

from .. import amp


class Graph:
    """Calls `net`, as one compiled graph wherever MXNet's own blocks allow.

    `net` itself is never changed: the graph is built from a
    `HybridSequential` over the same children, and what the reader
    hybridized, hooked or wrote himself runs as it is.
    """

    def __init__(self, net):
        self.net, self.hybrid, self.ready = net, None, False
        if isinstance(net, gluon.Block):
            self.hybrid = _hybrid(net)

    def __del__(self):
        # A block refers to itself: what it holds, AlexNet's 450 MiB for one,
        # would stay until Python looks for such cycles
        if self.hybrid is not None:
            self.hybrid._clear_cached_op()

    def __call__(self, X):
        return amp.as_float32(self._block()(X))

    def _block(self):
        """The net, or its graph once that changes nothing."""
        if self.hybrid is None:
            return self.net
        if not self.ready:
            # deferred initialisation draws its random numbers between those
            # of the layers; the graph would draw them all before
            self.ready = not any(param._deferred_init for param in
                                 self.net.collect_params().values())
        return self.hybrid if self.ready else self.net


def _hybrid(net):
    """A compiled block that computes what `net` does, or None."""
    children = _flat(net)
    if children is None:
        return None
    # a prefix of its own: the layers that the reader makes later keep the
    # numbers in their names
    hybrid = nn.HybridSequential(prefix='d2l_')
    # before the children are there, so that they are not hybridized
    hybrid.hybridize(static_alloc=True, static_shape=True)
    hybrid.add(*children)
    return hybrid


def _flat(block):
    """The blocks that `block` applies in turn, or None if not compilable."""
    if type(block) is nn.Sequential:
        if _hooked(block):
            return None
        flat = []
        for child in block:
            children = _flat(child)
            if children is None:
                return None
            flat += children
        return flat
    return [block] if _compilable(block) else None


def _compilable(block):
    """Whether block and its children are MXNet's or d2l's, and not compiled.

    A block that the reader wrote may do anything when it is called, such as
    print or draw a random number; compiled, it would do so once.
    """
    return (isinstance(block, gluon.HybridBlock)
            and type(block).__module__.startswith(('mxnet.', 'd2l.models'))
            and not isinstance(block, nn.HybridLambda)
            and not _hooked(block)
            and all(map(_compilable, block._children.values())))


def _hooked(block):
    return bool(block._forward_hooks or block._forward_pre_hooks)

