"""Each layer of gluon: hybridized or not, on gpu(0) as on cpu().

The parameters wait for the first batch, and batches differ in size.
"""
import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU, assert_close, is_stand_in
from mxnet import autograd, gluon, nd
from mxnet.gluon import contrib, nn, rnn


class Wave(mx.init.Initializer):
    """The same numbers on each device; layers may not choose others."""

    def __call__(self, name, array):
        array[:] = (1 if name.endswith('_var') else
                    (nd.arange(1, array.size + 1).sin() * .5).reshape(
                        array.shape).astype(array.dtype))


class Unrolled(gluon.HybridBlock):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def hybrid_forward(self, F, x):
        outputs, states = self.cell.unroll(3, x, merge_outputs=True)
        return [outputs, *states]


def concurrent():
    net = contrib.nn.HybridConcurrent(axis=1)
    net.add(nn.Dense(2), nn.Dense(3), contrib.nn.Identity())
    return net


def stacked():
    cell = rnn.HybridSequentialRNNCell()
    for part in rnn.LSTMCell(3), rnn.DropoutCell(0.), rnn.GRUCell(2):
        cell.add(part)
    return cell


def pixels(n):
    return getattr(contrib.nn, 'PixelShuffle%dD' % n)(2)


def convolving(kind, shape):
    cell = getattr(contrib.rnn, 'Conv%dD%sCell' % (len(shape), kind))
    return cell((2, *shape), 2, i2h_kernel=3, h2h_kernel=3, i2h_pad=1)


LAYERS = [
    (lambda: nn.Dense(3, activation='tanh'), (4, 2, 3)),
    (lambda: nn.Dense(3, flatten=False, use_bias=False), (4, 2, 3)),
    (lambda: nn.Conv1D(3, 3), (2, 2, 6)),
    (lambda: nn.Conv2D(4, 3, 2, 1, groups=2), (2, 2, 6, 7)),
    (lambda: nn.Conv3D(2, 2), (2, 1, 4, 4, 4)),
    (lambda: nn.Conv1DTranspose(3, 3), (2, 2, 6)),
    (lambda: nn.Conv2DTranspose(3, 4, 2, 1), (2, 2, 5, 5)),
    (lambda: nn.Conv3DTranspose(2, 2), (2, 1, 3, 3, 3)),
    (lambda: nn.MaxPool1D(), (2, 2, 6)),
    (lambda: nn.MaxPool2D(3, 2, ceil_mode=True), (2, 2, 6, 7)),
    (lambda: nn.MaxPool3D(), (2, 1, 4, 4, 4)),
    (lambda: nn.AvgPool1D(), (2, 2, 6)),
    (lambda: nn.AvgPool2D(3, 2, 1, count_include_pad=False), (2, 2, 6, 7)),
    (lambda: nn.AvgPool3D(), (2, 1, 4, 4, 4)),
    (lambda: nn.GlobalMaxPool1D(), (2, 2, 6)),
    (lambda: nn.GlobalMaxPool2D(), (2, 2, 6, 3)),
    (lambda: nn.GlobalMaxPool3D(), (2, 2, 3, 3, 3)),
    (lambda: nn.GlobalAvgPool1D(), (2, 2, 6)),
    (lambda: nn.GlobalAvgPool2D(), (2, 2, 6, 3)),
    (lambda: nn.GlobalAvgPool3D(), (2, 2, 3, 3, 3)),
    (lambda: nn.ReflectionPad2D(2), (2, 2, 5, 5)),
    (lambda: nn.BatchNorm(), (4, 3, 2, 2)),
    (lambda: nn.BatchNorm(-1, scale=False, center=False), (4, 3, 2)),
    (lambda: nn.BatchNorm(use_global_stats=True), (4, 3, 2)),
    (lambda: nn.BatchNormReLU(), (4, 3, 2, 2)),
    (lambda: nn.InstanceNorm(), (4, 3, 5)),
    (lambda: nn.LayerNorm(), (4, 3, 5)),
    (lambda: nn.GroupNorm(2), (3, 4, 5)),
    (lambda: nn.Embedding(30, 3), (2, 3)),
    (lambda: nn.Flatten(), (2, 3, 4)),
    (lambda: nn.HybridLambda('tanh'), (2, 3)),
    (lambda: nn.HybridLambda(lambda F, x: F.LeakyReLU(x)), (2, 3)),
    (lambda: nn.Activation('softrelu'), (2, 3)),
    (lambda: nn.LeakyReLU(.1), (2, 3)),
    (lambda: nn.PReLU(), (2, 3)),
    (lambda: nn.ELU(), (2, 3)),
    (lambda: nn.GELU(), (2, 3)),
    (lambda: nn.Swish(), (2, 3)),
    (lambda: contrib.nn.SyncBatchNorm(num_devices=1), (4, 3, 2, 2)),
    (concurrent, (2, 4)),
    (lambda: pixels(1), (2, 4, 3)),
    (lambda: pixels(2), (2, 8, 3, 2)),
    (lambda: pixels(3), (1, 8, 2, 2, 2)),
    (lambda: contrib.cnn.DeformableConvolution(4, (3, 3)), (2, 2, 6, 6)),
    (lambda: rnn.LSTM(3, 2, bidirectional=True), (5, 2, 4)),
    (lambda: rnn.GRU(3, layout='NTC'), (5, 2, 4)),
    (lambda: rnn.RNN(3, 2, activation='tanh'), (5, 2, 4)),
    (lambda: Unrolled(rnn.RNNCell(3)), (2, 3, 4)),
    (lambda: Unrolled(rnn.LSTMCell(3)), (2, 3, 4)),
    (lambda: Unrolled(rnn.GRUCell(3)), (2, 3, 4)),
    (lambda: Unrolled(rnn.ResidualCell(rnn.GRUCell(4))), (2, 3, 4)),
    (lambda: Unrolled(rnn.ZoneoutCell(rnn.RNNCell(3))), (2, 3, 4)),
    (lambda: Unrolled(rnn.BidirectionalCell(
        rnn.LSTMCell(3), rnn.GRUCell(3))), (2, 3, 4)),
    (lambda: Unrolled(stacked()), (2, 3, 4)),
    (lambda: Unrolled(contrib.rnn.LSTMPCell(4, 2)), (2, 3, 4)),
    (lambda: Unrolled(contrib.rnn.VariationalDropoutCell(
        rnn.LSTMCell(3))), (2, 3, 4)),
] + [(lambda kind=kind, shape=shape: Unrolled(convolving(kind, shape)),
      (2, 3, 2, *shape))
     for kind in ('RNN', 'LSTM', 'GRU') for shape in ((5,), (5, 5), (4, 4, 4))]
FUSED = rnn.RNN, rnn.LSTM, rnn.GRU
NO_GRADIENT = nn.Embedding      # MXNet refuses one of its input


def run(build, shape, ctx, flags, req):
    """Outputs, gradients and states for batches of three sizes."""
    net = build()
    net.initialize(Wave(), ctx=ctx)
    if flags is not None:
        net.hybridize(**flags)
    found = {}
    for step, n in enumerate((shape[0], shape[0] + 1, shape[0])):
        shape = n, *shape[1:]
        x = nd.arange(np.prod(shape), ctx=ctx).reshape(shape)
        if not isinstance(net, NO_GRADIENT):
            x = (x * (step + 1)).cos()
            x.attach_grad(req)
        if step == 0:
            net(x)      # infers shapes
            for param in net.collect_params().values():
                if param.grad_req == 'write':
                    param.grad_req = req
        with autograd.record():
            outputs = net(x)
            if not isinstance(outputs, list):
                outputs = [outputs]
            l = sum((y * y).sum() for y in outputs)
        l.backward()
        arrays = dict(enumerate(outputs), prediction=net(x))
        if x.grad is not None:
            arrays['x.grad'] = x.grad
        for name, param in net._collect_params_with_prefix().items():
            arrays[name] = param.data()
            if param.grad_req != 'null':
                arrays[name + '.grad'] = param.grad()
        for name, array in arrays.items():
            array = array[0] if isinstance(array, list) else array
            found['step %d %s' % (step, name)] = array.asnumpy()
    return found


@pytest.mark.filterwarnings('ignore:operator .*DeformableConvolution has no')
@pytest.mark.parametrize('build, shape', LAYERS)
def test_layer(build, shape):
    tolerances = 2e-4, 2e-5
    if isinstance(build(), FUSED) and not is_stand_in():
        tolerances = 1e-3, 1e-4     # cuDNN rounds gradients otherwise
    for req in ('write', 'add'):
        expected = run(build, shape, CPU, None, req)
        for flags in (None, {}, {'static_alloc': True, 'static_shape': True}):
            assert_close(run(build, shape, GPU, flags, req), expected,
                         *tolerances)


def test_all_layers_are_here():
    tested = {type(layer) for build, _ in LAYERS for layer in flatten(build())}
    untested = {name for module in (nn, rnn) for name in dir(module)
                if isinstance(getattr(module, name), type)} - {
                    layer.__name__ for layer in tested}
    assert untested == {    # those that only hold others,
        'Block', 'HybridBlock', 'HybridSequential', 'Lambda', 'Sequential',
        'SymbolBlock', 'HybridRecurrentCell', 'ModifierCell',
        'RecurrentCell', 'SequentialRNNCell',
        # random ones, and one whose gradient is wrong on the CPU
        'Dropout', 'SELU'}


def flatten(block):
    yield block
    for child in block._children.values():
        yield from flatten(child)


@pytest.mark.parametrize('flags', [None, {}, {'static_alloc': True}])
def test_frozen_parameters_stay(flags):
    found = []
    for ctx in (CPU, GPU):
        net = nn.HybridSequential()
        net.add(nn.Conv2D(2, 3), nn.BatchNorm(), nn.Dense(2))
        net.initialize(Wave(), ctx=ctx)
        if flags is not None and ctx == GPU:
            net.hybridize(**flags)
        x = nd.arange(72, ctx=ctx).reshape((2, 1, 6, 6)).sin()
        net(x)
        trainer = gluon.Trainer(net.collect_params(), 'sgd')
        for frozen in ('null', 'write', 'null'):
            net[0].collect_params().setattr('grad_req', frozen)
            before = net[0].weight.data().asnumpy()
            with autograd.record():
                l = (net(x) ** 2).sum()
            l.backward()
            trainer.step(2, ignore_stale_grad=True)
            same = (net[0].weight.data().asnumpy() == before).all()
            assert same == (frozen == 'null')
        found.append({name: param.data().asnumpy() for name, param in
                      net._collect_params_with_prefix().items()})
    assert_close(found[1], found[0], 1e-3, 1e-4)
