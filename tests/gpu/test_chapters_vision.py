"""Pieces of the chapters on computer vision and optimization, on gpu(0)."""
import mxnet as mx
import numpy as np
from both import (
    CPU,
    GPU,
    assert_close,
    assert_computes_alike,
    assert_trains_alike,
    initialize,
    integers,
    randoms,
)
from mxnet import autograd, contrib, gluon, init, nd
from mxnet.gluon import nn

import d2l


# -- computer vision
def tiny_features():
    net = nn.HybridSequential()
    for channels in (4, 6):
        net.add(nn.Conv2D(channels, 3, padding=1), nn.BatchNorm(),
                nn.Activation('relu'), nn.MaxPool2D(2))
    return net


def test_fine_tuning():
    """A new output layer with ten times the learning rate."""
    class Tuned(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.features, self.output = tiny_features(), nn.Dense(10)
            self.output.collect_params().setattr('lr_mult', 10)

        def hybrid_forward(self, F, X):
            return self.output(self.features(X))
    for hybridize in (False, True):
        assert_trains_alike(Tuned, randoms(6, 3, 16, 16), integers(10, 6),
                            hybridize=hybridize, rtol=1e-3, atol=1e-4,
                            hyperparams={'learning_rate': 0.01, 'wd': 0.001})


def test_style_transfer():
    """Gradients of content, style and smoothness, by the image."""
    mx.random.seed(1)
    net = nn.Sequential()
    for channels in (4, 6):
        net.add(nn.Conv2D(channels, 3, padding=1, activation='relu'))
    net.initialize(init.Xavier())
    net(nd.zeros((1, 3, 16, 16)))

    def gram(X):
        n = X.shape[1]
        X = X.reshape((n, -1))
        return nd.dot(X, X.T) / X.size

    def losses(X):
        net.collect_params().reset_ctx(X.context)
        other = nd.array(randoms(1, 3, 16, 16, seed=2), ctx=X.context)
        features, wanted = [], []
        for layer in net:
            X, other = layer(X), layer(other)
            features.append(X)
            wanted.append(other)
        return [(features[-1] - wanted[-1]).square().mean(),
                (gram(features[0]) - gram(wanted[0])).square().mean(),
                0.5 * ((X[:, :, 1:, :] - X[:, :, :-1, :]).abs().mean()
                       + (X[:, :, :, 1:] - X[:, :, :, :-1]).abs().mean())]
    assert_computes_alike(losses, randoms(1, 3, 16, 16))


def test_generator_of_images():
    def build():
        net = nn.HybridSequential()
        net.add(nn.Dense(32), nn.HybridLambda(
            lambda F, X: F.reshape(X, (-1, 8, 2, 2))),
            nn.Conv2DTranspose(6, 4, strides=2, padding=1, use_bias=False),
            nn.BatchNorm(), nn.LeakyReLU(0.2),
            nn.Conv2DTranspose(3, 4, strides=2, padding=1,
                               activation='tanh'))
        return net
    for hybridize in (False, True):
        assert_trains_alike(build, randoms(4, 10), randoms(4, 3, 8, 8),
                            loss=gluon.loss.L2Loss(), hybridize=hybridize,
                            rtol=1e-3, atol=1e-4)


def bilinear_kernel(channels, size):
    factor = (size + 1) // 2
    center = factor - 1 if size % 2 else factor - 0.5
    i, j = np.ogrid[:size, :size]
    filt = ((1 - abs(i - center) / factor) * (1 - abs(j - center) / factor))
    weight = np.zeros((channels, channels, size, size), dtype='float32')
    weight[range(channels), range(channels)] = filt
    return nd.array(weight)


def test_segmentation():
    """A label for every pixel, by transposed convolution."""
    def build():
        net = nn.HybridSequential()
        net.add(*tiny_features(), nn.Conv2D(5, 1),
                nn.Conv2DTranspose(5, kernel_size=8, padding=2, strides=4,
                                   weight_initializer=init.Constant(
                                       bilinear_kernel(5, 8))))
        return net
    X, y = randoms(4, 3, 16, 16), integers(5, 4, 16, 16)
    loss = gluon.loss.SoftmaxCrossEntropyLoss(axis=1)
    assert_trains_alike(build, X, y, loss=loss, rtol=1e-3, atol=1e-4)

    histories = []
    for ctx in (CPU, GPU, [mx.gpu(0), mx.gpu(1)]):
        net = initialize(build, nd.array(X), ctx)
        trainer = gluon.Trainer(net.collect_params(), 'sgd',
                                {'learning_rate': 0.01})
        histories.append(d2l.History())
        batch = nd.array(X), nd.array(y)
        d2l.train([batch] * 2, [batch], net, loss, trainer, ctx, 1,
                  history=histories[-1])
    on_cpu, on_gpu, _ = histories
    np.testing.assert_allclose(on_gpu.loss, on_cpu.loss, rtol=1e-4)
    np.testing.assert_allclose(on_gpu.test_acc, on_cpu.test_acc, atol=0.01)


class Detector(nn.Block):
    """A little SSD: two scales, classes and offsets of anchors."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential()
        self.blocks.add(tiny_features(), nn.MaxPool2D(2))
        self.classes, self.offsets = nn.Sequential(), nn.Sequential()
        for _ in range(2):
            self.classes.add(nn.Conv2D(4 * 2, 3, padding=1))
            self.offsets.add(nn.Conv2D(4 * 4, 3, padding=1))

    def forward(self, X):
        anchors, classes, offsets = [], [], []
        for block, cls, off in zip(self.blocks, self.classes, self.offsets):
            X = block(X)
            anchors.append(contrib.nd.MultiBoxPrior(
                X, sizes=[0.3, 0.6], ratios=[1, 2, 0.5]))
            classes.append(cls(X).transpose((0, 2, 3, 1)).flatten())
            offsets.append(off(X).transpose((0, 2, 3, 1)).flatten())
        return (nd.concat(*anchors, dim=1),
                nd.concat(*classes, dim=1).reshape((len(X), -1, 2)),
                nd.concat(*offsets, dim=1))


def test_object_detection():
    X = nd.array(randoms(4, 3, 16, 16, low=0))
    Y = nd.array(np.concatenate([
        np.zeros((4, 1, 1)), np.sort(randoms(4, 1, 4, low=0), axis=2)],
        axis=2)[:, :, [0, 1, 2, 3, 4]])
    found = []
    for ctx in (CPU, GPU):
        net = initialize(Detector, X[:2], ctx)
        trainer = gluon.Trainer(net.collect_params(), 'sgd',
                                {'learning_rate': 0.01, 'wd': 5e-4})
        values = {}
        for step in range(3):
            with autograd.record():
                anchors, classes, offsets = net(X.as_in_context(ctx))
                values['anchors'] = anchors.asnumpy()
                # the last digit decides which of two boxes overlaps more
                anchors = nd.array((found or [values])[0]['anchors'], ctx=ctx)
                wanted, masks, labels = contrib.nd.MultiBoxTarget(
                    anchors, Y.as_in_context(ctx),
                    classes.transpose((0, 2, 1)))
                l = (gluon.loss.SoftmaxCrossEntropyLoss()(classes, labels)
                     + gluon.loss.L1Loss()(offsets * masks, wanted * masks))
            l.backward()
            trainer.step(4)
            values['loss %d' % step] = l.asnumpy()
            if step == 0:
                boxes = contrib.nd.MultiBoxDetection(
                    classes.softmax().transpose((0, 2, 1)), offsets, anchors,
                    nms_threshold=0.5)
                values.update(
                    labels=labels.asnumpy(),
                    masks=masks.asnumpy(), wanted=wanted.asnumpy(),
                    # boxes of nearly equal scores change places
                    scores=np.sort(boxes[:, :, 1].asnumpy(), axis=1))
        found.append(values)
    on_cpu, on_gpu = found
    for step in (1, 2):     # BatchNorm amplifies the last digits
        name = 'loss %d' % step
        assert_close({name: on_gpu.pop(name)}, {name: on_cpu.pop(name)},
                     rtol=0.01)
    assert_close(on_gpu, on_cpu)


# -- optimization
def test_sgd_and_gradient_clipping():
    found = []
    for ctx in (CPU, GPU):
        params = [nd.array(randoms(3, 4), ctx=ctx), nd.zeros(4, ctx=ctx)]
        for param in params:
            param.attach_grad()
        X = nd.array(randoms(5, 3, seed=1), ctx=ctx)
        for _ in range(3):
            with autograd.record():
                l = d2l.squared_loss(d2l.linreg(X, *params), nd.ones(
                    (5, 4), ctx=ctx))
            l.backward()
            d2l.grad_clipping(params, 0.5, ctx)
            d2l.sgd(params, 0.1, 5)
        found.append(dict(enumerate(p.asnumpy() for p in params)))
    assert_close(found[1], found[0])


def test_corr2d():
    X, K = randoms(5, 6), randoms(2, 3, seed=1)
    on_cpu, on_gpu = (d2l.corr2d(*[nd.array(A, ctx=ctx) for A in (X, K)])
                      for ctx in (CPU, GPU))
    np.testing.assert_allclose(on_gpu.asnumpy(), on_cpu.asnumpy(), rtol=1e-5,
                               atol=1e-6)
