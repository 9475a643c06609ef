"""Random values of all kinds, most of them wrong in some way."""
import random
import warnings

nan, inf = float('nan'), float('inf')
STATE = {}     # modules and data, once they are there

INTS = (0, 1, -1, 2, 3, 4, 5, 7, 10, 28, 32, 127, 255, 256, 1000, -5,
        2 ** 15, 2 ** 31 - 1, 2 ** 31, -2 ** 31, 2 ** 32, 2 ** 53 + 1,
        2 ** 63 - 1, 2 ** 63, 2 ** 64, 10 ** 30)
FLOATS = (0.0, -0.0, 0.5, 1.0, -1.5, nan, inf, -inf, 1e308, 1e-320, 3.7, 1e30)
TEXTS = ('', 'a', 'sgd', 'x' * 50, '\0', '\udcff', '\u4e2d\u6587', '1', '-1',
         '../x', '~', '%s%n', '{}', 'adam', "'; x", 'b', '\n')
DTYPES = ('float32', 'float64', 'float16', 'int32', 'int64', 'uint8', 'int8',
          'bool')


class Nonsense(Exception):
    """A result that cannot be right."""


class Gen:
    """The random values of one case.

    Attributes
    ----------
    fits : bool
        Whether all arguments fit, as in half of the cases: the call must
        succeed. A case for which that is not to be had sets it to False.
    dims : tuple of int
        The shape of an example, the same in all data that fit.
    """

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.fits = self.r.random() < 0.5
        self.dims = self.shape(self.pick(1, 1, 1, 3))   # of examples

    def pick(self, *options):
        return self.r.choice(options)

    def fitting(self, good, others):
        """One of `good`, or, where arguments need not fit, of either."""
        return self.pick(*good) if self.fits else self.pick(*good, *others)

    def small(self):
        return self.r.choice((1, 1, 2, 3, 4, 5, 8))

    def int(self):
        return self.r.choice(INTS[:14] if self.r.random() < 0.6 else INTS)

    def float(self):
        number = self.r.choice(FLOATS + (self.r.uniform(-3, 3),) * 4)
        # MXNet's operators take no subnormal numbers as parameters
        return 0.0 if self.fits and 0 < abs(number) < 1e-300 else number

    def shape(self, ndim=None):
        if ndim is None:    # an NDArray without axes has no known shape
            ndim = self.fitting((1, 1, 2, 2, 3, 4), (0,))
        return tuple(self.small() if self.fits or self.r.random() < 0.95
                     else 0 for _ in range(ndim))

    def values(self, shape, low=-3, high=3):
        np = STATE['np']
        rng = np.random.RandomState(self.r.randrange(2 ** 31))
        a = rng.uniform(low, high, shape)
        if self.r.random() < 0.15 and a.size and not self.fits:
            a.flat[self.r.randrange(a.size)] = self.r.choice(
                (nan, inf, -inf, 1e30, -1e30, 2 ** 31, 2 ** 40))
        return a

    def nd(self, shape=None, dtype=None, low=-3, high=3):
        nd = STATE['nd']
        shape = self.shape() if shape is None else shape
        dtype = dtype or self.fitting(('float32',) * 8, DTYPES)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            a = self.values(shape, low, high).astype(dtype)
        return nd.array(a, dtype=dtype)

    def labels(self, shape, classes):
        nd, dtype = STATE['nd'], self.pick(
            'float32', 'int32', 'int64', 'float64', 'uint8')
        return nd.array(self.values(shape, 0, classes - 0.01) // 1,
                        dtype=dtype)

    def array(self):
        np = STATE['np']
        kind = self.r.random()
        if kind < 0.7:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                return self.values(self.shape()).astype(self.r.choice(DTYPES))
        return self.pick(np.array(['a', 'b']), np.array([None, 1]),
                         np.array(1j), np.array([]), np.zeros((0, 3)),
                         np.array([b'x']), np.array('2020-01-01', 'M8[D]'))

    def any(self, depth=0):
        mx = STATE['mx']
        kind = self.r.randrange(15)
        if kind < 3:
            return self.int()
        if kind < 5:
            return self.float()
        if kind < 7:
            return self.r.choice(TEXTS)
        if kind < 9:
            return self.nd()
        if kind == 9:
            return self.array()
        if kind == 10 and depth < 3:
            return [self.any(depth + 1) for _ in range(self.r.randrange(4))]
        if kind == 11 and depth < 3:
            return tuple(self.any(depth + 1) for _ in range(
                self.r.randrange(3)))
        if kind == 12:
            return self.pick({}, {'a': 1}, {'learning_rate': nan},
                             {1: [2]}, set(), b'x', bytearray(3), range(3))
        return self.pick(None, True, False, mx.cpu(), mx.gpu(0), object(),
                         len, lambda *a: a, iter(()), 1j, Ellipsis, type,
                         mx.init.Xavier(), Exception('x'), NotImplemented)

    def maybe(self, good, p=0.25):
        if self.fits or self.r.random() >= p:
            return good()
        return self.any()

    # -- parts of trainings
    def net(self, classes=3):
        nn = STATE['mx'].gluon.nn
        net = self.pick(nn.Sequential, nn.HybridSequential)()
        for _ in range(self.r.randrange(2)):
            net.add(self.pick(
                lambda: nn.Dense(self.small(), activation='relu'),
                lambda: nn.Dropout(0.5), lambda: nn.BatchNorm(),
                lambda: nn.Flatten())())
        net.add(nn.Dense(self.fitting((classes,), (classes, 1, 2))))
        if self.fits or self.r.random() < 0.9:
            net.initialize()
        if self.r.random() < 0.2:
            net.hybridize()
        return net

    def data(self, classes=3):
        """Batches, often with something wrong."""
        batches = []
        n = self.small()
        dims = self.dims if self.fits else self.shape(self.pick(1, 1, 1, 3))
        for _ in range(self.fitting((1, 2, 3), (0,))):
            n = self.pick(n, n, self.small())
            X = self.maybe(lambda n=n: self.nd((n,) + dims), 0.05)
            shape = self.fitting(((n,),) * 4, (
                (n, 1), (1,), (n, classes), (n + 1,), (1, n), ()))
            y = self.maybe(
                lambda shape=shape: self.labels(shape, classes), 0.05)
            batches.append((X, y))
        if not self.fits and self.r.random() < 0.1:
            return self.any()
        return self.fitting((batches, tuple(batches)), (iter(batches),))
