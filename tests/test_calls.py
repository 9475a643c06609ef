"""Calls of other editions, and calls that fit no edition."""
import inspect
import pickle

import mxnet as mx
import pytest
from interpreters import run_python
from mxnet.gluon import nn

import d2l
import d2lzh
from d2l import calls


@pytest.mark.parametrize('args, kwargs', [
    ((5, 0.9, mx.cpu()), {}), ((5, 0.9), {}), ((5, 1), {'ctx': mx.cpu()}),
    ((), {'num_epochs': 5, 'lr': 0.9, 'ctx': mx.cpu()})])
def test_a_train_ch5_call_of_later_editions_is_explained(args, kwargs):
    with pytest.raises(TypeError) as info:
        d2l.train_ch5('net', 'train_iter', 'test_iter', *args, **kwargs)
    message = str(info.value)
    assert 'arguments of d2l 0.10 and 0.11' in message
    assert ('Call train_ch5(net, train_iter, test_iter, batch_size, trainer, '
            'ctx, num_epochs)') in message
    assert 'net.initialize(' in message and 'gluon.Trainer(' in message


def test_a_wrong_call_that_fits_no_edition_mentions_none():
    with pytest.raises(TypeError) as info:
        d2l.train_ch5('net', 'train_iter')
    assert '0.10' not in str(info.value)
    assert "missing a required argument: 'test_iter'" in str(info.value)


CALLS = [       # a call of another edition, its edition, what to write
    ("train_ch3(net, 'it', 'it', 'loss', 3, lambda batch_size: None)",
     '0.10 to 0.17', 'with trainer=updater'),
    ("train_ch5(net, 'it', 'it', loss, 16, 'trainer', 'ctx', 1)",
     'gluonbook', 'without the loss'),
    ('Benchmark(description="Done")', '0.14', "Benchmark('Done')"),
    ('Residual(3, 6)', '0.13 to 0.17', 'without input_channels'),
    ('Residual(3, 6, use_1x1conv=True, strides=2)', '0.13 to 0.17',
     'without input_channels'),
    ("VOCSegDataset(True, (320, 480), 'VOC2012')", '0.10',
     'colormap2label[(r * 256 + g) * 256 + b] = i'),
    ('load_data_time_machine(32, 35)', '0.10', 'data_iter_random'),
    ('load_data_time_machine(batch_size=32, num_steps=35, '
     'use_random_iter=True)', '0.10', 'data_iter_random'),
    ('try_gpu(0)', '0.10', 'try_all_gpus()[i]'),
    ('try_gpu(i=1)', '0.10', 'try_all_gpus()[i]'),
    ("show_images([], 1, 2, titles=['a'])", '0.10', 'set_title'),
    ("show_images([], 1, 2, ['a'])", '0.10', 'set_title'),
    ('load_data_fashion_mnist(4, num_workers=4)', 'other loaders',
     'no worker processes'),
    ('resnet18(10, 3)', '0.16', 'without in_channels'),
    ('get_data_ch7(batch_size=10)', '0.10', 'data_iter('),
    ("train_2d('f', steps=30)", '0.10', '(x1, x2, s1, s2)'),
    ('grad_clipping(net, 1)', '0.16', 'p.data()'),
    ('grad_clipping(model=net, theta=1)', '0.10 to 0.15', 'p.data()'),
    ("train_2d('f', f_grad='g')", '0.16', '(x1, x2, s1, s2)'),
    ("read_imdb('../data', True)", '0.11', "'test'"),
]


@pytest.mark.parametrize('package', [d2l, d2lzh])
@pytest.mark.parametrize('call, edition, here', CALLS)
def test_a_call_of_another_edition_is_explained(
        call, edition, here, package):
    names = dict(vars(d2l), package=package, net=nn.Dense(1),
                 loss=mx.gluon.loss.SoftmaxCrossEntropyLoss())
    with pytest.raises(TypeError) as info:
        eval('package.' + call, names)
    name = call.partition('(')[0]
    message = str(info.value)
    assert 'look like the arguments of' in message and edition in message
    assert 'Call %s(' % name in message and here in message.split('Call ')[1]


def test_everything_with_other_calls_exists():
    assert set(calls._OTHERS) | calls._COMPUTING <= set(d2l.__all__)


@pytest.mark.parametrize('name', sorted(
    name for name in d2l._HOME
    if callable(getattr(d2l, name))))
@pytest.mark.parametrize('package', [d2l, d2lzh])
def test_a_call_that_does_not_fit_shows_the_signature(package, name):
    if name not in package.__all__:
        assert name in d2lzh._ABSENT
        return
    with pytest.raises(TypeError, match=r'Call %s\(' % name):
        getattr(package, name)(*range(40))


@pytest.mark.parametrize('call, near', [
    ('semilogy([1], [1], "x", "y", legnd=["a"])', 'legend'),
    ('train_ch7(1, 2, 3, 4, 5, num_epoch=3)', 'num_epochs'),
    ('load_data_fashion_mnist(batchsize=4)', 'batch_size'),
    ('Residual(6, use_1x1_conv=True)', 'use_1x1conv'),
    ('Benchmark(prefx="Done")', 'prefix'),
    ('data_iter(1, feature=2, labels=3)', 'features')])
def test_a_misspelt_keyword_suggests_the_nearest(call, near):
    with pytest.raises(TypeError, match=r'did you mean %s\?' % near):
        eval('d2l.' + call)


def test_an_error_inside_a_function_stays_as_it_is():
    with pytest.raises(AttributeError):
        d2l.squared_loss(1, 2)


@pytest.mark.parametrize('call', [
    'Residual(6, True, 2)', 'Residual(6, 1)', 'Residual(6, prefix="first_")',
    'RNNModel(mx.gluon.rnn.RNN(8), vocab_size=5, params=None)',
    'Benchmark()', 'History()'])
def test_calls_of_classes_make_instances(call):
    cls = getattr(d2l, call.partition('(')[0])
    assert type(eval('d2l.' + call)) is cls


def test_a_class_derived_from_one_of_the_edition_has_its_own_arguments():
    class Stem(d2l.Residual):
        def __init__(self, depth):
            super().__init__(num_channels=2 * depth)

    assert 'depth' in str(inspect.signature(Stem))
    with pytest.raises(TypeError, match="argument: 'depth'"):
        Stem()
    net = Stem(3)
    net.initialize()
    assert net(mx.nd.zeros((1, 6, 4, 4))).shape == (1, 6, 4, 4)


SET_NP = """
%s
import d2l
from mxnet import gluon
x = mx.np.ones((2, 3))
batches = [(x, mx.np.zeros(2))]
net = gluon.nn.Dense(2)
net.initialize()
for call in (
        'load_data_fashion_mnist(4)', 'data_iter(1, x, x)', 'resnet18(10)',
        'linreg(x, x.T, x[0, :1])', 'corr2d(x, x)', 'Residual(3)',
        'to_onehot(x, 4)', 'grad_clipping([x], 1, mx.cpu())',
        'evaluate_accuracy(batches, net)', 'RNNModel(gluon.rnn.RNN(2), 3)',
        'train_ch5(net, batches, batches, 2, None, mx.cpu(), 1)'):
    try:
        eval('d2l.' + call)
    except RuntimeError as error:
        assert str(error).startswith(call.partition('(')[0]), error
        assert 'mx.nd' in str(error) and 'npx.reset_np()' in str(error)
    else:
        raise AssertionError(call)
assert d2l.try_gpu() and d2l.squared_loss(x, x).sum() == 0
mx.npx.reset_np()
print(d2l.corr2d(mx.nd.ones((2, 2)), mx.nd.ones((2, 2))).sum().asscalar())
"""


@pytest.mark.parametrize('imports', [
    'import mxnet as mx; mx.npx.set_np()',
    'import d2l, mxnet as mx; mx.npx.set_np()',
    'import d2l, mxnet as mx; d2l.train_ch5, d2l.corr2d; mx.npx.set_np()'])
def test_after_set_np_one_error_says_what_this_edition_expects(imports):
    run = run_python(SET_NP % imports)
    assert run.stdout.splitlines()[-1:] == ['4.0'], run.stdout


def test_functions_can_be_pickled_and_listed():
    assert pickle.loads(pickle.dumps(d2l.sgd)) is d2l.sgd
    assert inspect.getsource(d2l.sgd).startswith('def sgd(')
