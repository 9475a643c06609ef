"""Gradients that the reader writes in Python: autograd.Function."""
import gc
import weakref

import numpy as np
import pytest
from mxnet import autograd, nd
from mxnet.base import MXNetError
from snippets import CPU, GPU, OTHER, assert_alike


class Sigmoid(autograd.Function):
    """The example of MXNet's documentation; it saves its output."""

    def forward(self, x):
        y = 1 / (1 + nd.exp(-x))
        self.save_for_backward(y)
        return y

    def backward(self, dy):
        y, = self.saved_tensors
        return dy * y * (1 - y)


class ProductAndSum(autograd.Function):
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b, a + b

    def backward(self, d_product, d_sum):
        return d_product * self.b + d_sum, d_product * self.a + d_sum


class Twice(autograd.Function):
    """Its backward does what `gradient` says."""
    gradient = None

    def forward(self, x):
        return x * 2

    def backward(self, d):
        return self.gradient(d)


# Pieces of code; a line of === lies between them.
CODES = '''
with autograd.record():
    y = Sigmoid()(x)
y.backward()
===
with autograd.record():
    y = Sigmoid()(Sigmoid()(x * 2) * x[0]).sum()
y.backward()
===
w = v * 2; w.attach_grad()
with autograd.record():
    a, b = ProductAndSum()(v, w)
    y = a * 2 + b * b
y.backward()
===
with autograd.record():
    a, b = ProductAndSum()(v, v)
b.backward()
===
with autograd.record():
    a, b = ProductAndSum()(v, v.detach())
(a + b)
a.backward()
===
y = Sigmoid()(x)
with autograd.record():
    with autograd.pause():
        z = Sigmoid()(v)
    y = z * v
y.backward()
===
with autograd.record():
    y = Sigmoid()(v)
y.backward(retain_graph=True); a = v.grad.copy()
y.backward(nd.arange(6, ctx=ctx))
===
with autograd.record():
    y = Sigmoid()(v)
g = autograd.grad(y, [v])
===
class Reshaped(autograd.Function):
    def forward(self, x):
        return [x.reshape((-1,)), x[0] * 3]
    def backward(self, d, e):
        d = d.reshape((2, 3, 4)) * 1
        d[0] += e * 3
        return [d]
with autograd.record():
    y, z = Reshaped()(x)
    l = (y * y).sum() + (z * x[1]).sum()
l.backward()
===
class Numpy(autograd.Function):
    def forward(self, x):
        return nd.array(np.tanh(x.asnumpy()), ctx=x.context)
    def backward(self, d):
        return nd.array(d.asnumpy() * 3, ctx=d.context)
with autograd.record():
    y = Numpy()(v)
y.backward()
===
class Net(mx.gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return Sigmoid()(x) * 2
net = Net()
with autograd.record():
    y = net(v)
y.backward()
'''.strip('\n').split('\n===\n')

REFUSED = '''
f = Sigmoid()
with autograd.record():
    f(v); f(v)
===
class Same(Twice):
    def forward(self, x):
        return x
with autograd.record():
    y = Same()(v)
===
class Broken(Twice):
    def forward(self, x):
        raise KeyError
with autograd.record():
    Broken()(v)
===
with autograd.record():
    y = Twice()(v)
y.backward(); nd.waitall()
===
class Wrong(Twice):
    gradient = lambda self, d: nd.ones(5, ctx=ctx)
with autograd.record():
    y = Wrong()(v)
y.backward(); nd.waitall()
===
class Two(Twice):
    gradient = lambda self, d: [d, d]
with autograd.record():
    y = Two()(v)
y.backward(); nd.waitall()
===
with autograd.record():
    y = Sigmoid()(v) * v
    d = autograd.grad(y, v, create_graph=True)[0]
d.backward()
===
class Net(mx.gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return Sigmoid()(x) * 2
net = Net()
net.hybridize()
net(v)
'''.strip('\n').split('\n===\n')

CLASSES = ('import test_functions\n'
           'from test_functions import Sigmoid, ProductAndSum, Twice\n')


@pytest.mark.parametrize('code', CODES)
def test_gradients_are_those_of_the_cpu(code):
    assert_alike(CLASSES + code)


@pytest.mark.parametrize('code', REFUSED)
def test_both_devices_refuse(code):
    assert_alike(CLASSES + code, refused=True)


def test_gradients_are_added():
    """MXNet's CPU code loses them: it compares a number with 'add'."""
    x = nd.array([1., 2], ctx=GPU)
    x.attach_grad('add')
    for _ in range(3):
        with autograd.record():
            y, _ = ProductAndSum()(x, x)
        y.backward()
    assert x.grad.asnumpy().tolist() == [6, 12]


def test_what_backward_raises_is_printed(capsys):
    class Failing(Twice):
        def gradient(self, d):
            raise KeyError('of the reader')
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = Failing()(x)
    with pytest.raises(MXNetError, match='printed above'):
        y.backward()
    out = capsys.readouterr().out
    assert "KeyError: 'of the reader'" in out and 'in gradient' in out


def test_gradients_through_integers_are_refused():
    """MXNet has gradients there, torch has none."""
    class Rounded(Twice):
        def forward(self, x):
            return x * 2, (x * 3).astype('int32')
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y, n = Rounded()(x)
        with pytest.raises(MXNetError, match='detach'):
            n.astype('float32')
        with pytest.raises(MXNetError, match='detach'):
            ProductAndSum()(n, n.detach())[0].astype('float32')
        n = (x * 2).astype('int32')

        class Float(Twice):
            def forward(self, n):
                return n.detach().astype('float32')
        with pytest.raises(MXNetError, match='detach'):
            Float()(n)


@pytest.mark.parametrize('source, target', [(GPU, OTHER), (OTHER, GPU)])
def test_results_on_another_gpu(source, target):
    class Moved(autograd.Function):
        def forward(self, x):
            return x.copyto(target)

        def backward(self, d):
            assert d.context == target
            return d.as_in_context(source) * 5
    x = nd.ones(2, ctx=source)
    x.attach_grad()
    with autograd.record():
        y = Moved()(x)
    y.backward()
    assert x.grad.asnumpy().tolist() == [5, 5]


@pytest.mark.parametrize('source, target', [(CPU, GPU), (GPU, CPU)])
def test_results_on_the_cpu_are_refused(source, target):
    class Moved(Twice):
        def forward(self, x):
            return x.copyto(target)
    x = nd.ones(2, ctx=source)
    x.attach_grad()
    with autograd.record(), pytest.raises(MXNetError, match='one device'):
        Moved()(x)


@pytest.mark.parametrize('function, with_backward', [
    (ProductAndSum, True), (ProductAndSum, False), (Sigmoid, True)])
def test_functions_end_with_their_graph(function, with_backward):
    """With backward even if they have saved what they return."""
    x = nd.ones(2, ctx=GPU)
    x.attach_grad()
    call = function()
    seen = weakref.ref(call)
    with autograd.record():
        y = call(x, x)[0] if function is ProductAndSum else call(x)
    held = len(autograd.Function._registry.ref_holder)
    if with_backward:
        y.backward()
    del call, y
    gc.collect()
    assert seen() is None
    assert len(autograd.Function._registry.ref_holder) == held
    np.testing.assert_array_equal(x.asnumpy(), [1, 1])
