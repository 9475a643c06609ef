"""Loops that readers write themselves print the same on gpu(0)."""
import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU, initialize, integers, randoms
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn, rnn

# the last digits may differ
ADAM = {'learning_rate': 0.01, 'epsilon': 1e-3}


def initialize_at(net, X, ctx):
    return initialize(lambda: net, nd.array(X), ctx)


def convolve(X, params):
    """A small net of operators."""
    K, W, b = params
    H = nd.relu(nd.Convolution(X, K, no_bias=True, kernel=(3, 3),
                               num_filter=4))
    H = nd.Pooling(H, pool_type='avg', kernel=(2, 2), stride=(2, 2))
    return nd.dot(H.flatten(), W) + b


def train_on_two(ctx):
    """Each device has the parameters; their gradients are added by hand."""
    ctxs = [ctx, type(ctx)(ctx.device_type, 1)]
    params = [[nd.array(randoms(*shape), ctx=c)
               for shape in ((4, 1, 3, 3), (36, 10), (10,))] for c in ctxs]
    for param in params[0] + params[1]:
        param.attach_grad()
    loss, losses = gluon.loss.SoftmaxCrossEntropyLoss(), []
    for _ in range(3):
        Xs, ys = (gluon.utils.split_and_load(nd.array(A), ctxs)
                  for A in (randoms(6, 1, 8, 8), integers(10, 6)))
        with autograd.record():
            ls = [loss(convolve(X, p), y) for X, p, y in zip(Xs, params, ys)]
        for l in ls:
            l.backward()
        for one, other in zip(*params):
            one.grad[:] += other.grad.copyto(ctxs[0])
            one.grad.copyto(other.grad)
        for param in params[0] + params[1]:
            param[:] -= 0.01 * param.grad
        nd.waitall()
        losses.append(sum(l.sum().asscalar() for l in ls))
    for one, other in zip(*params):
        np.testing.assert_array_equal(one.asnumpy(), other.asnumpy())
    return losses


def train_embeddings(ctx):
    """Word2vec: examples of several lengths, and a mask."""
    def pad(examples):
        longest = max(len(words) for _, words in examples)
        masks = [[1] * len(words) + [0] * (longest - len(words))
                 for _, words in examples]
        return map(nd.array, (
            [[center] for center, _ in examples],
            [words + [0] * (longest - len(words)) for _, words in examples],
            masks, [[1] + [0] * (longest - 1)] * len(examples)))
    words = integers(30, 12, 5).astype(int).tolist()
    batches = gluon.data.DataLoader(
        [(row[0], row[1:2 + i % 4]) for i, row in enumerate(words)], 4,
        batchify_fn=lambda examples: list(pad(examples)))
    net = nn.Sequential()
    net.add(nn.Embedding(30, 6), nn.Embedding(30, 6))
    initialize_at(net, np.zeros((1, 1)), ctx)
    trainer = gluon.Trainer(net.collect_params(), 'adam', ADAM)
    loss, losses = gluon.loss.SigmoidBinaryCrossEntropyLoss(), []
    for _ in range(2):
        for batch in batches:
            X, words, mask, y = (A.as_in_context(ctx) for A in batch)
            with autograd.record():
                y_hat = nd.batch_dot(net[0](X), net[1](words).swapaxes(1, 2))
                l = (loss(y_hat.reshape(y.shape), y, mask)
                     * mask.shape[1] / mask.sum(axis=1))
            l.backward()
            trainer.step(4)
            losses.append(l.sum().asscalar())
    return losses


def translate(ctx):
    """Two trainers; a loss that ends where a sentence does."""
    end, batch = 2, 6
    embedding, out = nn.Embedding(9, 6), nn.Dense(9)
    encoder, decoder = (rnn.GRU(5, 2, input_size=6) for _ in range(2))
    nets = nn.Sequential(), nn.Sequential()
    nets[0].add(embedding, encoder)
    nets[1].add(decoder, out)
    mx.random.seed(1)
    for net in nets:
        net.initialize(init.Xavier())
    out(nd.zeros((batch, 5)))
    for net in nets:
        net.collect_params().reset_ctx(ctx)
    trainers = [gluon.Trainer(net.collect_params(), 'adam', ADAM)
                for net in nets]
    X, Y = (nd.array(integers(9, batch, 7, seed=seed), ctx=ctx)
            for seed in (0, 1))
    loss, losses = gluon.loss.SoftmaxCrossEntropyLoss(), []
    for _ in range(3):
        with autograd.record():
            _, state = encoder(embedding(X).swapaxes(0, 1),
                               encoder.begin_state(batch, ctx=ctx))
            mask, count = nd.ones(batch, ctx=ctx), 0
            l, word = nd.zeros(1, ctx=ctx), nd.ones(batch, ctx=ctx)
            for y in Y.T:
                output, state = decoder(embedding(word).expand_dims(0),
                                        state)
                l = l + (mask * loss(out(output[0]), y)).sum()
                word, count = y, count + mask.sum().asscalar()
                mask = mask * (y != end)
            l = l / count
        l.backward()
        for trainer in trainers:
            trainer.step(1)
        losses.append(l.asscalar())
    return losses


def generate(ctx):
    """Adversaries take turns."""
    nets = nn.Sequential(), nn.Sequential()
    nets[0].add(nn.Conv2DTranspose(6, 4, use_bias=False), nn.BatchNorm(),
                nn.Activation('relu'),
                nn.Conv2DTranspose(3, 4, strides=2, padding=1,
                                   activation='tanh'))
    nets[1].add(nn.Conv2D(6, 4, strides=2, padding=1), nn.BatchNorm(),
                nn.LeakyReLU(0.2), nn.Conv2D(1, 4))
    Z, X = randoms(4, 8, 1, 1), randoms(4, 3, 8, 8)
    G, D = (initialize_at(net, A, ctx) for net, A in zip(nets, (Z, X)))
    trainers = [gluon.Trainer(net.collect_params(), 'adam',
                              dict(ADAM, beta1=0.5)) for net in nets]
    Z, X = nd.array(Z, ctx=ctx), nd.array(X, ctx=ctx)
    ones, zeros = nd.ones(4, ctx=ctx), nd.zeros(4, ctx=ctx)
    loss, losses = gluon.loss.SigmoidBinaryCrossEntropyLoss(), []
    for _ in range(3):
        with autograd.record():
            made = G(Z)
            l = (loss(D(X), ones) + loss(D(made.detach()), zeros)) / 2
        l.backward()
        trainers[1].step(4)
        losses.append(l.sum().asscalar())
        with autograd.record():
            l = loss(D(made), ones)
        l.backward()
        trainers[0].step(4)
        losses.append(l.sum().asscalar())
    return losses


def draw(ctx):
    """The parameter is an image; the learning rate falls."""
    net = nn.Sequential()
    for channels in (4, 6):
        net.add(nn.Conv2D(channels, 3, padding=1, activation='relu'))
    X = randoms(1, 3, 12, 12)
    wanted = initialize_at(net, X, ctx)(nd.array(X, ctx=ctx))
    image = gluon.Parameter('image', shape=X.shape)
    image.initialize(init.Zero(), ctx=ctx)
    image.set_data(nd.array(X / 2, ctx=ctx))
    trainer = gluon.Trainer([image], 'adam', ADAM)
    losses = []
    for epoch in range(4):
        with autograd.record():
            l = (net(image.data()) - wanted).square().mean()
        l.backward()
        trainer.step(1)
        losses.append(l.asscalar())
        if epoch == 1:
            trainer.set_learning_rate(trainer.learning_rate * 0.1)
    return losses


def fold(ctx):
    """Kaggle's houses: k-fold cross-validation, all on one device."""
    with ctx:
        X = nd.array(randoms(24, 5))
        y = nd.exp(X[:, 0]).reshape((-1, 1)) * 100
        loss, errors = gluon.loss.L2Loss(), []
        for i in range(3):
            parts = [slice(8 * j, 8 * j + 8) for j in range(3) if j != i]
            X_train, y_train = (nd.concat(*[A[part] for part in parts],
                                          dim=0) for A in (X, y))
            net = nn.Sequential()
            net.add(nn.Dense(1))
            net.initialize(init.Constant(0.5))
            trainer = gluon.Trainer(net.collect_params(), 'adam', {
                'learning_rate': 5, 'wd': 0.1, 'epsilon': 1e-3})
            for a, b in gluon.data.DataLoader(
                    gluon.data.ArrayDataset(X_train, y_train), 4):
                assert a.context == ctx
                with autograd.record():
                    l = loss(net(a), b)
                l.backward()
                trainer.step(4)
            clipped = nd.clip(net(X[8 * i:8 * i + 8]), 1, float('inf'))
            errors.append(nd.sqrt(2 * loss(
                clipped.log(), y[8 * i:8 * i + 8].log()).mean()).asscalar())
        return errors


@pytest.mark.parametrize('loop', [train_on_two, train_embeddings, translate,
                                  generate, draw, fold])
def test_losses_are_those_of_the_cpu(loop):
    expected, found = loop(CPU), loop(GPU)
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert len(set(expected)) == len(expected)
