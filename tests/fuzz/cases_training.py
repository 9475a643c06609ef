"""Cases: training and evaluation."""
import contextlib
import math

from values import STATE, describe, inf, nan


class Nonsense(Exception):
    """A result that cannot be right."""


def share(value):
    if not (isinstance(value, float) and 0 <= value <= 1):
        return 'accuracy %r' % (value,)


def history_ok(h, seen):
    for name in ('train_acc', 'test_acc'):
        for value in getattr(h, name):
            if not 0 <= value <= 1:
                return '%s %r' % (name, value)
    for loss in h.loss:
        if not math.isfinite(loss) and not any(
                'loss is' in str(w.message) for w in seen):
            return 'loss %r without a warning' % loss
        if loss < 0:
            return 'loss %r' % loss
    for s in h.seconds + h.images_per_sec:
        if not s >= 0:
            return 'seconds or images/s %r' % s


def c_accuracy(g, d2l):
    net, data = g.maybe(g.net, 0.05), g.data()
    if g.r.random() < 0.3:
        def net(X):
            return X
    ctx = g.pick([STATE['mx'].cpu()], STATE['mx'].cpu(), [
        STATE['mx'].cpu(0), STATE['mx'].cpu(1)])
    ctx = g.maybe(lambda: ctx, 0.05)
    return ('evaluate_accuracy %s' % describe(data),
            lambda: d2l.evaluate_accuracy(data, net, ctx), share)


def trainer_of(g, net):
    gluon = STATE['mx'].gluon
    name = g.pick('sgd', 'sgd', 'adam', 'rmsprop')
    lr = g.pick(0.1, 0.1, 0.5, 1e30, -1.0, nan, 0.0)
    with contextlib.suppress(RuntimeError):     # the net has no values yet
        return gluon.Trainer(net.collect_params(), name,
                             {'learning_rate': lr})


def c_train_ch5(g, d2l):
    net, train, test = g.net(), g.data(), g.data()
    trainer = g.maybe(lambda: trainer_of(g, net), 0.05)
    h = d2l.History()
    n, epochs = g.maybe(g.small), g.pick(1, 2, 1, 0, -1, 1.5, '1', None)
    kept = g.pick(None, None, None, 'kept%d' % g.r.randrange(3), g.any())
    ctx = g.maybe(lambda: STATE['mx'].cpu(), 0.05)
    if isinstance(epochs, int) and epochs > 5:
        epochs = 1
    return ('train_ch5 %s %s' % (describe(train), describe(test)),
            lambda: d2l.train_ch5(net, train, test, n, trainer, ctx, epochs,
                                  history=h, checkpoint=kept),
            lambda r, seen: history_ok(h, seen))


def c_train(g, d2l):
    loss = STATE['mx'].gluon.loss
    net, train, test = g.net(), g.data(), g.data()
    trainer = g.maybe(lambda: trainer_of(g, net), 0.05)
    h = d2l.History()
    l = g.pick(loss.SoftmaxCrossEntropyLoss(), loss.SoftmaxCrossEntropyLoss(),
               loss.SoftmaxCrossEntropyLoss(sparse_label=False),
               loss.L2Loss(), lambda a, b: (a - a), g.any())
    return ('train %s' % describe(train), lambda: d2l.train(
        train, test, net, l, trainer, STATE['mx'].cpu(), 1, history=h),
        lambda r, seen: history_ok(h, seen))


def c_train_ch3(g, d2l):
    loss, nd = STATE['mx'].gluon.loss, STATE['nd']
    W, b = g.nd((4, 3), 'float32'), g.nd((3,), 'float32')
    for p in (W, b):
        p.attach_grad()
    h = d2l.History()
    params = g.pick([W, b], [W, b], [W], [], None, g.any())
    lr = g.pick(0.1, 0.1, nan, inf, 1e30, -1, 'x', None, g.any())
    if g.r.random() < 0.3:
        data = g.data()
    else:
        data = [(g.nd((4, 4), 'float32'), g.nd((4,), 'float32', 0, 2.9)
                 .floor()) for _ in range(2)]
    return ('train_ch3 lr=%r' % (lr,), lambda: d2l.train_ch3(
        lambda X: nd.dot(X.reshape((-1, 4)), W) + b, data, data,
        loss.SoftmaxCrossEntropyLoss(), 1, g.maybe(g.small, 0.1), params, lr,
        history=h), lambda r, seen: history_ok(h, seen))
