"""Each optimizer takes the same steps on cpu() and gpu(0)."""
import warnings

import mxnet as mx
import numpy as np
import pytest
from both import CPU, GPU
from mxnet import autograd, gluon, nd
from torch.utils._python_dispatch import TorchDispatchMode

NAMES = sorted(set(mx.optimizer.Optimizer.opt_registry) - {
    'sgld'})    # adds random numbers
SHAPES = [(4, 3), (5, 2), (1, 6)]
SHORT = dict(rtol=5e-3, atol=5e-3)  # float16 has 11 bits


def train(name, ctx, dtype, hyperparams):
    """The parameters and the states after 5 steps."""
    random = np.random.RandomState(0)
    params = gluon.ParameterDict()
    for i, shape in enumerate(SHAPES):
        param = params.get('p%d_weight' % i, shape=shape, dtype=dtype)
        param.initialize(mx.init.Zero(), ctx=ctx)
        param.set_data(nd.array(random.uniform(-1, 1, shape), dtype=dtype))
    trainer = gluon.Trainer(params, name, hyperparams)
    for _ in range(5):
        with autograd.record():
            l = sum((param.data() * nd.array(
                random.uniform(-1, 1, param.shape), ctx, dtype)).sum()
                for param in params.values())
        l.backward()
        trainer.step(2)
    values = [param.data().asnumpy() for param in params.values()]
    return values, [state.asnumpy() for state in flatten(
        trainer._updaters[0].states.values())]


def flatten(states):
    for state in states:
        if isinstance(state, (list, tuple)):
            yield from flatten(state)
        elif state is not None:
            yield state


def assert_steps_alike(name, dtype='float32', rtol=1e-5, atol=2e-6,
                       **hyperparams):
    hyperparams = dict(learning_rate=.05, **hyperparams)
    expected, found = (train(name, ctx, dtype, hyperparams)
                       for ctx in (CPU, GPU))
    for theirs, ours in zip(expected, found):
        assert len(theirs) == len(ours)
        for x, y in zip(theirs, ours):
            assert x.dtype == y.dtype
            np.testing.assert_allclose(y, x, rtol, atol)


@pytest.mark.parametrize('name', NAMES)
def test_steps_in_float32(name):
    assert_steps_alike(name)
    # with weight decay, MXNet's NAG is wrong (exceptions.py); GroupAdaGrad
    # has none
    wd = 0 if name in ('nag', 'groupadagrad') else .1
    assert_steps_alike(name, wd=wd, clip_gradient=.3)


@pytest.mark.parametrize('name', NAMES)
def test_steps_of_float16_weights_with_a_float32_copy(name):
    assert_steps_alike(name, 'float16', multi_precision=True, rtol=1e-3)


@pytest.mark.parametrize('name', [
    'adam', 'adamax', 'dcasgd', 'ftml', 'lamb', 'lars', 'lbsgd', 'nadam',
    'nag', 'sgd', 'signum', 'test'])
def test_steps_in_float16(name):
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Accumulating with float16')
        assert_steps_alike(name, 'float16', **SHORT)


@pytest.mark.parametrize('name', ['ftrl', 'rmsprop'])
def test_states_of_another_dtype_are_refused(name):
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Accumulating with float16')
        for ctx in (CPU, GPU):
            with pytest.raises(mx.MXNetError, match='float16'):
                train(name, ctx, 'float16', {})


@pytest.mark.parametrize('dtype', ['float32', 'float16'])
@pytest.mark.parametrize('name, hyperparams', [
    ('sgd', dict(momentum=.9)), ('nag', dict(momentum=.9, wd=0)),
    ('lars', dict(momentum=.9)),
    ('lbsgd', dict(momentum=.9)), ('signum', dict(momentum=0)),
    ('signum', dict(wd_lh=.01)), ('rmsprop', dict(centered=True)),
    ('rmsprop', dict(clip_weights=.2)),
    ('lamb', dict(bias_correction=False, lower_bound=.1, upper_bound=.5)),
    ('adam', dict(lazy_update=False))], ids=str)
def test_variants(name, hyperparams, dtype):
    tolerance = {} if dtype == 'float32' else dict(rtol=1e-3)
    assert_steps_alike(name, dtype, multi_precision=dtype == 'float16',
                       **dict(dict(wd=.1), **hyperparams), **tolerance)


@pytest.mark.parametrize('name, dtype', [
    ('sgd', 'float32'), ('sgd', 'float16'), ('lars', 'float32'),
    ('lars', 'float16'), ('lamb', 'float32')])  # float16: exceptions.py
def test_one_weight_at_a_time(name, dtype, monkeypatch):
    monkeypatch.setenv('MXNET_OPTIMIZER_AGGREGATION_SIZE', '1')
    assert_steps_alike(name, dtype, multi_precision=dtype == 'float16',
                       rtol=1e-5 if dtype == 'float32' else 1e-3, wd=.1)


def test_sgld_adds_noise_of_the_learning_rate():
    weight = nd.zeros((100, 100), ctx=GPU)
    optimizer = mx.optimizer.SGLD(learning_rate=.04, wd=0)
    optimizer.update(0, weight, nd.ones_like(weight), None)
    assert abs(weight.asnumpy().mean() + .02) < .01
    assert abs(weight.asnumpy().std() - .2) < .01


class Calls(TorchDispatchMode):
    """Collects the names of what torch computes."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.overloadpacket.__name__)
        return function(*args, **kwargs or {})


@pytest.mark.parametrize('update, count', [
    (nd.sgd_update, 2), (nd.sgd_mom_update, 3), (nd.multi_sgd_update, 2)])
def test_weights_are_not_copied_to_be_updated(update, count):
    arrays = [nd.ones((2, 2), GPU) for _ in range(count)]
    params = (dict(num_weights=1, lrs=(.1,), wds=(.1,))
              if update is nd.multi_sgd_update else dict(lr=.1, wd=.1))
    with Calls() as calls:
        update(*arrays, out=arrays[0], **params)
    assert {'add_', '_foreach_add_'} & set(calls.names)
    assert not {'clone', 'copy_'} & set(calls.names)


def test_weights_of_one_rate_are_updated_by_one_launch():
    arrays = [nd.ones((2, 2), GPU) for _ in range(6)]
    with Calls() as calls:
        nd.multi_sgd_update(*arrays, out=arrays[::2], num_weights=3,
                            lrs=[.1] * 3, wds=[0] * 3)
    assert [n for n in calls.names if n != 'detach'] == ['_foreach_add_']


def test_two_weights_may_change_places():
    a, b = nd.zeros(2, GPU), nd.ones(2, GPU)
    nd.amp_multicast(a, b, num_outputs=2, out=[b, a])
    assert a.asnumpy().tolist() == [1, 1] and b.asnumpy().tolist() == [0, 0]
