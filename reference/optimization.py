"""The book's steps and training loop of the optimisation chapter."""
from mxnet import autograd, nd
from mxnet.gluon import data as gdata


def sgd(params, lr, batch_size):
    for param in params:
        param[:] = param - lr * param.grad / batch_size


def grad_clipping(params, theta, ctx):
    norm = nd.array([0], ctx)
    for param in params:
        norm += (param.grad ** 2).sum()
    norm = float(norm.sqrt().asscalar())
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / norm


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
