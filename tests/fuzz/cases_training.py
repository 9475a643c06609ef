"""Cases: training and evaluation."""
import contextlib
import math

from values import STATE, Nonsense, inf, nan


def require_figures(h, seen):
    """Raises Nonsense unless a history's figures can be right."""
    for share in h.train_acc + h.test_acc:
        if not 0 <= share <= 1:
            raise Nonsense('accuracy %r' % share)
    for loss in h.loss:
        if not math.isfinite(loss) and not any(
                'loss is' in str(w.message) for w in seen):
            raise Nonsense('loss %r without a warning' % loss)
        if loss < -1e-4:    # a little less than 0 is rounding
            raise Nonsense('loss %r' % loss)
    for number in h.seconds + h.images_per_sec:
        if not number >= 0:
            raise Nonsense('seconds or images/s %r' % number)


def evaluate_accuracy(g, d2l):
    mx = STATE['mx']
    net, data = g.maybe(g.net, 0.05), g.data()
    if not g.fits and g.r.random() < 0.3:
        def net(X):
            return X
    ctx = g.maybe(lambda: g.fitting(
        ([mx.cpu()], mx.cpu()), ([mx.cpu(0), mx.cpu(1)],)), 0.05)

    def call(seen):
        share = d2l.evaluate_accuracy(data, net, ctx)
        if not (isinstance(share, float) and 0 <= share <= 1):
            raise Nonsense('accuracy %r' % (share,))
    return call


def trainer_of(g, net):
    gluon = STATE['mx'].gluon
    name = g.pick('sgd', 'sgd', 'adam', 'rmsprop')
    lr = g.fitting((0.1, 0.1, 0.5, 1e30, -1.0, 0.0), (nan,))
    with contextlib.suppress(RuntimeError):     # the net has no values yet
        return gluon.Trainer(net.collect_params(), name,
                             {'learning_rate': lr})


def train_ch5(g, d2l):
    net, train, test = g.net(), g.data(), g.data()
    trainer = g.maybe(lambda: trainer_of(g, net), 0.05)
    n, ctx = g.maybe(g.small), g.maybe(STATE['mx'].cpu, 0.05)
    epochs = g.fitting((1, 2), (0, -1, 1.5, '1', None))
    folder = g.fitting((None,), ('kept%d' % g.r.randrange(3), g.any()))
    h = d2l.History()

    def call(seen):
        try:
            d2l.train_ch5(net, train, test, n, trainer, ctx, epochs,
                          history=h, checkpoint=folder)
        finally:
            require_figures(h, seen)
    return call


def train(g, d2l):
    loss = STATE['mx'].gluon.loss
    net, train, test = g.net(), g.data(), g.data()
    trainer = g.maybe(lambda: trainer_of(g, net), 0.05)
    l = g.fitting((loss.SoftmaxCrossEntropyLoss(), lambda a, b: a - a), (
        loss.SoftmaxCrossEntropyLoss(sparse_label=False), loss.L2Loss(),
        g.any()))
    h = d2l.History()

    def call(seen):
        try:
            d2l.train(train, test, net, l, trainer, STATE['mx'].cpu(), 1,
                      history=h)
        finally:
            require_figures(h, seen)
    return call


def train_ch3(g, d2l):
    loss, nd = STATE['mx'].gluon.loss, STATE['nd']
    W, b = g.nd((4, 3), 'float32'), g.nd((3,), 'float32')
    for p in (W, b):
        p.attach_grad()
    params = g.fitting(([W, b], [W]), ([], None, g.any()))
    lr = g.fitting((0.1, nan, inf, 1e30, -1), ('x', None, g.any()))
    n = g.maybe(g.small, 0.1)
    if not g.fits and g.r.random() < 0.4:
        data = g.data()
    else:
        data = [(g.nd((4, 4), 'float32'), g.nd((4,), 'float32', 0, 2.9)
                 .floor()) for _ in range(2)]
    h = d2l.History()

    def call(seen):
        try:
            d2l.train_ch3(lambda X: nd.dot(X.reshape((-1, 4)), W) + b, data,
                          data, loss.SoftmaxCrossEntropyLoss(), 1, n, params,
                          lr, history=h)
        finally:
            require_figures(h, seen)
    return call


CASES = (4 * [evaluate_accuracy] + 6 * [train_ch5] + 4 * [train]
         + 3 * [train_ch3])
