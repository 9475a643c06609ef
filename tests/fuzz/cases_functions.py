"""Cases: functions and models of the book."""
from values import STATE, Nonsense


def to_onehot(g, d2l):
    X = g.maybe(lambda: g.nd(g.shape(2), low=-2, high=9))
    n = g.maybe(lambda: g.pick(1, 5, 10))
    if isinstance(n, int) and abs(n) > 2 ** 20 and g.r.random() < 0.7:
        n = 10
    return lambda seen: [x.asnumpy() for x in d2l.to_onehot(X, n)]


def corr2d(g, d2l):
    shape = g.shape(2)
    X = g.maybe(lambda: g.nd(shape))
    K = g.maybe(lambda: g.nd(g.fitting((
        tuple(g.r.randint(1, n) if n else 0 for n in shape),), (
            g.shape(2),))))
    return lambda seen: d2l.corr2d(X, K).asnumpy()


def linreg(g, d2l):
    n, m = g.small(), g.small()
    X, w, b = (g.maybe(lambda shape=shape: g.nd(g.fitting(
        (shape,), (g.shape(g.pick(1, 2)),))))
        for shape in ((n, m), (m, 1), (1,)))
    return lambda seen: d2l.linreg(X, w, b).asnumpy()


def squared_loss(g, d2l):
    shape = g.shape()
    y_hat, y = g.maybe(lambda: g.nd(shape)), g.maybe(
        lambda: g.nd(g.fitting((shape,), (g.shape(),))))
    return lambda seen: d2l.squared_loss(y_hat, y).asnumpy()


def parameters(g):
    params = [g.nd((2, 2), 'float32') for _ in range(g.r.randrange(3))]
    for p in params:
        p.attach_grad()
        p.grad[:] = g.nd((2, 2), 'float32')
    return g.maybe(lambda: params, 0.1)


def sgd(g, d2l):
    params, lr, n = parameters(g), g.maybe(g.float), g.maybe(g.small)
    return lambda seen: d2l.sgd(params, lr, n)


def grad_clipping(g, d2l):
    params, theta = parameters(g), g.maybe(g.float)
    return lambda seen: d2l.grad_clipping(params, theta, STATE['mx'].cpu())


def voc_label_indices(g, d2l):
    nd = STATE['nd']
    colors = g.maybe(lambda: g.nd((3, 2, 3), low=g.fitting((0,), (-300,)),
                                  high=g.fitting((255,), (300, 1e6, 2e9))))
    table = g.maybe(lambda: nd.zeros(g.fitting((256 ** 3,), (256, 1))))

    def call(seen):
        found = d2l.voc_label_indices(colors, table).asnumpy()
        if (found != 0).any() and isinstance(table, nd.NDArray) and not (
                table.asnumpy().any()):
            raise Nonsense('labels %r from a table of zeros'
                           % found.ravel()[:3])
    return call


def voc_rand_crop(g, d2l):
    height, width = g.small(), g.small()
    a, b = (g.maybe(lambda: g.nd(g.fitting(
        ((height, width, 3),), ((g.small(), g.small(), 3),))))
        for _ in range(2))
    h, w = (g.maybe(lambda n=n: g.fitting((g.r.randint(1, n),), (g.small(),)))
            for n in (height, width))
    return lambda seen: [x.asnumpy() for x in d2l.voc_rand_crop(a, b, h, w)]


def get_fashion_mnist_labels(g, d2l):
    x = g.maybe(lambda: g.nd(g.fitting(((g.small(),),), (g.shape(),)), low=0,
                             high=9.9))
    return lambda seen: d2l.get_fashion_mnist_labels(x)


def residual(g, d2l):
    shape = g.shape(4)
    n, one, strides = g.maybe(g.small), g.any(), g.maybe(g.small)
    if g.fits:
        one = True
    if isinstance(n, int) and n > 2000:
        n = 4
    X = g.maybe(lambda: g.nd(shape))

    def call(seen):
        blk = d2l.Residual(n, one, strides)
        blk.initialize()
        return blk(X).asnumpy()
    return call


def rnn_model(g, d2l):
    rnn = STATE['mx'].gluon.rnn
    layer, n = g.pick(rnn.RNN, rnn.LSTM, rnn.GRU)(g.small()), g.maybe(
        lambda: 5)
    if isinstance(n, int) and n > 2000:
        n = 5
    X = g.maybe(lambda: g.nd(g.shape(2), low=0, high=9))

    def call(seen):
        model = d2l.RNNModel(layer, n)
        model.initialize()
        state = model.begin_state(batch_size=X.shape[0])
        return model(X, state)[0].asnumpy()
    return call


def predict_sentiment(g, d2l):
    vocab = d2l.get_vocab_imdb([['so ' * 5 + 'good', 1]])
    words = g.maybe(lambda: g.fitting((['so'], ['no', 'so']), ([],)))
    scores = g.nd((1, 2), 'float32')
    return lambda seen: d2l.predict_sentiment(lambda X: scores, vocab, words)


def count_tokens(g, d2l):
    samples = g.maybe(lambda: [['a', 'b'], ['a']])
    return lambda seen: d2l.count_tokens(samples)


def reviews(g):
    return g.maybe(lambda: [['so so', 1], [g.fitting(
        ('', 'So\n'), (g.any(),)), g.fitting((0, 1), (g.any(),))]])


def get_vocab_imdb(g, d2l):
    data = reviews(g)
    return lambda seen: d2l.get_vocab_imdb(data)


def preprocess_imdb(g, d2l):
    vocab = d2l.get_vocab_imdb([['so ' * 5, 1]])
    data = reviews(g)
    return lambda seen: d2l.preprocess_imdb(data, vocab)


def read_imdb(g, d2l):
    folder, g.fits = g.any(), False     # the reviews are not there
    return lambda seen: d2l.read_imdb(folder)


CASES = [to_onehot, corr2d, linreg, squared_loss, sgd, grad_clipping,
         voc_label_indices, voc_rand_crop, get_fashion_mnist_labels, residual,
         rnn_model, predict_sentiment, count_tokens, get_vocab_imdb,
         preprocess_imdb, read_imdb]
