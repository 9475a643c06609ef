"""The book's training of recurrent nets, with and without Gluon."""
import math

from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss

from .optimization import grad_clipping, sgd


def perplexities_rnn(rnn, params, init_state, data_iter, vocab_size,
                     is_random_iter, num_epochs, lr, theta, ctx):
    """Train from scratch as the book does; returns the perplexities."""
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
    """Train a Gluon model as the book does; returns the perplexities."""
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
