"""The chapters' companion: costs, recorded results, drawings, nets."""
import doctest
import json
import subprocess
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from matplotlib import pyplot as plt
from mxnet import autograd, nd
from mxnet.gluon import nn

import d2l

CHAPTERS = Path(__file__).parent.parent.parent / 'chapters'
# experiments take long; their functions have no examples
MODULES = sorted({path.stem for path in CHAPTERS.glob('companion/*.py')}
                 - {'__init__', 'experiments'})


@pytest.mark.usefixtures('close_figures', 'seed')
@pytest.mark.parametrize('name', MODULES)
def test_every_function_has_an_example_that_is_true(companion, name):
    module = companion(name)
    context = dict(vars(module), d2l=d2l, nn=nn)
    found = [test for test in doctest.DocTestFinder().find(
        module, extraglobs=context) if test.examples]
    public = [n for n, value in vars(module).items()
              if callable(value) and not n.startswith('_')
              and getattr(value, '__module__', '') == module.__name__]
    missing = {'companion.%s.%s' % (name, n) for n in public} - {
        test.name for test in found}
    assert missing <= {'companion.costs.Layer'}
    out = []
    for test in found:
        doctest.DocTestRunner().run(test, out=out.append)
    assert not out, ''.join(out)


# worked out by hand: (windows x weights of one + biases), outputs x weights
ALEXNET = {
    'conv0': (96 * 11 * 11 + 96, 96 * 54 * 54 * 11 * 11),
    'conv1': (256 * 96 * 25 + 256, 256 * 26 * 26 * 96 * 25),
    'conv2': (384 * 256 * 9 + 384, 384 * 12 * 12 * 256 * 9),
    'conv3': (384 * 384 * 9 + 384, 384 * 12 * 12 * 384 * 9),
    'conv4': (256 * 384 * 9 + 256, 256 * 12 * 12 * 384 * 9),
    'dense0': (6400 * 4096 + 4096, 6400 * 4096),
    'dense1': (4096 * 4096 + 4096, 4096 * 4096),
    'dense2': (4096 * 10 + 10, 4096 * 10),
}


def test_costs_of_alexnet_are_those_worked_out_by_hand(companion):
    layers = companion('costs').layers(companion('nets').alexnet(),
                                       (1, 224, 224))
    assert {layer.name: (layer.params, layer.multiply_adds)
            for layer in layers if layer.params} == ALEXNET
    conv0, pool0 = layers[:2]
    assert conv0.params == 11712
    assert sum(layer.params for layer in layers) == 46764746
    assert conv0.shape == (96, 54, 54) and conv0.activations == 279936
    assert conv0.detail == '11 x 11, stride 4' and conv0.kind == 'conv'
    assert conv0.inputs == 224 * 224 and pool0.inputs == 279936
    # 9 numbers are compared for each that leaves
    assert pool0.operations == 9 * 96 * 26 * 26 and not pool0.params


def test_bytes_moved_count_the_weights_once_for_a_batch(companion):
    dense = companion('costs').layers(companion('nets').alexnet(),
                                      (1, 224, 224))[8]
    assert dense.bytes_moved(1) == 4 * (26218496 + 6400 + 4096)
    # the weights are read once for a batch, the images one by one
    assert dense.bytes_moved(128) == 4 * (26218496 + 128 * (6400 + 4096))
    assert dense.intensity(1) == 2 * 6400 * 4096 / dense.bytes_moved(1)


@pytest.mark.parametrize('name, size', [
    ('lenet', 28), ('small_alexnet', 64), ('better_net', 28)])
def test_costs_agree_with_the_net(companion, name, size):
    net = getattr(companion('nets'), name)()
    layers = companion('costs').layers(net, (1, size, size))
    net.initialize()
    X = nd.zeros((2, 1, size, size))
    for block, layer in zip(net, layers):
        X = block(X)
        assert X.shape[1:] == layer.shape
        assert layer.params == sum(
            param.data().size for param in block.collect_params().values())


def test_sizes_of_lenet_can_be_changed(companion):
    net = companion('nets').lenet(kernel_size=3, channels=(12, 32),
                                  units=(84,))
    layers = companion('costs').layers(net, (1, 28, 28))
    assert [layer.shape for layer in layers] == [
        (12, 28, 28), (12, 14, 14), (32, 12, 12), (32, 6, 6), (84,), (10,)]


def test_costs_of_unknown_layers_are_refused(companion):
    net = nn.Sequential()
    net.add(nn.LayerNorm())
    with pytest.raises(TypeError, match='layernorm0 is a LayerNorm'):
        companion('costs').layers(net, (1, 28, 28))


def test_nets_do_not_number_the_readers_layers(companion):
    with mx.name.NameManager():
        companion('nets').lenet()
        assert nn.Conv2D(1, kernel_size=1).name.startswith('conv0')


@pytest.fixture
def recorded(companion, tmp_path, monkeypatch):
    """Recorded results of one experiment, `some`: a rehearsal, with arrays."""
    monkeypatch.setattr(companion('results'), 'RECORDED', tmp_path)
    recorded = dict(command='D2L_MAX_BATCHES=2 python tools/record.py some',
                    date='2020-01-02', figures=dict(loss=[2.5]),
                    machine=dict(processor='CPU', cores=3),
                    versions=dict(mxnet='1.9.1'))
    (tmp_path / 'some.json').write_text(json.dumps(recorded))
    np.savez_compressed(tmp_path / 'some.npz', filters=np.ones((2, 3)))


@pytest.mark.usefixtures('recorded')
def test_results_are_loaded_with_their_arrays(companion):
    results = companion('results').load('some')
    assert results['loss'] == [2.5] and results['filters'].shape == (2, 3)


@pytest.mark.usefixtures('recorded')
def test_loading_prints_where_the_results_are_from(companion, capsys):
    companion('results').load('some')
    out = capsys.readouterr().out
    assert out.startswith('some: 2020-01-02, CPU, 3 cores, MXNet 1.9.1\n')
    assert 'only a rehearsal' in out


@pytest.mark.usefixtures('recorded')
def test_missing_results_are_named_with_those_there(companion):
    with pytest.raises(FileNotFoundError, match='results of one of some,'):
        companion('results').load('other')


@pytest.fixture
def recompute(companion, tmp_path, monkeypatch):
    """Loading runs the experiments, a batch of each epoch."""
    monkeypatch.setattr(companion('results'), 'RECOMPUTED', tmp_path)
    monkeypatch.setenv('D2L_RECOMPUTE', '1')
    monkeypatch.setenv('D2L_MAX_BATCHES', '1')


@pytest.mark.usefixtures('recompute')
def test_results_can_be_recomputed(companion, capsys):
    results = companion('results').load('better_net')
    assert len(results['loss']) == 10 and results['loss'][0] > 1
    assert 'epoch 10, loss' in capsys.readouterr().out


@pytest.mark.usefixtures('recompute')
def test_experiment_that_fails_is_reported(companion, monkeypatch):
    monkeypatch.setenv('D2L_MAX_BATCHES', 'many')
    with pytest.raises(subprocess.CalledProcessError):
        companion('results').load('better_net')


@pytest.mark.parametrize('name', sorted(
    path.stem for path in CHAPTERS.glob('results/*.json')))
def test_recorded_results_can_be_loaded(companion, name, capsys):
    assert companion('results').load(name)
    assert capsys.readouterr().out.startswith(name + ': 20')


@pytest.mark.parametrize('name', ['alexnet', 'lenet_answers'])
def test_recorded_answers_agree_with_the_accuracy(companion, name):
    results = companion('results').load(name)
    labels = d2l.load_data_fashion_mnist(128)[1].labels
    right = results['predicted'] == labels[:len(results['predicted'])]
    assert abs(right.mean() - results['test_acc'][-1]) < 1e-4


def test_first_weights_are_those_of_the_initializer(companion):
    net = companion('nets').lenet()
    companion('trainings').initialize(net, 28, mx.cpu(), mx.init.One())
    assert (net[0].weight.data().asnumpy() == 1).all()


def test_first_gradients_of_lenet_are_recorded(companion, monkeypatch):
    monkeypatch.setenv('D2L_MAX_BATCHES', '1')
    layers = companion('experiments').lenet_weights()['layers']
    for weight, gradient in layers['xavier'].values():
        assert 0 < gradient < weight < 0.2
    assert layers['xavier']['conv0'] > layers['default']['conv0']


def test_few_has_the_first_images_or_the_next(companion):
    few = companion('trainings').few
    train_iter, _ = d2l.load_data_fashion_mnist(125)
    for number in (1, 2):
        found = few(250, number)
        part = slice(250 * number - 250, 250 * number)
        assert (found.labels == train_iter.labels[part]).all()
        assert (found.images == train_iter.images[part]).min().asscalar()
        assert len(found) == 2


def test_repeated_passes_are_shuffled_anew(companion, seed):
    trainings = companion('trainings')
    passes = trainings.Repeated(companion('trainings').few(250), 3)
    labels = [y.asnumpy() for _, y in passes]
    assert len(labels) == len(passes) == 6 and passes.batch_size == 125
    first, second = (np.concatenate(labels[i:i + 2]) for i in (0, 2))
    assert (np.sort(first) == np.sort(second)).all()
    assert (first != second).any()      # shuffled anew


def test_layer_speeds_has_the_layers_that_compute(companion):
    net = nn.Sequential()
    net.add(nn.Conv2D(4, kernel_size=3, activation='relu'),
            nn.Dropout(0.5), nn.Dense(10))
    speeds = companion('measure').layer_speeds(net, (1, 8, 8), 2)
    assert list(speeds) == ['conv0', 'dense0']
    for intensity, reached, seconds in speeds.values():
        assert intensity > 0 and seconds > 0
        assert reached > 0


@pytest.mark.usefixtures('close_figures')
def test_windows_of_equal_weights_can_be_drawn(companion):
    companion('drawings').filters([np.zeros((8, 1, 3, 3))], ['none'])
    image = plt.gca().images[0].get_array()
    assert np.isfinite(image).all()


def test_training_is_repeatable(companion, root):
    trainings, nets = companion('trainings'), companion('nets')
    batches = [[b for b, _ in zip(data_iter, range(2))] for data_iter in
               d2l.load_data_fashion_mnist(32, root=root)]

    class Batches(list):
        batch_size = 32

    found = [trainings.train(nets.lenet('relu'), list(map(Batches, batches)),
                             2, learning_rate=0.1, random_seed=number)
             for number in (1, 1, 2)]
    assert found[0]['loss'] == found[1]['loss'] != found[2]['loss']
    assert not autograd.is_training()
