"""mx.test_utils, which MXNet tests its operators with, on gpu(0)."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import sym, test_utils

GPU = mx.gpu(0)
X, W, Y = sym.var('x'), sym.var('w'), sym.var('y')

# name: symbol, shapes of its arguments (the others follow), arguments that
# are given because any numbers will not do
SYMBOLS = dict(
    convolution=(sym.Convolution(X, num_filter=3, kernel=(3, 2), pad=(1, 0),
                                 stride=(2, 1), name='conv'),
                 dict(x=(2, 4, 6, 5)), {}),
    convolution_in_groups=(
        sym.Convolution(X, num_filter=4, kernel=(3,), num_group=2,
                        dilate=(2,), no_bias=True), dict(x=(2, 4, 9)), {}),
    deconvolution=(sym.Deconvolution(X, num_filter=3, kernel=(3, 3),
                                     stride=(2, 2), adj=(1, 1)),
                   dict(x=(2, 4, 3, 4)), {}),
    max_pooling=(sym.Pooling(X, kernel=(3, 3), stride=(2, 2), pad=(1, 1),
                             pool_type='max', pooling_convention='full'),
                 dict(x=(2, 3, 7, 6)), {}),
    average_pooling=(sym.Pooling(X, kernel=(2, 2), pool_type='avg',
                                 stride=(2, 2)), dict(x=(2, 3, 6, 6)), {}),
    batch_norm=(sym.BatchNorm(X, fix_gamma=False, eps=1e-3),
                dict(x=(4, 3, 5, 2)), {}),
    layer_norm=(sym.LayerNorm(X, axis=1), dict(x=(4, 3, 5)), {}),
    softmax=(sym.softmax(X, axis=1, temperature=2), dict(x=(3, 4, 2)), {}),
    embedding=(sym.Embedding(X, input_dim=5, output_dim=3),
               dict(x=(2, 4)), dict(x=np.array([[0, 4, 2, 2], [1, 1, 0, 3]],
                                               'float32'))),
    concat=(sym.Concat(X, W, X * 2, dim=1), dict(x=(2, 3), w=(2, 4)), {}),
    slices=(sym.Group([sym.slice(X, begin=(0, 1), end=(2, None),
                                 step=(1, 2)),
                       sym.slice_axis(X, axis=0, begin=1, end=3)]),
            dict(x=(3, 6)), {}),
    split=(sym.Group(list(sym.split(X, num_outputs=3, axis=1))),
           dict(x=(2, 6, 2)), {}),
    reductions=(sym.Group([sym.sum(X, axis=(0, 2)), sym.mean(X, axis=1),
                           sym.max(X, axis=2, keepdims=True),
                           sym.norm(X, axis=1)]), dict(x=(2, 3, 4)), {}),
    dot=(sym.dot(X, W, transpose_b=True), dict(x=(3, 4), w=(5, 4)), {}),
    batch_dot=(sym.batch_dot(X, W), dict(x=(2, 3, 4), w=(2, 4, 5)), {}),
    broadcast=(sym.broadcast_mul(sym.broadcast_add(X, W), X),
               dict(x=(2, 3, 4), w=(1, 3, 1)), {}),
    transpose=(sym.reshape(sym.transpose(X, (2, 0, 1)), (-1, 2)),
               dict(x=(2, 3, 4)), {}),
    dense=(sym.LeakyReLU(sym.FullyConnected(X, num_hidden=4), slope=0.1),
           dict(x=(3, 2, 2)), {}),
    take=(sym.take(W, X, axis=1, mode='clip'), dict(x=(3,), w=(2, 5)),
          dict(x=np.array([0, 4, 2], 'float32'))),
    rnn=(sym.RNN(X, W, sym.var('h'), sym.var('c'), state_size=3,
                 num_layers=2, mode='lstm', bidirectional=True,
                 state_outputs=True), dict(x=(4, 2, 3)), {}),
    resizing=(sym.UpSampling(X, scale=2, sample_type='nearest'),
              dict(x=(1, 2, 3, 3)), {}),
    loss=(sym.smooth_l1(X - Y, scalar=2), dict(x=(3, 4), y=(3, 4)), {}),
    scalars=(1 / (2 + sym.exp(X * 0.5) ** 2) - X, dict(x=(3, 4)), {}),
)


@pytest.mark.parametrize('grad_req', ['write', 'add'])
@pytest.mark.parametrize('name', SYMBOLS)
def test_check_consistency(name, grad_req):
    symbol, shapes, given = SYMBOLS[name]
    test_utils.check_consistency(
        symbol, [dict(ctx=ctx, **shapes) for ctx in (mx.cpu(), GPU)],
        grad_req={n: 'null' if n in given else grad_req
                  for n in symbol.list_arguments()}, arg_params=dict(given))


@pytest.mark.parametrize('name', [
    name for name, (symbol, _, _) in SYMBOLS.items()
    if len(symbol.list_outputs()) == 1])
def test_check_numeric_gradient(name):
    symbol, shapes, given = SYMBOLS[name]
    random = np.random.RandomState(0)
    arguments, _, states = symbol.infer_shape(**shapes)
    location = {n: given.get(n, random.uniform(-1, 1, shape)) for n, shape in
                zip(symbol.list_arguments(), arguments)}
    test_utils.check_numeric_gradient(
        symbol, location, [np.full(s, 0.5) for s in states],
        grad_nodes=[n for n in location if n not in given],
        numeric_eps=1e-4, rtol=1e-3, atol=1e-4, dtype=np.float64, ctx=GPU)


@pytest.mark.parametrize('function, derivative', [
    (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    (np.square, lambda x: 2 * x),
    (np.exp, np.exp)])
def test_check_symbolic_forward_and_backward(function, derivative):
    symbol = getattr(sym, function.__name__)(X)
    x, grad = np.random.RandomState(0).randn(2, 3, 4).astype('float32')
    test_utils.check_symbolic_forward(symbol, [x], [function(x)], ctx=GPU)
    test_utils.check_symbolic_backward(
        symbol, [x], [grad], [grad * derivative(x)], ctx=GPU)
    with pytest.raises(AssertionError):
        test_utils.check_symbolic_backward(
            symbol, [x], [grad], [grad * derivative(x) + 1], ctx=GPU)


@pytest.mark.parametrize('name', ['convolution', 'dense', 'softmax'])
def test_dtypes_agree(name):
    symbol, shapes, _ = SYMBOLS[name]
    test_utils.check_consistency(symbol, [
        dict(ctx=ctx, type_dict=dict(x=dtype), **shapes)
        for ctx, dtype in ((mx.cpu(), 'float64'), (GPU, 'float64'),
                           (GPU, 'float32'), (GPU, 'float16'))])


def detector():
    """A small single-shot detector: losses, targets, cut gradients."""
    x = sym.Activation(sym.Convolution(X, num_filter=4, kernel=(3, 3),
                                       pad=(1, 1)), act_type='relu')
    anchors = sym.contrib.MultiBoxPrior(x, sizes=(0.4, 0.7), ratios=(1, 2))
    classes, boxes = (sym.flatten(sym.transpose(sym.Convolution(
        x, num_filter=n, kernel=(3, 3), pad=(1, 1)), (0, 2, 3, 1)))
        for n in (3 * 3, 3 * 4))
    scores = sym.transpose(sym.reshape(classes, (0, -1, 3)), (0, 2, 1))
    target, mask, labels = sym.contrib.MultiBoxTarget(
        anchors, Y, scores, overlap_threshold=0.5, ignore_label=-1,
        negative_mining_ratio=3, negative_mining_thresh=0.5)
    class_loss = sym.SoftmaxOutput(
        scores, labels, ignore_label=-1, use_ignore=True, multi_output=True,
        normalization='valid', grad_scale=1)
    box_loss = sym.MakeLoss(
        sym.smooth_l1(mask * (boxes - target), scalar=1), grad_scale=1,
        normalization='valid')
    found = sym.contrib.MultiBoxDetection(
        sym.BlockGrad(class_loss), sym.BlockGrad(boxes), anchors,
        nms_threshold=0.5)
    return sym.Group([class_loss, box_loss, sym.BlockGrad(labels),
                      sym.BlockGrad(found)])


def test_a_detector_computes_as_on_the_cpu():
    found = []
    for ctx in (mx.cpu(), GPU):
        executor = detector().simple_bind(ctx, x=(2, 3, 6, 6), y=(2, 2, 5))
        random = np.random.RandomState(0)
        for _, array in sorted(executor.arg_dict.items()):
            array[:] = random.uniform(-0.3, 0.3, array.shape)
        executor.arg_dict['y'][:] = np.array(
            [[[0, .1, .1, .6, .5], [1, .5, .4, .9, .9]],
             [[1, .2, .3, .7, .8], [-1, -1, -1, -1, -1]]])
        executor.forward(is_train=True)
        executor.backward()
        found.append([x.asnumpy()
                      for x in executor.outputs + executor.grad_arrays])
    for theirs, ours in zip(*found):
        np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-5)
