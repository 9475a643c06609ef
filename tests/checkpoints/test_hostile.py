"""Checkpoints made by hand, with a correct SHA-256, are refused whole."""
import copy
import hashlib
import io

import mxnet as mx
import numpy as np
import pytest
import small
from mxnet import gluon, init, nd

import d2l
from d2l.checkpoints import statefile

NAN = float('nan')


def train(folder, num_epochs, net=None, optimizer='sgd'):
    net = net or make_net()
    options = {'learning_rate': 0.1}
    if optimizer == 'sgd':
        options['momentum'] = 0.9
    trainer = gluon.Trainer(net.collect_params(), optimizer, options)
    d2l.train_ch5(net, *small.data(), 16, trainer, mx.cpu(), num_epochs,
                  checkpoint=str(folder))


def make_net():
    net = small.make_net()
    net.initialize(init.Xavier())
    net(nd.ones((1, 1, 6, 6)))
    return net


@pytest.fixture(scope='module')
def trees(tmp_path_factory):
    """What good checkpoints hold, by optimizer."""
    found = {}
    for optimizer in ('sgd', 'adam', 'rmsprop'):
        folder = tmp_path_factory.mktemp(optimizer)
        train(folder, 1, optimizer=optimizer)
        found[optimizer] = statefile.read(str(folder / 'state.d2l'))
    return found


def require_refusal(folder, tree, optimizer='sgd'):
    path = folder / 'state.d2l'
    statefile.write(str(path), tree)
    before, net = path.read_bytes(), make_net()

    def values():
        return [param.data().asnumpy().tobytes()
                for param in net.collect_params().values()]
    net_before, numpy_before = values(), np.random.get_state()[1].tobytes()
    with pytest.raises(ValueError, match='It was left as it is'):
        train(folder, 3, net, optimizer)
    assert values() == net_before
    assert np.random.get_state()[1].tobytes() == numpy_before
    assert path.read_bytes() == before


def mt(position, key=None, has_gauss=0, gauss=0.0, name='MT19937'):
    key = np.arange(624, dtype='uint32') if key is None else key
    return name, key, position, has_gauss, gauss


ENTRIES = {
    'epoch': (-1, 0, 2.5, 'x', None, True, NAN, 10 ** 30, -10 ** 30),
    'seed': (-1, 2 ** 70, 'x', None, NAN, True),
    'threads': (0, 'x', 10 ** 30),
    'layers': (5, None, 'abc', [1]),
    'params': (5, None, [], {}, {'0.weight': 1}),
    'trainer': (5, None, 'abc', [], {}),
    'history': (5, None, [1], {}, {'loss': [1.0]}),
    'began': (5, None, 'abc', [], {1: 2}),
    'changed': (5, None, 'abc', [1], ['no setting'], ['optimizer']),
    'random': (5, None, [], (1, (1,) * 624 + (1,), None),
               (3, (1,) * 624 + (625,), None), (3, (1,) * 9, None),
               (3, (1,) * 624 + (1,), 'x'), (3, (0,) * 624 + (624,), None)),
    'numpy': (5, None, (), *map(mt, (625, 10 ** 9, -1, 2 ** 40, 'x', 2.5)),
              mt(0, np.ones(5, 'uint32')), mt(0, np.ones(9999, 'uint32')),
              mt(0, np.ones((624, 2), 'uint32')), mt(0, name='PCG64'),
              mt(0, np.zeros(624, 'uint32')), mt(0, None, 7, NAN),
              mt(0, np.full(624, NAN))),
}
TRAINER = {
    'num_update': ('x', -1, 10 ** 30, None, NAN, 0),
    'counts': ({}, {0: {}}, {0: {'zzz': 1}}, {1: {}}, None, {0: {0: 'x'}}),
    'states': ({}, {'zzz': 1}, None),
}
ATTRIBUTES = {
    'lr': ('x', NAN, -1, 1e300, None, [1]), 'wd': ('x', NAN),
    'momentum': ('x', NAN, None, (1,), '0.9; x'), 'clip_gradient': ('x', -5),
    'multi_precision': (True, 'x'), 'begin_num_update': ('x', -1),
    'lr_mult': (5, {'x': 'y'}), 'wd_mult': (5, None),
}
CASES = [(path + (name,), value)
         for path, group in (((), ENTRIES), (('trainer',), TRAINER),
                             (('trainer', 'attributes'), ATTRIBUTES))
         for name, values in group.items() for value in values]


def test_entries_that_training_cannot_have_saved(trees, tmp_path):
    assert len(CASES) > 90
    for (*path, name), value in CASES:
        tree = copy.deepcopy(trees['sgd'])
        entry = tree
        for key in path:
            entry = entry[key]
        entry[name] = value
        require_refusal(tmp_path, tree)


@pytest.mark.parametrize('optimizer', ['sgd', 'adam', 'rmsprop'])
def test_states_unlike_those_that_the_optimizer_makes(optimizer, trees,
                                                      tmp_path):
    """Shape () made MXNet write past the array's end."""
    def change(value, to):
        if isinstance(value, tuple):
            return tuple(change(item, to) for item in value)
        return to(value)
    for to in (lambda a: np.zeros((), 'float32'),
               lambda a: a.astype('float64'), lambda a: a.astype('int8'),
               lambda a: np.ones(1, 'float32'), lambda a: a[:0],
               lambda a: np.ones((99, 99), 'float32'), lambda a: a * NAN,
               lambda a: a.astype('complex64'), lambda a: a.astype('U3'),
               lambda a: 1.5, lambda a: 'x', lambda a: None,
               lambda a: [a, a], lambda a: {}):
        tree = copy.deepcopy(trees[optimizer])
        states = tree['trainer']['states']
        for name in states:
            states[name] = change(states[name], to)
        require_refusal(tmp_path, tree, optimizer)


@pytest.mark.parametrize('to', [
    lambda a: [], lambda a: None, lambda a: 5, lambda a: 'x', lambda a: [5],
    lambda a: [None], lambda a: a, lambda a: [a] * 50,
    lambda a: [a, np.ones(1, 'float32')], lambda a: [a * NAN],
    lambda a: [np.zeros((), 'float32')], lambda a: [a[:0]]])
def test_parameters_unlike_the_nets(to, trees, tmp_path):
    tree = copy.deepcopy(trees['sgd'])
    tree['params'] = {name: to(arrays[0])
                      for name, arrays in tree['params'].items()}
    require_refusal(tmp_path, tree)


@pytest.mark.parametrize('column', [
    ['a'], [None], [1.0] * 10 ** 5, 5, [[1.0]], [], [True]], ids=str)
def test_figures_that_are_none(column, trees, tmp_path):
    tree = copy.deepcopy(trees['sgd'])
    tree['history']['loss'] = column
    require_refusal(tmp_path, tree)


@pytest.mark.parametrize('structure', [
    b'[%s]' % b','.join([b'{"array": 0}'] * 400), b'[]', b'{"array": -1}',
    b'{"array": 1}'])
def test_arrays_are_named_once_and_in_order(structure, tmp_path):
    """A file of a few bytes could fill the memory."""
    file = io.BytesIO()
    file.write(b'd2l checkpoint, format 1\n' + structure + b'\n')
    np.save(file, np.zeros(9))
    data = file.getvalue()
    path = tmp_path / 'state.d2l'
    path.write_bytes(data + hashlib.sha256(data).digest())
    with pytest.raises(ValueError, match='cannot be understood'):
        statefile.read(str(path))


def test_what_a_training_that_diverged_saved_is_taken(trees, tmp_path,
                                                      capsys):
    tree = copy.deepcopy(trees['sgd'])
    tree['params']['4.bias'][0][:] = NAN
    tree['history']['loss'] = [NAN]
    statefile.write(str(tmp_path / 'state.d2l'), tree)
    with pytest.warns(RuntimeWarning, match='the loss is nan'):
        train(tmp_path, 2)


@pytest.mark.skipif(not hasattr(np.random, 'set_bit_generator'),
                    reason='needs NumPy 1.24')
@pytest.mark.parametrize('name', ['PCG64', 'Philox', 'SFC64'])
@pytest.mark.filterwarnings('ignore:get_state and legacy')
def test_another_generator_of_numpy(name, tmp_path, capsys):
    before = np.random.get_bit_generator()
    np.random.set_bit_generator(getattr(np.random, name)(0))
    try:
        train(tmp_path, 1)
        train(tmp_path, 2)
        tree = statefile.read(str(tmp_path / 'state.d2l'))
        tree['numpy']['has_uint32'] = 10 ** 9
        statefile.write(str(tmp_path / 'state.d2l'), tree)
        with pytest.raises(ValueError, match="must be NumPy's"):
            train(tmp_path, 3)
    finally:
        np.random.set_bit_generator(before)
