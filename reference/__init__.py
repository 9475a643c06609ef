"""The text's own loader and training loops, to compare d2l with."""
import math
import time

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss


def load_data_fashion_mnist(batch_size, resize, root, num_workers):
    steps = [gdata.vision.transforms.Resize(resize)] if resize else []
    transformer = gdata.vision.transforms.Compose(
        steps + [gdata.vision.transforms.ToTensor()])
    return [gdata.DataLoader(
        gdata.vision.FashionMNIST(root=root, train=train)
        .transform_first(transformer),
        batch_size, shuffle=train, num_workers=num_workers)
        for train in (True, False)]


def evaluate_accuracy(data_iter, net, ctx):
    acc_sum, n = nd.array([0], ctx=ctx), 0
    for X, y in data_iter:
        X, y = X.as_in_context(ctx), y.as_in_context(ctx).astype('float32')
        acc_sum += (net(X).argmax(axis=1) == y).sum()
        n += y.size
    return acc_sum.asscalar() / n


def train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx,
              num_epochs):
    print('training on', ctx)
    loss = gloss.SoftmaxCrossEntropyLoss()
    for epoch in range(num_epochs):
        train_l_sum, train_acc_sum, n, start = 0.0, 0.0, 0, time.time()
        for X, y in train_iter:
            X, y = X.as_in_context(ctx), y.as_in_context(ctx)
            with autograd.record():
                y_hat = net(X)
                l = loss(y_hat, y).sum()
            l.backward()
            trainer.step(batch_size)
            y = y.astype('float32')
            train_l_sum += float(l.asscalar())
            train_acc_sum += (y_hat.argmax(axis=1) == y).sum().asscalar()
            n += y.size
        test_acc = evaluate_accuracy(test_iter, net, ctx)
        print('epoch %d, loss %.4f, train acc %.3f, test acc %.3f, '
              'time %.1f sec'
              % (epoch + 1, train_l_sum / n, train_acc_sum / n, test_acc,
                 time.time() - start))


def fit(train, net, train_iter, test_iter, ctx=None, num_epochs=2,
        optimizer='sgd', **hyperparams):
    """Train by `train`, d2l's loop or the text's; returns the parameters."""
    ctx = ctx or mx.cpu()
    hyperparams = hyperparams or {'learning_rate': 0.1}
    trainer = mx.gluon.Trainer(net.collect_params(), optimizer, hyperparams)
    train(net, train_iter, test_iter, len(train_iter[0][1]), trainer, ctx,
          num_epochs)
    return [p.data().asnumpy() for p in net.collect_params().values()]


def train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size,
              params, lr):
    for epoch in range(num_epochs):
        train_l_sum, train_acc_sum, n = 0.0, 0.0, 0
        for X, y in train_iter:
            with autograd.record():
                y_hat = net(X)
                l = loss(y_hat, y).sum()
            l.backward()
            sgd(params, lr, batch_size)
            y = y.astype('float32')
            train_l_sum += float(l.asscalar())
            train_acc_sum += (y_hat.argmax(axis=1) == y).sum().asscalar()
            n += y.size
        test_acc = evaluate_accuracy(test_iter, net, mx.cpu())
        print('epoch %d, loss %.4f, train acc %.3f, test acc %.3f'
              % (epoch + 1, train_l_sum / n, train_acc_sum / n, test_acc))


def train(train_iter, test_iter, net, loss, trainer, ctx, num_epochs):
    """On one device; every label of a picture counts in the accuracy."""
    print('training on', ctx)
    for epoch in range(num_epochs):
        train_l_sum, train_acc_sum, n, m, start = 0.0, 0.0, 0, 0, time.time()
        for X, y in train_iter:
            X, y = X.as_in_context(ctx), y.as_in_context(ctx)
            y = y.astype(X.dtype)
            with autograd.record():
                y_hat = net(X)
                l = loss(y_hat, y)
            l.backward()
            trainer.step(len(X))
            train_l_sum += float(l.sum().asscalar())
            n += l.size
            train_acc_sum += (y_hat.argmax(axis=1) == y).sum().asscalar()
            m += y.size
        test_acc = evaluate_accuracy(test_iter, net, ctx)
        print('epoch %d, loss %.4f, train acc %.3f, test acc %.3f, '
              'time %.1f sec'
              % (epoch + 1, train_l_sum / n, train_acc_sum / m, test_acc,
                 time.time() - start))


def sgd(params, lr, batch_size):
    for param in params:
        param[:] = param - lr * param.grad / batch_size


def train_ch7(net, loss, batch_loss, update, features, labels, batch_size,
              num_epochs):
    """Returns the losses; `update(batch_size)` is the algorithm."""
    ls = [loss(net(features), labels).mean().asscalar()]
    data_iter = gdata.DataLoader(gdata.ArrayDataset(features, labels),
                                 batch_size, shuffle=True)
    for _ in range(num_epochs):
        for batch_i, (X, y) in enumerate(data_iter):
            with autograd.record():
                l = batch_loss(net(X), y)
            l.backward()
            update(batch_size)
            if (batch_i + 1) * batch_size % 100 == 0:
                ls.append(loss(net(features), labels).mean().asscalar())
    return ls


def grad_clipping(params, theta, ctx):
    norm = nd.array([0], ctx)
    for param in params:
        norm += (param.grad ** 2).sum()
    norm = float(norm.sqrt().asscalar())
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / norm


def perplexities_rnn(rnn, params, init_state, data_iter, vocab_size,
                     is_random_iter, num_epochs, lr, theta, ctx):
    """Train as the text does from scratch; what it prints as perplexity."""
    loss = gloss.SoftmaxCrossEntropyLoss()
    found = []
    for _ in range(num_epochs):
        state = None if is_random_iter else init_state()
        l_sum, n = 0.0, 0
        for X, Y in data_iter():
            if is_random_iter:
                state = init_state()
            with autograd.record():
                inputs = [nd.one_hot(x, vocab_size) for x in X.T]
                outputs, state = rnn(inputs, state, params)
                y = Y.T.reshape((-1,))
                l = loss(nd.concat(*outputs, dim=0), y).mean()
            l.backward()
            grad_clipping(params, theta, ctx)
            sgd(params, lr, 1)
            l_sum += float(l.asscalar()) * y.size
            n += y.size
        found.append(math.exp(l_sum / n))
    return found


def perplexities_rnn_gluon(model, data_iter, batch_size, num_epochs, lr,
                           theta, ctx):
    """The same with a Gluon model."""
    loss = gloss.SoftmaxCrossEntropyLoss()
    model.initialize(ctx=ctx, force_reinit=True, init=init.Normal(0.01))
    trainer = gluon.Trainer(model.collect_params(), 'sgd',
                            {'learning_rate': lr, 'momentum': 0, 'wd': 0})
    found = []
    for _ in range(num_epochs):
        l_sum, n = 0.0, 0
        state = model.begin_state(batch_size=batch_size, ctx=ctx)
        for X, Y in data_iter():
            state = [s.detach() for s in state]
            with autograd.record():
                output, state = model(X, state)
                y = Y.T.reshape((-1,))
                l = loss(output, y).mean()
            l.backward()
            grad_clipping([p.data() for p in
                           model.collect_params().values()], theta, ctx)
            trainer.step(1)
            l_sum += float(l.asscalar()) * y.size
            n += y.size
        found.append(math.exp(l_sum / n))
    return found
