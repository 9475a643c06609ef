"""Cases: optimizers, recurrent nets and the rest."""
import functools

from scratch_rnn import init_rnn_state, rnn
from values import STATE, TEXTS, nan

CHARS = list('abcde')
INDEX = {char: i for i, char in enumerate(CHARS)}


def closing(function, d2l):
    """Call `function`, and close the figures that it may have drawn."""
    @functools.wraps(function)
    def call(seen):
        try:
            function()
        finally:
            d2l.plt.close('all')
    return call


def train_ch7(g, d2l):
    def step(params, states, hyper):
        for p in params:
            p[:] = p - hyper['lr'] * p.grad
    args = [step, None, {'lr': g.float()},
            g.maybe(lambda: g.nd((20, 3), 'float32')),
            g.maybe(lambda: g.nd((g.fitting((20,), (5,)),), 'float32')),
            g.maybe(g.small), g.fitting((1, 2), (0, -1, 'x', None))]
    return closing(lambda: d2l.train_ch7(*args), d2l)


def train_gluon_ch7(g, d2l):
    args = [g.maybe(lambda: g.pick('sgd', 'adam')), g.maybe(
        lambda: {'learning_rate': g.fitting((0.1, 1e30, 0.0, -1.0), (
            nan, g.float()))}), g.nd((20, 3), 'float32'),
        g.nd((20,), 'float32'), g.maybe(g.small), 1]
    return closing(lambda: d2l.train_gluon_ch7(*args), d2l)


def train_2d(g, d2l):
    trainer = g.maybe(lambda: lambda *a: [g.float() for _ in a])
    return lambda seen: d2l.train_2d(trainer)


def train_and_predict_rnn(g, d2l):
    nd, n = STATE['nd'], len(CHARS)

    def get_params():
        params = [nd.random.normal(scale=.1, shape=shape) for shape in (
            (n, 3), (3, 3), (3,), (3, n), (n,))]
        for param in params:
            param.attach_grad()
        return params

    corpus = g.maybe(lambda: [g.r.randrange(g.fitting((n,), (9,))) for _ in
                              range(g.fitting((40,), (5,)))], 0.1)
    args = [rnn, get_params, init_rnn_state, 3, g.maybe(lambda: n, 0.1),
            STATE['mx'].cpu(), corpus, CHARS, INDEX,
            g.fitting((False, True), (g.any(),)), g.fitting((1, 2), (0,)),
            g.maybe(lambda: 3), g.fitting((0.1, nan, 1e30), ('x',)),
            g.fitting((0.01, None), (nan, 0, -1)), g.maybe(lambda: 2),
            g.fitting((1, 2), (0, -1)), g.fitting((3, 0), (-5,)),
            g.fitting((['a'], []), ([''], ['z'], 'ab', None))]
    return lambda seen: d2l.train_and_predict_rnn(*args)


def train_and_predict_rnn_gluon(g, d2l):
    n = len(CHARS)
    model = d2l.RNNModel(STATE['mx'].gluon.rnn.RNN(3), n)
    args = [model, 3, n, STATE['mx'].cpu(),
            [g.r.randrange(n) for _ in range(30)], CHARS, INDEX, 1,
            g.maybe(lambda: 3), g.fitting((0.1, 1e30), (nan,)),
            g.fitting((0.01, None), (nan,)), g.maybe(lambda: 2), 1,
            g.pick(3, 0), ['a']]
    return lambda seen: d2l.train_and_predict_rnn_gluon(*args)


def mkdir_if_not_exist(g, d2l):
    path = g.fitting((['made', 'b'], ['made', '..', 'made']), (
        [], g.float(), None, ['made', '\0'], [b'made']))
    return lambda seen: d2l.mkdir_if_not_exist(path)


def use_amp(g, d2l):
    dtype = g.pick('float16', None, 3, 'x', STATE['nd'].ones(1))
    g.fits = False      # it would change the cases that follow
    return lambda seen: d2l.use_amp(dtype)


def attributes(g, d2l):
    name = g.fitting(('train_ch5', 'nd'), (
        *TEXTS, 'train_ch6', '__x', 'Train_ch5'))
    return lambda seen: getattr(d2l, name)


def benchmark(g, d2l):
    prefix = g.fitting((None, 'a'), (g.any(),))

    def call(seen):
        with d2l.Benchmark(prefix):
            pass
    return call


def try_gpu(g, d2l):
    return lambda seen: d2l.try_gpu()


CASES = [train_ch7, train_gluon_ch7, train_2d, train_and_predict_rnn,
         train_and_predict_rnn_gluon, mkdir_if_not_exist, use_amp, attributes,
         benchmark, try_gpu]
