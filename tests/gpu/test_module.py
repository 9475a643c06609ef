"""mx.mod.Module on gpu(0), and on two GPUs, trains as on the CPU."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd, sym

ONE, TWO = [mx.gpu(0)], [mx.gpu(0), mx.gpu(1)]


def convolutional():
    x = sym.Convolution(sym.var('data'), num_filter=4, kernel=(3, 3))
    x = sym.BatchNorm(x, fix_gamma=False)
    x = sym.Activation(x, act_type='relu')
    x = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type='max')
    return sym.SoftmaxOutput(sym.FullyConnected(x, num_hidden=5),
                             name='softmax')


def batches(n=40):
    random = np.random.RandomState(0)
    return mx.io.NDArrayIter(random.rand(n, 2, 8, 8).astype('float32'),
                             random.randint(0, 5, n).astype('float32'),
                             batch_size=8, last_batch_handle='pad')


class Numbers(mx.init.Initializer):
    """The same numbers on all devices, others for each parameter."""

    def _init_weight(self, name, array):
        array[:] = nd.arange(array.size).reshape(array.shape).sin() * 0.3


def make(ctx, symbol=None, **kwargs):
    with mx.name.NameManager():
        return mx.mod.Module(convolutional() if symbol is None else symbol,
                             context=ctx, **kwargs)


def train(ctx, kvstore, optimizer, params, num_epoch=2):
    """The module, its metrics, predictions and parameters."""
    module, data = make(ctx), batches()
    module.fit(data, eval_data=batches(20), num_epoch=num_epoch,
               kvstore=kvstore, optimizer=optimizer,
               optimizer_params=params, initializer=Numbers(),
               eval_metric=['acc', 'ce'])
    score = [value for _, value in module.score(data, ['acc', 'ce'])]
    args, states = module.get_params()
    return [score, module.predict(data).asnumpy()] + [
        x.asnumpy() for _, x in sorted({**args, **states}.items())]


def assert_close(theirs, ours):
    for x, y in zip(theirs, ours):
        np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize('optimizer, params', [
    ('sgd', dict(learning_rate=0.1, momentum=0.9, wd=1e-3)),
    ('nag', dict(learning_rate=0.1, momentum=0.5, clip_gradient=0.1))])
def test_fit_score_and_predict(optimizer, params):
    assert_close(*[train(ctx, 'local', optimizer, params)
                   for ctx in (mx.cpu(), ONE)])


@pytest.mark.parametrize('kvstore', ['local', 'device'])
def test_two_gpus_share_the_batches(kvstore):
    params = dict(learning_rate=0.1, momentum=0.9)
    assert_close(*[train(ctx, kvstore, 'sgd', params)
                   for ctx in ([mx.cpu(0), mx.cpu(1)], TWO)])


def test_gradients_may_be_updated_outside_the_store(monkeypatch):
    monkeypatch.setenv('MXNET_UPDATE_ON_KVSTORE', '0')
    assert_close(*[train(ctx, 'device', 'sgd', dict(learning_rate=0.1))
                   for ctx in ([mx.cpu(0), mx.cpu(1)], TWO)])


@pytest.mark.filterwarnings(
    'ignore:Parameters already initialized',
    # MXNet leaves the file of the states open
    'ignore::pytest.PytestUnraisableExceptionWarning')
@pytest.mark.parametrize('ctx', [ONE, TWO])
def test_a_checkpoint_is_resumed(ctx, tmp_path):
    prefix, data = str(tmp_path / 'net'), batches()
    options = dict(optimizer='sgd', initializer=Numbers(), kvstore='device',
                   optimizer_params=dict(learning_rate=0.1, momentum=0.9))
    whole = make(ctx)
    whole.fit(data, num_epoch=2, **options)
    first = make(ctx)
    first.fit(data, num_epoch=1, **options)
    first.save_checkpoint(prefix, 1, save_optimizer_states=True)
    second = mx.mod.Module.load(prefix, 1, load_optimizer_states=True,
                                context=ctx)
    second.fit(data, num_epoch=2, begin_epoch=1, **options)
    for x, y in zip(whole.get_params(), second.get_params()):
        assert all((x[name] == y[name]).min().asscalar() for name in x)


def test_callbacks_metrics_and_a_monitor(tmp_path):
    seen = []
    monitor = mx.mon.Monitor(2, pattern='.*output')
    module = make(ONE)
    module.fit(batches(), num_epoch=1, initializer=Numbers(),
               monitor=monitor, eval_metric=mx.metric.TopKAccuracy(2),
               batch_end_callback=[mx.callback.Speedometer(8, 2),
                                   lambda p: seen.append(p.nbatch)],
               epoch_end_callback=mx.callback.do_checkpoint(
                   str(tmp_path / 'net')))
    assert seen == list(range(5))
    assert (tmp_path / 'net-0001.params').exists()


def test_a_batch_of_another_size_reshapes():
    def compute(ctx):
        module = make(ctx)
        module.bind([('data', (8, 2, 8, 8))], [('softmax_label', (8,))],
                    inputs_need_grad=True)
        module.init_params(Numbers())
        found = []
        for n in (8, 4, 6):
            x = nd.arange(n * 128).reshape((n, 2, 8, 8)).sin()
            module.forward(mx.io.DataBatch([x], [nd.arange(n) % 5]),
                           is_train=True)
            module.backward()
            # the next executor has the same memory
            found += [x.asnumpy() for x in (
                module.get_outputs() + module.get_input_grads())]
        return found
    for ctx in (ONE, TWO):
        theirs = [mx.cpu(i) for i in range(len(ctx))]
        assert_close(compute(theirs), compute(ctx))


def test_gradients_of_outputs_are_shared_out():
    def compute(ctx):
        y = sym.FullyConnected(sym.var('data'), num_hidden=3, name='fc')
        module = make(ctx, y, label_names=None)
        module.bind([('data', (4, 2))], inputs_need_grad=True)
        module.init_params(Numbers())
        module.forward(mx.io.DataBatch([nd.arange(8).reshape((4, 2))]))
        module.backward([nd.arange(12).reshape((4, 3))])
        return [x.asnumpy() for x in module.get_input_grads()]
    assert_close(compute([mx.cpu(0), mx.cpu(1)]), compute(TWO))


def recurrent(length):
    x = sym.Embedding(sym.var('data'), input_dim=10, output_dim=4,
                      name='embedding')
    cell = mx.rnn.LSTMCell(6, prefix='lstm_')
    outputs, _ = cell.unroll(length, x, merge_outputs=True)
    x = sym.FullyConnected(sym.reshape(outputs, (-1, 6)), num_hidden=10,
                           name='fc')
    label = sym.reshape(sym.var('softmax_label'), (-1,))
    return (sym.SoftmaxOutput(x, label, name='softmax'), ('data',),
            ('softmax_label',))


@pytest.mark.parametrize('first', [5, 3])
@pytest.mark.parametrize('ctx', [ONE, TWO])
def test_buckets_share_their_parameters(ctx, first):
    def compute(ctx):
        module = mx.mod.BucketingModule(recurrent, default_bucket_key=first,
                                        context=ctx)
        module.bind([('data', (4, first))], [('softmax_label', (4, first))])
        module.init_params(Numbers())
        module.init_optimizer(optimizer_params=dict(learning_rate=0.5))
        for key in (5, 3, 5, 3):
            x = nd.arange(4 * key).reshape((4, key)) % 10
            module.forward_backward(mx.io.DataBatch(
                [x], [(x + 1) % 10], bucket_key=key,
                provide_data=[('data', (4, key))],
                provide_label=[('softmax_label', (4, key))]))
            module.update()
        return [x.asnumpy() for _, x in sorted(module.get_params()[0]
                                               .items())]
    assert_close(compute([mx.cpu(i) for i in range(len(ctx))]), compute(ctx))


def test_sentences_are_fitted_bucket_by_bucket():
    data = mx.rnn.BucketSentenceIter(
        [[(start + i) % 9 + 1 for i in range(n)]
         for n in (3, 5) for start in range(12)], 4, buckets=[3, 5],
        invalid_label=0)
    module = mx.mod.BucketingModule(recurrent, data.default_bucket_key,
                                    context=ONE)
    metric = mx.metric.Perplexity(0)
    module.fit(data, num_epoch=10, eval_metric=metric, optimizer='adam',
               optimizer_params=dict(learning_rate=0.1))
    assert module.score(data, metric)[0][1] < 5     # of 10
