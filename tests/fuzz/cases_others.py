"""Cases: optimizers, recurrent nets, files and the rest."""
from values import STATE, TEXTS, nan


def c_others(g, d2l):
    name = g.pick('ch7', 'gluon_ch7', '2d', 'count', 'preprocess',
                  'mkdir', 'use_amp', 'getattr', 'Benchmark', 'rnn',
                  'rnn_gluon', 'read_imdb', 'try_gpu', 'vocab')
    mx, nd = STATE['mx'], STATE['nd']
    if name == 'ch7':
        def step(params, states, hyper):
            for p in params:
                p[:] = p - hyper['lr'] * p.grad
        args = [step, None, {'lr': g.float()}, g.maybe(lambda: g.nd((20, 3))),
                g.maybe(lambda: g.nd((g.pick(20, 20, 5),))), g.maybe(g.small),
                g.pick(1, 2, g.pick(0, -1, 'x', None))]
        f = d2l.train_ch7
    elif name == 'gluon_ch7':
        args = [g.maybe(lambda: g.pick('sgd', 'adam')), g.maybe(
            lambda: {'learning_rate': g.float()}), g.nd((20, 3), 'float32'),
            g.nd((20,), 'float32'), g.maybe(g.small), 1]
        f = d2l.train_gluon_ch7
    elif name == '2d':
        args, f = [g.maybe(lambda: lambda *a: [g.float() for _ in a])], \
            d2l.train_2d
    elif name == 'count':
        args, f = [g.any()], d2l.count_tokens
    elif name == 'preprocess':
        vocab = d2l.get_vocab_imdb([['so ' * 5, 1]])
        args, f = [g.maybe(lambda: [['so so x' * g.int() if False else
                                     'so', g.any()]]), vocab], \
            d2l.preprocess_imdb
    elif name == 'vocab':
        args, f = [g.any()], d2l.get_vocab_imdb
    elif name == 'mkdir':
        args = [g.pick(['made', 'b'], [], ['made', '..', 'made'], g.float(),
                       None, ['made', '\0'], [b'made'])]
        f = d2l.mkdir_if_not_exist
    elif name == 'use_amp':
        args, f = [g.pick('float16', None, 3, 'x', nd.ones(1))], d2l.use_amp
    elif name == 'getattr':
        args = [d2l, g.pick(*TEXTS, 'train_ch6', '__x', 'Train_ch5')]
        f = getattr
    elif name == 'Benchmark':
        def f(x):
            with d2l.Benchmark(x):
                pass
        args = [g.any()]
    elif name == 'rnn':
        n = 5

        def params():
            p = [nd.random.normal(scale=.1, shape=s) for s in (
                (n, 3), (3, 3), (3,), (3, n), (n,))]
            for x in p:
                x.attach_grad()
            return p

        def rnn(inputs, state, params):
            W, U, b, V, c = params
            H, = state
            out = []
            for X in inputs:
                H = nd.tanh(nd.dot(X, W) + nd.dot(H, U) + b)
                out.append(nd.dot(H, V) + c)
            return out, (H,)
        chars = list('abcde')
        args = [rnn, params, lambda b, h, ctx: (nd.zeros((b, h)),), 3,
                g.maybe(lambda: n, 0.1), mx.cpu(), g.maybe(
                    lambda: [g.r.randrange(g.pick(5, 5, 9)) for _ in range(
                        g.pick(5, 40))], 0.1), chars, {
                    c: i for i, c in enumerate(chars)},
                g.any() if g.r.random() < 0.5 else False, g.pick(1, 2, 0),
                g.maybe(lambda: 3), g.pick(0.1, nan, 1e30, 'x'),
                g.pick(0.01, None, nan, 0, -1), g.maybe(lambda: 2),
                g.pick(1, 0, -1, 2), g.pick(3, 0, -5), g.pick(
                    ['a'], [], [''], ['z'], 'ab', None)]
        f = d2l.train_and_predict_rnn
    elif name == 'rnn_gluon':
        model = d2l.RNNModel(mx.gluon.rnn.RNN(3), 5)
        chars = list('abcde')
        args = [model, 3, 5, mx.cpu(), [g.r.randrange(5) for _ in range(30)],
                chars, {c: i for i, c in enumerate(chars)}, 1,
                g.maybe(lambda: 3), g.pick(0.1, nan, 1e30),
                g.pick(0.01, None, nan), g.maybe(lambda: 2), 1, g.pick(3, 0),
                ['a']]
        f = d2l.train_and_predict_rnn_gluon
    elif name == 'read_imdb':
        args, f = [g.any()], d2l.read_imdb
    else:
        args, f = [], d2l.try_gpu

    def call():
        try:
            f(*args)
            nd.waitall()
        finally:
            d2l.plt.close('all')
    return 'others ' + name, call, None
