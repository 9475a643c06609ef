"""Cases: data, histories and files of states."""
import contextlib

from cases_training import Nonsense
from values import STATE, describe


def c_load(g, d2l):
    size = g.maybe(lambda: g.pick(1, 7, 256, 60000, 10 ** 6))
    resize = g.pick(None, None, 1, 28, 30, g.int(), g.any())
    root = g.pick(STATE['root'], STATE['root'], STATE['root'], g.any())
    if isinstance(root, str) and root != STATE['root']:
        root = 'r/' + root.replace('\0', '')
    number = None
    with contextlib.suppress(TypeError, ValueError):
        number = int(resize)
    if number is not None and number > 300 and g.r.random() < 0.8:
        resize = 40
    if isinstance(size, int) and size > 300 and resize:
        size = 256

    def call():
        a, b = d2l.load_data_fashion_mnist(size, resize, root=root)
        for it in (a, b):
            X, y = next(iter(it))
            if len(X) != len(y) or not (
                    0 <= X.min().asscalar() <= X.max().asscalar() <= 1):
                raise Nonsense('lengths or values')
    return 'load %r %r %r' % (size, resize, root), call, None


def c_data_iter(g, d2l):
    f, l = g.maybe(lambda: g.nd((7, 2))), g.maybe(lambda: g.nd(
        (g.pick(7, 7, 7, 3, 9),)))
    n = g.maybe(g.small)

    def call():
        total = 0
        for X, y in d2l.data_iter(n, f, l):
            if len(X) != len(y):
                raise Nonsense('lengths')
            total += len(y)
        return total

    def look(total):
        if hasattr(l, 'shape') and len(l.shape) and l.shape[0] != total:
            return '%d labels, but %d came' % (l.shape[0], total)
    return 'data_iter %s %s' % (describe(f), describe(l)), call, look


def c_text(g, d2l):
    corpus = g.maybe(lambda: list(range(g.pick(0, 1, 5, 30, 100))))
    a, b = g.maybe(g.small), g.maybe(g.small)
    f = g.pick(d2l.data_iter_random, d2l.data_iter_consecutive)

    def call():
        for i, (X, Y) in enumerate(f(corpus, a, b)):
            if not X.shape == Y.shape == (a, b):
                raise Nonsense('shapes')
            if i > 50:
                break
    return 'text %s %r %r' % (describe(corpus), a, b), call, None


def c_history(g, d2l):
    h = d2l.History()
    k = g.r.randrange(4)
    values = [[g.maybe(g.float) for _ in range(5)] for _ in range(3)]
    text = ''.join(g.r.choice(('epoch', ',', '\n', '1', 'nan', 'loss', '"',
                               'train_acc', '-', '.', 'e', '\r', '\0',
                               'test_acc', 'seconds', 'images_per_sec'))
                   for _ in range(g.r.randrange(60)))

    def call():
        if k == 3:
            with open('in.csv', 'w') as file:
                file.write(('epoch,loss,train_acc,test_acc,seconds,'
                            'images_per_sec\n' if g.r.random() < 0.7
                            else '') + text)
            return len(d2l.History.load('in.csv'))
        for row in values:
            h.append(**dict(zip(('loss', 'train_acc', 'test_acc', 'seconds',
                                 'images_per_sec'), row)))
        h.save('out.csv')
        again = d2l.History.load('out.csv')
        if repr(again.columns()) != repr(h.columns()):
            raise Nonsense('other numbers')
        repr(h)
    return 'history %d %r' % (k, text[:40]), call, None


def c_statefile(g, d2l):
    from d2l.checkpoints import statefile
    tree = g.any()

    def same(a, b):
        np = STATE['np']
        if isinstance(a, STATE['nd'].NDArray):
            a = a.asnumpy()
        if isinstance(a, np.ndarray):
            return isinstance(b, np.ndarray) and a.dtype == b.dtype and (
                a.shape == b.shape) and a.tobytes() == b.tobytes()
        if isinstance(a, (list, tuple)) and type(a) is type(b):
            return len(a) == len(b) and all(map(same, a, b))
        return repr(a) == repr(b)

    def call():
        statefile.write('s.d2l', tree)
        if not same(tree, statefile.read('s.d2l')):
            raise Nonsense('other content')
    return 'statefile', call, None
