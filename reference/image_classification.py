"""The book's data loader, and its training of classifiers."""
import time

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss

from .optimization import sgd


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


def fit(train, net, train_iter, test_iter, ctx=None, num_epochs=2,
        optimizer='sgd', **hyperparams):
    """Train by `train`, d2l's loop or the book's; returns the parameters."""
    ctx = ctx or mx.cpu()
    hyperparams = hyperparams or {'learning_rate': 0.1}
    trainer = mx.gluon.Trainer(net.collect_params(), optimizer, hyperparams)
    train(net, train_iter, test_iter, len(train_iter[0][1]), trainer, ctx,
          num_epochs)
    return [p.data().asnumpy() for p in net.collect_params().values()]
