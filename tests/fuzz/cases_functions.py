"""Cases: functions of the book's models, and figures."""
from values import STATE, TEXTS


def c_models(g, d2l):
    nd = STATE['nd']
    name = g.pick('to_onehot', 'corr2d', 'linreg', 'squared_loss', 'sgd',
                  'grad_clipping', 'voc', 'crop', 'labels', 'Residual',
                  'RNNModel', 'predict_sentiment')
    look = None
    if name == 'to_onehot':
        X, n = g.maybe(lambda: g.nd(g.shape(2), low=-2, high=9)), g.maybe(
            lambda: g.pick(1, 5, 10))
        if isinstance(n, int) and abs(n) > 2 ** 20 and g.r.random() < 0.7:
            n = 10

        def call():
            return [x.asnumpy() for x in d2l.to_onehot(X, n)]
    elif name == 'corr2d':
        X, K = g.maybe(lambda: g.nd(g.shape(2))), g.maybe(
            lambda: g.nd(g.shape(2)))

        def call():
            return d2l.corr2d(X, K).asnumpy()
    elif name == 'linreg':
        args = [g.maybe(lambda: g.nd(g.shape(g.pick(1, 2)))) for _ in '123']

        def call():
            return d2l.linreg(*args).asnumpy()
    elif name == 'squared_loss':
        args = [g.maybe(g.nd), g.maybe(g.nd)]

        def call():
            return d2l.squared_loss(*args).asnumpy()
    elif name in ('sgd', 'grad_clipping'):
        params = [g.nd((2, 2), 'float32') for _ in range(g.r.randrange(3))]
        for p in params:
            p.attach_grad()
            p.grad[:] = g.nd((2, 2), 'float32')
        params = g.maybe(lambda: params, 0.1)
        a, b = g.maybe(g.float), g.maybe(g.small)

        def call():
            if name == 'sgd':
                d2l.sgd(params, a, b)
            else:
                d2l.grad_clipping(params, a, STATE['mx'].cpu())
            nd.waitall()
    elif name == 'voc':
        colors = g.maybe(lambda: g.nd((3, 2, 3), low=g.pick(0, -300), high=g
                                      .pick(255, 255, 300, 1e6, 2e9)))
        table = g.maybe(lambda: nd.zeros(g.pick(256 ** 3, 256, 1)))

        def call():
            return d2l.voc_label_indices(colors, table).asnumpy()

        def look(result):
            if getattr(result, 'size', 0) and (result != 0).any() and (
                    hasattr(table, 'shape')
                    and table.asnumpy().max() == 0
                    and table.asnumpy().min() == 0):
                return ('labels %r from a table of zeros'
                        % result.ravel()[:3])
    elif name == 'crop':
        a, b = g.maybe(lambda: g.nd((g.small(), g.small(), 3))), g.maybe(
            lambda: g.nd((g.small(), g.small(), 3)))
        h, w = g.maybe(g.small), g.maybe(g.small)

        def call():
            return [x.asnumpy() for x in d2l.voc_rand_crop(a, b, h, w)]
    elif name == 'labels':
        x = g.maybe(lambda: g.nd(low=0, high=10))

        def call():
            return d2l.get_fashion_mnist_labels(x)
    elif name == 'Residual':
        n, one, s = g.maybe(g.small), g.any(), g.maybe(g.small)
        if isinstance(n, int) and n > 2000:
            n = 4
        X = g.maybe(lambda: g.nd(g.shape(4)))

        def call():
            blk = d2l.Residual(n, one, s)
            blk.initialize()
            return blk(X).asnumpy()
    elif name == 'RNNModel':
        rnn = STATE['mx'].gluon.rnn
        layer, n = g.pick(rnn.RNN, rnn.LSTM, rnn.GRU)(g.small()), g.maybe(
            lambda: 5)
        if isinstance(n, int) and n > 2000:
            n = 5
        X = g.maybe(lambda: g.nd(g.shape(2), low=0, high=9))

        def call():
            model = d2l.RNNModel(layer, n)
            model.initialize()
            return model(X, model.beginSTATE(batch_size=X.shape[0]))[
                0].asnumpy()
    else:
        vocab = d2l.get_vocab_imdb([['so ' * 5 + 'good', 1]])
        words = g.maybe(lambda: g.pick([], ['so'], ['no', 'so']))

        def net(X):
            return g.nd((1, 2), 'float32')

        def call():
            return d2l.predict_sentiment(net, vocab, words)
    return 'models ' + name, call, look


def c_figures(g, d2l):
    name = g.pick('show_images', 'show_fashion_mnist', 'show_bboxes',
                  'semilogy', 'set_figsize', 'bbox', 'trace')
    if name == 'show_images':
        args = [g.maybe(lambda: [g.nd((4, 4, 3)) for _ in range(4)]),
                g.maybe(lambda: 2), g.maybe(lambda: 2)]
        args = [40 if isinstance(a, int) and a > 40 else a for a in args]
        f = d2l.show_images
    elif name == 'show_fashion_mnist':
        args = [g.maybe(lambda: [g.nd((4, 4)), g.nd((1, 4, 4))]),
                g.maybe(lambda: ['a', g.r.choice(TEXTS)])]
        f = d2l.show_fashion_mnist
    elif name == 'show_bboxes':
        def f(b, l, c):
            axes = d2l.plt.imshow([[0, 1], [1, 0]]).axes
            d2l.show_bboxes(axes, b, l, c)
            d2l.plt.gcf().canvas.draw()
        args = [g.maybe(lambda: g.nd((2, 4))), g.any(), g.pick(None, g.any())]
    elif name == 'semilogy':
        args = [g.maybe(lambda: [1, 2]), g.maybe(lambda: [1, g.float()]),
                g.any(), g.any()] + [g.any() for _ in range(g.pick(0, 3))]
        f = d2l.semilogy
    elif name == 'set_figsize':
        args, f = [g.any()], d2l.set_figsize
    elif name == 'bbox':
        args, f = [g.any(), g.any()], d2l.bbox_to_rect
    else:
        f = d2l.show_trace_2d
        args = [lambda a, b: a * a + b, g.maybe(lambda: [
            (g.r.uniform(-9, 9), g.r.uniform(-9, 9)), (g.float(), 1.0)])]
        if any(isinstance(p, tuple) and any(
                isinstance(v, (int, float)) and abs(v) > 1e3 for v in p)
                for p in args[1] if isinstance(args[1], list)):
            args[1] = [(0, 0)]

    def call():
        import matplotlib
        try:
            f(*args)
        finally:
            d2l.plt.close('all')
            matplotlib.rcdefaults()
            matplotlib.use('Agg')
    return 'figures ' + name, call, None
