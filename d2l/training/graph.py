"""A net as one compiled graph, where that changes nothing but the speed."""
from mxnet import gluon
from mxnet.gluon import nn

from .. import amp, gluon_internals
from .pooling import use_fast_pooling

_compilable = set()     # classes of this package


def compilable(block_class):
    """Mark a class of this package as computing the same when compiled.

    This applies to the class itself, not to subclasses.
    """
    _compilable.add(block_class)
    return block_class


class Graph:
    """Calls `net`, as one compiled graph wherever its blocks allow.

    `net` itself is never changed: the graph is built from a
    `HybridSequential` over the same children. A net with blocks that the
    reader wrote or hooked runs as it is.
    """

    def __init__(self, net):
        self.net, self.hybrids, self.is_ready = net, {}, False
        self.children = (_flatten(net) if isinstance(net, gluon.Block)
                         else None)

    def __del__(self):
        # AlexNet's graph holds 450 MiB
        for hybrid in self.hybrids.values():
            gluon_internals.drop_compiled_graph(hybrid)

    def __call__(self, X):
        return amp.as_float32(self._choose_block(X)(X))

    def _choose_block(self, X):
        """The net until it is initialised, then its graph for a device."""
        if self.children is None:
            return self.net
        if not self.is_ready:
            # deferred initialisation draws its random numbers between those
            # of the layers; the graph would draw them all before
            self.is_ready = not any(
                gluon_internals.is_deferred(param)
                for param in self.net.collect_params().values())
        if not self.is_ready:
            return self.net
        device = X.context.device_type
        if device not in self.hybrids:
            self.hybrids[device] = build_hybrid(
                use_fast_pooling(self.children) if device == 'cpu'
                else self.children)
        return self.hybrids[device]


def build_hybrid(children):
    """A compiled block that applies these blocks in turn."""
    # a prefix of its own: the layers that the reader makes later keep the
    # numbers in their names
    hybrid = nn.HybridSequential(prefix='d2l_')
    # before the children are added, so that they are not hybridized
    hybrid.hybridize(static_alloc=True, static_shape=True)
    hybrid.add(*children)
    return hybrid


def _flatten(block):
    """The blocks that `block` applies in turn, or None if not compilable."""
    if type(block) is nn.Sequential:
        if gluon_internals.has_hooks(block):
            return None
        flat = []
        for child in block:
            children = _flatten(child)
            if children is None:
                return None
            flat += children
        return flat
    return [block] if is_compilable(block) else None


def is_compilable(block):
    """Whether `block` and its children compute the same when compiled.

    MXNet's and this package's do. A block that the reader wrote may do
    anything when it is called, such as print or draw a random number;
    compiled, it would do so once.
    """
    return (isinstance(block, gluon.HybridBlock)
            and (type(block) in _compilable
                 or type(block).__module__.startswith('mxnet.'))
            and not isinstance(block, nn.HybridLambda)
            and not gluon_internals.has_hooks(block)
            and all(map(is_compilable,
                        gluon_internals.child_blocks(block))))
