"""Each loss of gluon, its gradients too, on gpu(0) as on the CPU."""
import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU, assert_close
from mxnet import autograd, gluon, nd

N, CLASSES = 4, 5


def random(seed=0):
    return np.random.RandomState(seed)


def normal(*shape, seed=0):
    return random(seed).normal(size=shape).astype('float32')


def positive(*shape, seed=1):
    return random(seed).uniform(.1, .9, shape).astype('float32')


def classes(*shape):
    return random(2).randint(0, CLASSES, shape).astype('float32')


def signs(*shape):
    return np.sign(normal(*shape, seed=3))


def shares(*shape):
    x = positive(*shape)
    return x / x.sum(-1, keepdims=True)


PAIR = [normal(N, 3), normal(N, 3, seed=1)]
WEIGHTS = positive(N, 1)
# name, parameters, arrays
LOSSES = [
    ('L2Loss', {}, PAIR), ('L1Loss', {}, PAIR),
    ('L2Loss', {}, [normal(2, 3, 4), normal(2, 3, 4, seed=1)]),
    ('L2Loss', {}, [normal(N, 1), normal(N, seed=1)]),    # labels are reshaped
    ('SigmoidBCELoss', {}, [normal(N, 3), positive(N, 3)]),
    ('SigmoidBCELoss', dict(from_sigmoid=True),
     [positive(N, 3, seed=5), positive(N, 3)]),
    ('SoftmaxCELoss', {}, [normal(N, CLASSES), classes(N)]),
    ('SoftmaxCELoss', {}, [30 * normal(N, CLASSES), classes(N)]),
    ('SoftmaxCELoss', dict(sparse_label=False),
     [normal(N, CLASSES), shares(N, CLASSES)]),
    ('SoftmaxCELoss', dict(from_logits=True),
     [np.log(shares(N, CLASSES)), classes(N)]),
    ('KLDivLoss', {}, [np.log(shares(N, CLASSES)), positive(N, CLASSES)]),
    ('KLDivLoss', dict(from_logits=False),
     [normal(N, CLASSES), positive(N, CLASSES)]),
    ('HuberLoss', dict(rho=.5), PAIR),
    ('HingeLoss', dict(margin=.5), [normal(N, 3), signs(N, 3)]),
    ('SquaredHingeLoss', {}, [normal(N, 3), signs(N, 3)]),
    ('LogisticLoss', {}, [normal(N, 3), signs(N, 3)]),
    ('LogisticLoss', dict(label_format='binary'),
     [normal(N, 3), (signs(N, 3) + 1) / 2]),
    ('PoissonNLLLoss', {}, [normal(N, 3), positive(N, 3)]),
    # MXNet records no compute_full: it writes to an array that is recorded
    ('PoissonNLLLoss', dict(from_logits=False),
     [positive(N, 3), 3 * positive(N, 3)]),
    ('CosineEmbeddingLoss', dict(margin=.1), [*PAIR, signs(N)])]
SAMPLES = [([normal(N, CLASSES), classes(N)], (N, 1)),
           ([normal(N, 3, CLASSES), classes(N, 3)], (N, 3, 1)),
           ([normal(N, 3, CLASSES), classes(N, 3)], (N, 1, 1))]


def compute(build, arrays, ctx, hybridize=False):
    loss = build()
    if hybridize:
        loss.hybridize()
    arrays = [nd.array(x, ctx) for x in arrays]
    arrays[0].attach_grad()
    with autograd.record():
        l = loss(*arrays)
    l.backward(nd.arange(1, l.size + 1, ctx=ctx).reshape(l.shape))
    return {'loss': l.asnumpy(), 'gradient': arrays[0].grad.asnumpy()}


def assert_alike(build, arrays):
    expected = compute(build, arrays, CPU)
    assert expected['gradient'].any()
    for hybridize in False, True:
        assert_close(compute(build, arrays, GPU, hybridize), expected)


@pytest.mark.parametrize('name, params, arrays', LOSSES, ids=lambda x: (
    x if isinstance(x, str) else '' if isinstance(x, list) else str(x)))
def test_losses(name, params, arrays):
    make = getattr(gluon.loss, name)
    assert_alike(lambda: make(**params), arrays)
    assert_alike(lambda: make(weight=2., **params), arrays)
    if name != 'CosineEmbeddingLoss':   # it has no average over an axis
        assert_alike(lambda: make(batch_axis=1, **params)
                     if arrays[0].shape[1:] == arrays[1].shape[1:]
                     else make(**params), arrays)
    if arrays[0].shape == arrays[1].shape and name != 'CosineEmbeddingLoss':
        n = len(arrays[0])
        sample = positive(n, *[1] * (arrays[0].ndim - 1))
        assert_alike(lambda: make(**params), [*arrays, sample])


@pytest.mark.parametrize('arrays, shape', SAMPLES, ids=str)
def test_weights_of_samples(arrays, shape):
    assert_alike(gluon.loss.SoftmaxCELoss, [*arrays, positive(*shape)])


@pytest.mark.parametrize('axis', [1, -1])
def test_classes_along_an_axis(axis):
    shape = (N, CLASSES, 3) if axis == 1 else (N, 3, CLASSES)
    assert_alike(lambda: gluon.loss.SoftmaxCELoss(axis=axis),
                 [normal(*shape), classes(N, 3)])


def test_binary_cross_entropy_with_weights_of_positives():
    arrays = [normal(N, 3), positive(N, 3), WEIGHTS, positive(1, 3)]
    for from_sigmoid in False, True:
        arrays[0] = positive(N, 3, seed=4) if from_sigmoid else arrays[0]
        assert_alike(lambda f=from_sigmoid: gluon.loss.SigmoidBCELoss(f),
                     arrays)


def test_triplets_and_pairs():
    three = [*PAIR, normal(N, 3, seed=2)]
    assert_alike(gluon.loss.TripletLoss, three)
    assert_alike(lambda: gluon.loss.TripletLoss(margin=.5, weight=2.), three)


def test_smoothed_deep_metric_learning():
    """Not hybridized: MXNet makes its labels on the CPU."""
    make = gluon.loss.SDMLLoss
    with mx.Context(CPU):
        expected = compute(make, PAIR, CPU)
    with mx.Context(GPU):
        assert_close(compute(make, PAIR, GPU), expected)


@pytest.mark.parametrize('layout', ['NTC', 'TNC'])
@pytest.mark.parametrize('label_layout', ['NT', 'TN'])
def test_ctc(layout, label_layout):
    x, y = normal(N, 6, CLASSES), random(4).randint(0, CLASSES - 1, (N, 3))
    y[1, 2:] = y[2, 1:] = -1
    x = x if layout == 'NTC' else x.transpose(1, 0, 2)
    y = (y if label_layout == 'NT' else y.T).astype('float32')
    lengths = np.array([6, 5, 4, 6], 'float32')
    counts = np.array([3, 2, 1, 3], 'float32')
    for more in [], [lengths], [lengths, counts]:
        assert_alike(lambda: gluon.loss.CTCLoss(layout, label_layout,
                                                weight=2.), [x, y, *more])
