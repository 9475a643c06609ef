"""The gradients that a function of two variables, x and w, gives them."""
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError

OLD = 7     # what gradients hold before backward
FLAGS = [None, {}, {'static_alloc': True, 'static_shape': True},
         {'inline_limit': 0}]


class Net(gluon.HybridBlock):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def hybrid_forward(self, F, x, w):
        return self.function(F, x, w)


def gradients(function, flags, req, head, ctx):
    """Both gradients, whether backward wrote them, or that it refused."""
    x, w = nd.array([1, 2, 0], ctx=ctx), nd.array([3, 4, 5], ctx=ctx)
    x.attach_grad(req)
    w.attach_grad()
    for variable in (x, w):
        if variable.grad is not None:
            variable.grad[:] = OLD
    net = Net(function)
    if flags is not None:
        net.hybridize(**flags)
    with autograd.record():
        y = net(x, w)
    y = y[head] if isinstance(y, (list, tuple)) else y
    try:
        y.backward()
    except MXNetError:
        return 'refused'
    return [[v.grad.asnumpy().tolist(), v._fresh_grad]
            for v in ((w,) if req == 'null' else (x, w))]
