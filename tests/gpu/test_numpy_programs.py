"""mx.np and mx.npx in programs that call set_np(): as on the CPU."""
import os
import subprocess
import sys


def run(program):
    """What a program prints in a process of its own, which calls set_np."""
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', program], text=True,
        capture_output=True, cwd=os.path.dirname(__file__), check=False,
        env=dict(os.environ, MXNET_SUBGRAPH_VERBOSE='0'))


EXPRESSIONS = '''
import mxnet as mx, numpy
from mxnet import np, npx, autograd
npx.set_np()

def results(ctx):
    x, y = (np.array(numpy.random.RandomState(seed).normal(size=(3, 4)),
                     dtype='float32', ctx=ctx) for seed in (0, 1))
    i = x.astype('int32')
    x.attach_grad()
    for text in """
x + y * 2 - 1
x / 3
2 ** x
-x
x @ y.T
x > y
(x > y).sum()
(x > 0) == (y > 0)
x.sum()
x.mean(axis=1)
x.std()
x.argmax(axis=1)
x[0]
x[1, 2]
x[:, 1:3]
x[::2, ::-1]
x[..., None]
x[np.array([0, 2], dtype="int32", ctx=ctx)]
x[[0, 2], [1, 3]]
x[x > 0]
i * 1
i / 2
i + 1.5
i + y
np.maximum(i, 1.5)
x.T.reshape(-1)
np.concatenate([x, y], axis=1)
np.stack([x, y])
np.split(x, 2, axis=1)[1]
np.where(x > y, x, y)
np.maximum(x, y)
np.maximum(x, 0)
np.clip(x, -1, 1)
np.exp(x).sum()
np.dot(x, y.T)
np.tensordot(x, y, 2)
np.tensordot(x, y, ([1], [1]))
np.tensordot(x, y, axes=(0, 0))
np.einsum("ij,kj->ik", x, y)
np.linalg.norm(x)
np.linalg.svd(x)[1]
np.cumsum(x, axis=1)
np.sort(x)
np.argsort(x)
np.unique(x)
np.nonzero(x > 0)[0]
np.pad(x, ((0, 0), (1, 1)))
np.flip(x, 0)
np.roll(x, 1)
np.tile(x, (2, 1))
np.repeat(x, 2)
np.expand_dims(x, 0)
np.squeeze(x[None])
np.zeros((2, 3), ctx=ctx)
np.zeros((), ctx=ctx)
np.zeros((0, 3), ctx=ctx).sum()
np.ones_like(x)
np.full((2,), 7, ctx=ctx)
np.arange(5, ctx=ctx)
np.linspace(0, 1, 5, ctx=ctx)
np.eye(3, ctx=ctx)
np.array(2.5, ctx=ctx) * x
np.array([True, False], dtype=bool, ctx=ctx)
npx.softmax(x)
npx.log_softmax(x)
npx.pick(x, np.array([0, 1, 2], ctx=ctx))
npx.one_hot(np.array([0, 2], ctx=ctx), 3)
npx.topk(x, k=2)
npx.relu(x)
x.sum().item()
float(x[0, 0])
""".strip().split('\\\\n'):
        x.grad[:] = 0
        with autograd.record():
            value = eval(text, dict(globals(), x=x, y=y, i=i, ctx=ctx))
        if isinstance(value, np.ndarray):
            assert value.ctx == ctx, text
            if value.dtype == 'float32' and 'x' in text.replace(
                    'ctx', '').replace('npx', '').replace('exp', ''):
                try:
                    value.backward()
                except mx.MXNetError as error:
                    assert 'computational graph' in str(error), error
        yield text, numpy.asarray(
            value.asnumpy() if isinstance(value, np.ndarray) else value)
        if 'std' not in text:   # MXNet's is 0
            yield 'the gradient of ' + text, x.grad.asnumpy()
    for text in """
x[0] = 1
x[:, 1] = y[:, 0]
x[1, 2] = 5
x[x > 0] = 0
x[x > 0] = 2
x[[0, 2]] = 3
x[::2] = y[::2]
x += y
x *= 2
x[:] = 0
""".strip().split('\\\\n'):
        z = x.copy()
        exec(text, dict(globals(), x=z, y=y))
        yield text, z.asnumpy()

wrong = 0
for (text, a), (_, b) in zip(results(mx.cpu()), results(mx.gpu(0))):
    if a.dtype != b.dtype or a.shape != b.shape or not numpy.allclose(
            a, b, 1e-4, 1e-5):
        wrong += 1
        print(text, a.dtype, a.shape, a, b.dtype, b.shape, b)
print('wrong:', wrong)
'''.replace('\\\\n', '\\n')


def test_expressions_are_as_on_the_cpu():
    result = run(EXPRESSIONS)
    assert result.stdout == 'wrong: 0\n', result.stdout + result.stderr


NET = '''
import mxnet as mx, numpy
from mxnet import np, npx, autograd, gluon
npx.set_np()

def train(ctx, hybrid):
    random = numpy.random.RandomState(0)
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Conv2D(4, 3, activation='relu'), gluon.nn.BatchNorm(),
            gluon.nn.MaxPool2D(), gluon.nn.Flatten(),
            gluon.nn.Dense(8, activation='tanh'), gluon.nn.Dense(3))
    net.initialize(ctx=ctx)
    X = np.array(random.normal(size=(8, 1, 8, 8)), dtype='float32',
                 ctx=ctx)
    y = np.array(random.randint(0, 3, 8), dtype='float32', ctx=ctx)
    net(X)
    for parameter in net.collect_params().values():
        if parameter.name.endswith('weight'):
            parameter.set_data(np.array(
                random.normal(size=parameter.shape) * .1, dtype='float32'))
    if hybrid:
        net.hybridize()
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'adam',
                            dict(learning_rate=.01))
    losses = []
    for _ in range(6):
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(8)
        losses.append(float(l.mean()))
    right = net(X).argmax(axis=1) == y.astype('int64')
    right = right.astype('float32').mean()
    assert type(right) is np.ndarray and right.ctx == ctx
    return losses + [float(right)]

for hybrid in (False, True):
    cpu, gpu = train(mx.cpu(), hybrid), train(mx.gpu(0), hybrid)
    assert cpu[-2] < cpu[0], cpu
    assert numpy.allclose(cpu, gpu, 1e-4), (cpu, gpu)
print('equal')
'''


def test_a_net_of_np_arrays_trains_as_on_the_cpu():
    result = run(NET)
    assert result.stdout == 'equal\n', result.stdout + result.stderr


RANDOM = '''
import mxnet as mx, numpy
from mxnet import np, npx
npx.set_np()
ctx = mx.gpu(0)

def draw():
    mx.random.seed(3)
    return [np.random.uniform(-1, 3, size=(2000,), ctx=ctx),
            np.random.normal(1, 2, size=(2000,), ctx=ctx),
            np.random.randint(0, 3, size=(2000,), ctx=ctx),
            np.random.gamma(2., .5, size=(2000,), ctx=ctx),
            np.random.exponential(1., size=(2000,), ctx=ctx),
            np.random.choice(3, size=(2000,), ctx=ctx)]

first, second = draw(), draw()
for a, b in zip(first, second):
    assert a.ctx == ctx and (a.asnumpy() == b.asnumpy()).all()
means = [float(a.astype('float64').mean()) for a in first]
assert numpy.allclose(means, [1, 1, 1, 1, 1, 1], atol=.2), means
print('drawn')
'''


def test_random_numbers():
    result = run(RANDOM)
    assert result.stdout == 'drawn\n', result.stdout + result.stderr
