"""Mixed precision on GPUs; it holds for a process, so each test has one."""
import pytest
from interpreters import run_python

HEAD = '''
import sys
import mxnet as mx
import numpy as np
import d2l
from d2l import amp, gluon_internals
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn, rnn

GPU, TWO = mx.gpu(0), [mx.gpu(0), mx.gpu(1)]
SHORT = {'float16': np.float16, 'bfloat16': amp._BFLOAT16}


def make_net():
    net = nn.Sequential()
    net.add(nn.Conv2D(8, kernel_size=3, activation='relu'), nn.BatchNorm(),
            nn.MaxPool2D(2, 2), nn.Flatten(), nn.Dense(32, 'relu'),
            nn.Dropout(0.5), nn.Dense(10))
    return net


def train(ctx=GPU, num_epochs=3, lr=0.05, **kwargs):
    mx.random.seed(1)
    np.random.seed(1)
    X = nd.array(np.random.rand(64, 1, 12, 12))
    y = X.mean(axis=(1, 2, 3)) > 0.5
    history = d2l.History()
    net = make_net()
    net.initialize(init.Xavier(), ctx=ctx)
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': lr})
    d2l.train([(X, y)] * 8, [(X, y)], net, gluon.loss.SoftmaxCELoss(),
              trainer, ctx, num_epochs, history=history, **kwargs)
    return net, trainer, history.columns()['loss']
'''


def run(code, **environ):
    done = run_python(HEAD + code, D2L_PROGRESS='0', **environ)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize('dtype, epsilon', [('float16', 2 ** -11),
                                            ('bfloat16', 2 ** -8)])
def test_computes_nearly_as_in_float32(dtype, epsilon):
    """Losses and gradients; parameters and losses are float32."""
    run('''
dtype, epsilon = %r, %r
mx.random.seed(1)
net = make_net()
net.initialize(init.Xavier(), ctx=GPU)
X = nd.random.uniform(shape=(8, 1, 12, 12), ctx=GPU)
y = nd.arange(8, ctx=GPU)
loss = gluon.loss.SoftmaxCELoss()

def compute():
    mx.random.seed(2)       # dropout
    with autograd.record():
        y_hat = net(X)
        l = loss(y_hat, y)
    l.backward()
    return y_hat, l, [p.grad().copy() for p in net.collect_params().values()
                      if p.grad_req == 'write' and '_bias' not in p.name]

_, plain_l, plain_grads = compute()
d2l.use_amp(dtype)
d2l.use_amp(dtype)
y_hat, l, grads = compute()
assert y_hat.dtype == SHORT[dtype] and l.dtype == np.float32
assert amp.as_float32(y_hat).dtype == np.float32
for short, plain in zip([l, *grads], [plain_l, *plain_grads]):
    assert short.dtype == np.float32
    error = (short - plain).norm() / plain.norm()
    assert 0 < error.asscalar() < 100 * epsilon, error
hybrid = nn.HybridSequential()
hybrid.add(*net)
hybrid.hybridize()
error = (hybrid(X).astype('float32') - net(X).astype('float32')).norm()
assert error.asscalar() < 10 * epsilon

Y = nd.FullyConnected(nd.ones((2, 3), ctx=GPU), nd.ones((4, 3), ctx=GPU),
                      num_hidden=4, no_bias=True)
assert Y.dtype == SHORT[dtype]
assert nd.log_softmax(Y).dtype == np.float32
assert (Y + nd.ones((2, 4), ctx=GPU)).dtype == np.float32
''' % (dtype, epsilon))


@pytest.mark.parametrize('dtype', ['float16', 'bfloat16'])
def test_trains_on_one_gpu_and_on_two(dtype):
    run('''
d2l.use_amp(%r)
(net, _, one), (_, _, two) = train(GPU, 6), train(TWO, 6)
assert one[-1] < 0.75 and two[-1] < 0.75, (one, two)
for param in net.collect_params().values():
    assert param.data().dtype == np.float32
''' % dtype)


def test_small_gradients_are_not_lost():
    """Gradients of 1e-9 are 0 in float16, if the loss is not scaled."""
    run('''
from d2l.training import epochs
d2l.use_amp('float16')
net = nn.Dense(1, in_units=4, use_bias=False)
net.initialize(init.One(), ctx=GPU)
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 1})
X = nd.ones((1, 4), ctx=GPU)
forward = lambda X: ([net(X).astype('float32') * 1e-9],)
before = net.weight.data().asnumpy()
epochs.step(forward, lambda: None, X)
assert (net.weight.grad().asnumpy() == 0).all()
epochs.step(forward, lambda: trainer.step(1), X, trainer=trainer)
scale = gluon_internals.loss_scaler(trainer).loss_scale
np.testing.assert_allclose(net.weight.grad().asnumpy() / scale, 1e-9,
                           rtol=1e-3)
''')


def test_steps_with_infinite_gradients_are_left_out():
    """On two GPUs too, where a trainer would update on its KVStore."""
    run('''
from d2l.training import epochs
d2l.use_amp('float16')
for ctxs in ([GPU], TWO):
    net = nn.Dense(1, in_units=4, use_bias=False)
    net.initialize(init.One(), ctx=ctxs)
    trainer = gluon.Trainer(net.collect_params(), 'adam')
    def forward(factor):
        return [net(nd.ones((1, 4), ctx=ctx)).astype('float32') * factor
                for ctx in ctxs],
    epochs.step(forward, lambda: trainer.step(1), 1e4, trainer=trainer)
    scaler = gluon_internals.loss_scaler(trainer)
    for data in net.weight.list_data():
        assert (data.asnumpy() == 1).all()
    first = scaler.loss_scale
    while (net.weight.data(GPU).asnumpy() == 1).all():
        epochs.step(forward, lambda: trainer.step(1), 1e4, trainer=trainer)
    assert 0 < scaler.loss_scale < first
    for data in net.weight.list_data():
        assert (data.asnumpy() < 1).all()
''')


def test_all_gradients_are_looked_at():
    """MXNet asks for 200 arrays at a time."""
    run('''
d2l.use_amp('float16')
from mxnet.contrib.amp.loss_scaler import LossScaler
params = gluon.ParameterDict()
for i in range(250):
    params.get('p%d' % i, shape=1)
params.initialize(ctx=GPU)
params = list(params.values())
assert not LossScaler().has_overflow(params)
for i in (0, 240):
    params[i].grad()[:] = np.inf
    assert LossScaler().has_overflow(params)
    params[i].grad()[:] = 0
''')


def test_a_trainer_that_updates_elsewhere_is_refused():
    run('''
d2l.use_amp('float16')
net = nn.Dense(1)
net.initialize(ctx=TWO)
for trainer, expected in (
        (gluon.Trainer(net.collect_params(), 'sgd', update_on_kvstore=True),
         ValueError), (type('Own', (), {'step': None})(), TypeError)):
    try:
        d2l.train([], [], net, None, trainer, TWO, 1)
    except expected as error:
        assert "use_amp('float16')" in str(error), error
    else:
        raise AssertionError('not refused')
''')


def test_a_checkpoint_keeps_the_scale(tmp_path):
    run('''
d2l.use_amp('float16')
def train_to(num_epochs, folder):
    net, trainer, loss = train(num_epochs=num_epochs,
                               checkpoint=sys.argv[1] + folder)
    return ([p.data().asnumpy().tobytes()
             for p in net.collect_params().values()], loss,
            vars(gluon_internals.loss_scaler(trainer)))
whole = train_to(4, 'whole')
assert whole[2]['_loss_scale'] < 2 ** 16, 'nothing changed the scale'
train_to(2, 'broken')
assert train_to(4, 'broken') == whole
'''.replace('sys.argv[1]', repr(str(tmp_path) + '/')))


def test_recurrent_networks():
    """Their gradients are clipped, for which they must not be scaled."""
    found = []
    for use in ('', "d2l.use_amp('float16')"):
        out = run('''
%s
mx.random.seed(1)
chars = list('abc ')
indices = {char: i for i, char in enumerate(chars)}
corpus = [indices[char] for char in 'abc cab bca ' * 20]
model = d2l.RNNModel(rnn.LSTM(8), 4)
d2l.train_and_predict_rnn_gluon(
    model, 8, 4, GPU, corpus, chars, indices, 6, 5, 10, 0.01, 3, 2, 3,
    ['a'], random_offset=False)
''' % use)
        found.append([float(line.split()[3].strip(','))
                      for line in out.splitlines() if 'perplexity' in line])
    plain, short = found
    assert len(plain) == 3 and plain[-1] < plain[0] - 0.01
    assert short == pytest.approx(plain, rel=0.01)


def test_the_cpu_is_refused_in_float16():
    assert 'is for GPUs, but this is a training on cpu(0)' in run('''
d2l.use_amp('float16')
try:
    train(mx.cpu())
except ValueError as error:
    print(error)
''')


def test_bfloat16_on_a_gpu_needs_no_avx512():
    """oneDNN takes this processor for an older one then."""
    assert 'has no AVX-512, but this is a training on cpu(0)' in run('''
d2l.use_amp('bfloat16')
train(GPU, 1)
try:
    train(mx.cpu())
except ValueError as error:
    print(error)
''', DNNL_MAX_CPU_ISA='AVX2')


def test_float32_is_float32_unless_tf32_is_asked_for():
    run('''
import torch
d2l.try_gpu()
from d2l.gpu.state import devices
def is_allowed():
    return (torch.backends.cuda.matmul.allow_tf32,
            torch.backends.cudnn.allow_tf32)
assert is_allowed() == (False, False)
_, _, plain = train()
d2l.use_amp('tf32')
assert is_allowed() == (True, True)
net, _, loss = train()
# a CPU, as the stand-in is, knows no other
assert loss == plain or devices.kind != 'cpu'
np.testing.assert_allclose(loss, plain, .2)
assert net(nd.ones((1, 1, 12, 12), ctx=GPU)).dtype == np.float32
assert amp.settings() == {'use_amp': 'tf32'}
try:
    d2l.use_amp('float16')
except RuntimeError as error:
    assert "d2l.use_amp('tf32') is in use already" in str(error)
else:
    raise AssertionError('not refused')
''')
