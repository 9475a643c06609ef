"""Autograd on gpu(0) does what it does on cpu()."""
import pytest
from snippets import assert_alike

# Pieces of code; a line of === lies between them.
CODES = '''
with autograd.record():
    y = (x * x).sum()
y.backward()
===
with autograd.record():
    y = x * x
y.backward(nd.full((2, 3, 4), 3, ctx=ctx))
===
with autograd.record():
    y = x * 2
    z = x * 3
autograd.backward([y, z])
===
with autograd.record():
    y = x * 2
    z = x * 3
autograd.backward([y, z], [None, nd.full((2, 3, 4), 2, ctx=ctx)])
===
with autograd.record():
    y = x * x
y.backward(retain_graph=True)
y.backward()
===
x.attach_grad('add')
for i in range(3):
    with autograd.record():
        y = x * x
    y.backward()
===
x.attach_grad('null')
with autograd.record():
    y = x * v[0]
y.backward()
===
with autograd.record():
    y = x * 2
    with autograd.pause():
        z = y * 3
    w = y + z
w.backward()
===
with autograd.record():
    y = x.detach() * x
y.backward()
===
with autograd.record():
    y = x * 2
    y.attach_grad()
    z = y * y
z.backward()
a = y.grad; b = x.grad
===
with autograd.record(train_mode=False):
    a = autograd.is_training(); b = autograd.is_recording()
    y = nd.Dropout(x)
===
with autograd.train_mode():
    a = autograd.is_training(); b = autograd.is_recording()
with autograd.record():
    with autograd.predict_mode():
        y = nd.Dropout(x); c = autograd.is_training()
===
a = autograd.set_recording(True); y = x * x; b = autograd.set_recording(a)
y.backward()
===
g = nd.zeros((6,), ctx=ctx)
autograd.mark_variables([v], [g])
with autograd.record():
    y = v * v
y.backward()
===
g = nd.zeros((6,), ctx=ctx)
autograd.mark_variables(v, g, 'add')
for _ in range(2):
    with autograd.record():
        y = v * v
    y.backward()
===
with autograd.record():
    y = v * v
g = autograd.grad(y, [v])
===
with autograd.record():
    y = v * v
    z = v * x[0, 0, 0]
g = autograd.grad([y, z], [v, x], head_grads=[nd.ones(6, ctx=ctx), None])
===
with autograd.record():
    y = x.sin()
    dy = autograd.grad(y, x, create_graph=True)[0]
    d2 = autograd.grad(dy, x, create_graph=True)[0]
d2.backward()
===
with autograd.record():
    y = v * v
v[:] = 7
y.backward()
===
with autograd.record():
    y = v.exp()
y[:] = 7
y.backward()
===
with autograd.record():
    y = v.reshape((2, 3)) * 2
    z = x[1] * 3
    w = x[0, 1:3] * 2
    a = x[:, ::2].sum()
    b = y.sum() + z.sum() + w.sum() + a
b.backward()
===
with autograd.record():
    y = x[[0, 1], [1, 2]]
    z = x[nd.array([1, 1], ctx=ctx)]
    b = y.sum() + (z * z).sum()
b.backward()
===
y = nd.array([1, 2], ctx=ctx, dtype='float64'); y.attach_grad()
with autograd.record():
    z = y * y
z.backward()
===
y = nd.array([1, 2], ctx=ctx, dtype='float16'); y.attach_grad()
with autograd.record():
    z = (y * y).astype('float32') * 3
z.backward()
===
try:
    with autograd.record():
        raise KeyError
except KeyError:
    pass
a = autograd.is_recording(); b = autograd.is_training()
===
with autograd.record():
    y = v > 0
    z = (v * y).sum() + nd.argmax(v, axis=0)
z.backward()
===
with autograd.record():
    y = v > 0
y.backward()
===
with autograd.record():
    y = nd.BlockGrad(v) * v
y.backward()
a = v._fresh_grad; v._fresh_grad = False; b = v._fresh_grad; c = x._fresh_grad
===
with autograd.record():
    y = v * 2
    z = y * y
z.backward()
with autograd.record():
    w = y * v
w.backward()
===
with autograd.record():
    y = v * v
    z = y + 1
y.backward(retain_graph=True)
z.backward()
===
a, b, c = nd.split(x, 3, axis=1)
with autograd.record():
    a, b, c = nd.split(x, 3, axis=1)
    y = a * b
y.backward()
===
with autograd.record():
    y = v * v
y.backward(nd.ones((2, 3), ctx=ctx))
===
with autograd.record():
    for i in range(3):
        v = v * 2 if v.sum().asscalar() > 0 else v
v.backward()
===
with autograd.record():
    y = x * 2
y.attach_grad()
with autograd.record():
    z = y * 3
z.backward()
===
with autograd.record():
    y = nd.zeros((6,), ctx=ctx)
    nd.elemwise_mul(v, v, out=y)
    z = y.sum()
z.backward()
===
with autograd.record():
    y = nd.zeros((6,), ctx=ctx)
    y[:] = v * v
    z = y.sum()
z.backward()
===
y = nd.zeros((6,), ctx=ctx)
with autograd.record():
    y[:] = v * v
y[:] = 5
with autograd.record():
    z = y * v
z.backward()
===
y = nd.zeros((6,), ctx=ctx)
with autograd.record():
    nd.elemwise_mul(v, v, out=y)
y += 1
with autograd.record():
    z = y.sin() * v
z.backward()
===
v.grad[:] = 5
with autograd.record():
    y = x * 2
y.backward()
===
g = v.grad
with autograd.record():
    y = v * 2
y.backward()
w = g * 1
===
with autograd.record():
    y = v.copy() * v.as_in_context(ctx) * v.copyto(ctx)
y.backward()
===
from mxnet.contrib import autograd as old
g, y = old.grad_and_loss(lambda a, b: a * a[0] + b)(v, x[0, 0, 0])
h = old.grad(lambda a, b: [a * 2, b * b], argnum=1)(v, x)
===
from mxnet.contrib import autograd as old
with old.train_section():
    y = v * 2
    z = v * v
    with old.test_section():
        a = autograd.is_training(); b = nd.Dropout(v)
old.backward([y, z], [None, nd.full(6, 2, ctx=ctx)], retain_graph=True)
old.backward([y])
===
y = v * 1
y.grad
y.attach_grad(); y.detach(); z = y.detach().grad
'''.strip('\n').split('\n===\n')


@pytest.mark.parametrize('code', CODES)
def test_gradients_are_those_of_the_cpu(code):
    assert_alike(code)
