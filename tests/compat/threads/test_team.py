"""Another number of threads: as in a process that was started with it."""
import multiprocessing.pool
import threading

import mxnet as mx
import numpy as np
import pytest
from engine import count_threads
from interpreters import run_python
from limits import LIMIT
from mxnet import autograd, nd

from d2l.compat.threads import cores, team

# Layers whose gradients depend on the number of threads, with their shapes;
# the others are those that the edition's nets have besides.
LAYERS = '''
import hashlib, sys
import numpy as np
import mxnet as mx
from mxnet import autograd, init, nd
from mxnet.gluon import nn, rnn
from d2l.compat.threads import team

LAYERS = [
    (lambda: nn.Conv2D(6, 5, padding=2), (64, 1, 28, 28)),
    (lambda: nn.Conv2D(16, 5), (64, 6, 14, 14)),
    (lambda: nn.Conv2D(64, 3, padding=1), (8, 32, 14, 14)),
    (lambda: nn.Conv2D(17, 1), (13, 5, 9, 9)),
    (lambda: nn.Conv2D(32, 3, groups=4), (13, 16, 19, 19)),
    (lambda: nn.Conv2DTranspose(7, 4, strides=2), (6, 5, 19, 19)),
    (lambda: nn.Dense(1024), (32, 1600)), (lambda: nn.Dense(10), (7, 84)),
    (lambda: nn.AvgPool2D(2, 2), (64, 6, 28, 28)),
    (lambda: nn.MaxPool2D(3, 2), (8, 16, 26, 26)),
    (lambda: nn.BatchNorm(), (64, 16, 24, 24)),
    (lambda: nn.Activation('sigmoid'), (64, 6, 24, 24)),
    (lambda: rnn.LSTM(64, 2), (35, 32, 50)), (lambda: rnn.GRU(64), (9, 8, 20)),
]


def digests(first, then):
    """What each layer computes with `then` threads, after `first`."""
    for is_compiled in (False, True):
        for make, shape in LAYERS:
            team.set_team(first)
            mx.random.seed(1)
            layer = make()
            layer.initialize(init.Xavier())
            if is_compiled:
                layer.hybridize(static_alloc=True, static_shape=True)
            X = nd.array(np.random.RandomState(0).randn(*shape))
            X.attach_grad()
            step(layer, X)
            team.set_team(then)
            yield step(layer, X)


def step(layer, X):
    with autograd.record():
        y = layer(X)
    y.backward()
    arrays = [y, X.grad] + [param.grad() for param in
                            layer.collect_params().values()
                            if param.grad_req != 'null']
    return hashlib.sha256(b''.join(
        array.asnumpy().tobytes() for array in arrays)).hexdigest()


print(*digests(int(sys.argv[1]), int(sys.argv[2])), sep='\\n')
'''


@pytest.fixture(autouse=True)
def set_back():
    yield
    team.set_team(cores())


@pytest.fixture(scope='module')
def digests():
    found = {}

    def digests(first, then):
        if (first, then) not in found:
            run = run_python(LAYERS.replace(
                'int(sys.argv[1]), int(sys.argv[2])',
                '%d, %d' % (first, then)), OMP_NUM_THREADS=str(first))
            assert run.returncode == 0, run.stdout
            found[first, then] = run.stdout.splitlines()
        return found[first, then]

    return digests


@pytest.mark.parametrize('first, then', [(1, 2), (2, 1), (1, 8), (8, 1)])
def test_computes_as_if_started_with_that_number(first, then, digests):
    """To the last bit, forward and backward, compiled and not.

    Without new threads for the engine, more threads than an operator was
    made for make the process crash.
    """
    assert digests(first, then) == digests(then, then)


def test_the_numbers_differ_so_that_the_test_above_can_fail(digests):
    assert digests(1, 1) != digests(8, 8)


@pytest.mark.parametrize('num_threads', [1, 2, 5])
def test_the_engine_has_that_number(num_threads):
    team.set_team(num_threads)
    assert count_threads() == num_threads


def test_random_numbers_go_on_as_without():
    def draw(change):
        mx.random.seed(3)
        first = nd.random.uniform(shape=(3,))
        change()
        return first.asnumpy(), nd.random.uniform(shape=(5,)).asnumpy()

    team.set_team(2)
    for a, b in zip(draw(lambda: team.set_team(2)), draw(lambda: None)):
        np.testing.assert_array_equal(a, b)


class Double(mx.operator.CustomOp):
    """An operator in Python; MXNet has threads for these, too."""

    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] * 2)


@mx.operator.register('double_in_python')
class DoubleProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, shapes, dtypes):
        return Double()


def test_operators_in_python_go_on():
    for num_threads in (1, 2):
        assert nd.Custom(nd.ones(2), op_type='double_in_python').asnumpy(
            ).tolist() == [2, 2]
        team.set_team(num_threads)


def test_an_operators_error_is_not_lost():
    with pytest.raises(mx.MXNetError, match='scale parameter'):
        fail_later()
        team.set_team(1)
    assert (nd.ones(2) + 1).asnumpy().tolist() == [2, 2]


def fail_later():
    """An operator that fails when the engine computes it."""
    nd.random.normal(0, -1, shape=(2, 2))


def test_is_safe_between_steps():
    assert team.is_safe()
    with autograd.record():
        assert not team.is_safe()


def test_is_not_safe_in_another_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(team.is_safe()))
    thread.start()
    thread.join()
    assert found == [False]


def test_is_not_safe_beside_a_pool_of_threads():
    """Such as DataLoader(..., thread_pool=True) has."""
    with multiprocessing.pool.ThreadPool(1):
        assert not team.is_safe()


def test_is_not_safe_while_another_thread_calls_mxnet():
    from mxnet.gluon.data import SimpleDataset
    is_called, may_end = threading.Event(), threading.Event()

    def wait(x):
        is_called.set()
        may_end.wait()

    thread = threading.Thread(      # calls `wait` from within MXNet
        target=lambda: SimpleDataset([1]).transform(wait, lazy=False))
    thread.start()
    try:
        assert is_called.wait(LIMIT)
        assert not team.is_safe()
    finally:
        may_end.set()
        thread.join()
    assert team.is_safe()
