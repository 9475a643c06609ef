"""Cases: data, histories and files of states."""
import contextlib

from values import STATE, TEXTS, Nonsense


def load_data_fashion_mnist(g, d2l):
    size = g.maybe(lambda: g.pick(1, 7, 256, 60000, 10 ** 6))
    resize = g.fitting((None, None, 1, 28, 30, (8, 9)), (g.int(), g.any()))
    root = g.fitting((STATE['root'],), (g.any(),))
    if isinstance(root, str) and root != STATE['root']:
        root = 'r/' + root.replace('\0', '')
    number = None
    with contextlib.suppress(TypeError, ValueError):
        number = int(resize)
    if number is not None and number > 300 and g.r.random() < 0.8:
        resize = 40
    if isinstance(size, int) and size > 300 and resize:
        size = 256

    def call(seen):
        a, b = d2l.load_data_fashion_mnist(size, resize, root=root)
        for it in (a, b):
            X, y = next(iter(it))
            if len(X) != len(y) or not (
                    0 <= X.min().asscalar() <= X.max().asscalar() <= 1):
                raise Nonsense('lengths or values')
    return call


def data_iter(g, d2l):
    f, l = g.maybe(lambda: g.nd((7, 2))), g.maybe(lambda: g.nd(
        (g.fitting((7,), (3, 9)),)))
    n = g.maybe(g.small)

    def call(seen):
        total = 0
        for X, y in d2l.data_iter(n, f, l):
            if len(X) != len(y):
                raise Nonsense('lengths')
            total += len(y)
        if hasattr(l, 'shape') and len(l.shape) and l.shape[0] != total:
            raise Nonsense('%d labels, but %d came' % (l.shape[0], total))
    return call


def batches_of_text(g, d2l):
    corpus = g.maybe(lambda: list(range(g.pick(0, 1, 5, 30, 100))))
    a, b = g.maybe(g.small), g.maybe(g.small)
    f = g.pick(d2l.data_iter_random, d2l.data_iter_consecutive)

    def call(seen):
        for i, (X, Y) in enumerate(f(corpus, a, b)):
            if not X.shape == Y.shape == (a, b):
                raise Nonsense('shapes')
            if i > 50:
                break
    return call


FIGURES = ('loss', 'train_acc', 'test_acc', 'seconds', 'images_per_sec',
           'threads')


def save_history(g, d2l):
    rows = [[g.maybe(g.float) for _ in FIGURES[:-1]] + [g.maybe(g.small)]
            for _ in range(3)]
    h = d2l.History()

    def call(seen):
        for row in rows:
            h.append(**dict(zip(FIGURES, row)))
        h.save('out.csv')
        again = d2l.History.load('out.csv')
        if repr(again.columns()) != repr(h.columns()):
            raise Nonsense('other numbers')
        repr(h)
    return call


def load_history(g, d2l):
    head = ','.join(('epoch',) + FIGURES)
    rows = ['\n%d,%s' % (i + 1, ','.join([repr(g.float())] * 5 + ['2']))
            for i in range(g.r.randrange(3))]
    junk = '' if g.fits else ''.join(g.pick(
        'epoch', ',', '\n', '1', 'nan', 'loss', '"', 'train_acc', '-', '.',
        'e', '\r', '\0', *FIGURES) for _ in range(g.r.randrange(60)))
    text = g.fitting((head + ''.join(rows) + '\n' + junk,), (junk,))

    def call(seen):
        with open('in.csv', 'w') as file:
            file.write(text)
        return len(d2l.History.load('in.csv'))
    return call


def state_file(g, d2l):
    from d2l.checkpoints import statefile
    tree = g.any() if not g.fits else g.pick(
        None, {'a': [g.float(), (g.int(), g.pick(*TEXTS[:9]))]}, g.nd(),
        [g.nd(), {1: g.values((2, 3))}])

    def same(a, b):
        np = STATE['np']
        if isinstance(a, STATE['nd'].NDArray):
            a = a.asnumpy()
        if isinstance(a, np.ndarray):
            return isinstance(b, np.ndarray) and a.dtype == b.dtype and (
                a.shape == b.shape) and a.tobytes() == b.tobytes()
        if isinstance(a, (list, tuple)) and type(a) is type(b):
            return len(a) == len(b) and all(map(same, a, b))
        if isinstance(a, dict) and type(a) is type(b):
            return same(list(a.items()), list(b.items()))
        return repr(a) == repr(b)

    def call(seen):
        statefile.write('s.d2l', tree)
        if not same(tree, statefile.read('s.d2l')):
            raise Nonsense('other content')
    return call


CASES = [load_data_fashion_mnist, data_iter, batches_of_text, save_history,
         load_history, state_file]
