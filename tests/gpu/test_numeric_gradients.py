"""Gradients on gpu(0), compared with differences of values there.

This does not ask MXNet's CPU code, which is the oracle of the other tests.
"""
import mxnet as mx
import numpy as np
import pytest
from mxnet import sym
from mxnet.test_utils import check_numeric_gradient

X, W, Y = sym.var('x'), sym.var('w'), sym.var('y')
EYE = sym.eye(3, dtype='float64')
LENGTHS = np.array([2., 3.])
BOXES = np.array([[0, 0, 0, 3, 3], [0, 1, 1, 5, 4.]])

# name: symbol, shapes of its arguments, arguments without a gradient
SYMBOLS = dict(
    lrn=(sym.LRN(X, nsize=3), dict(x=(2, 5, 3, 3)), {}),
    group_norm=(sym.GroupNorm(X, num_groups=2), dict(x=(2, 4, 3, 3)), {}),
    l2_normalization=(sym.L2Normalization(X, mode='channel'),
                      dict(x=(2, 3, 4)), {}),
    prelu=(sym.LeakyReLU(X, W, act_type='prelu'), dict(x=(2, 3, 4), w=(3,)),
           {}),
    selu=(sym.LeakyReLU(X, act_type='selu'), dict(x=(2, 3)), {}),
    gelu=(sym.LeakyReLU(X, act_type='gelu'), dict(x=(2, 3)), {}),
    softmax_of_a_length=(
        sym.softmax(X, sym.var('l'), use_length=True, axis=1),
        dict(x=(2, 3), l=(2,)), dict(l=LENGTHS)),
    cross_entropy=(sym.softmax_cross_entropy(X, Y), dict(x=(4, 3), y=(4,)),
                   dict(y=np.array([0., 2, 1, 1]))),
    ctc=(sym.CTCLoss(X, Y), dict(x=(5, 2, 4), y=(2, 2)),
         dict(y=np.array([[1, 2], [3, 1.]]))),
    norm=(sym.norm(X, ord=1, axis=1), dict(x=(2, 3)), {}),
    moments=(sym.moments(X, axes=(0, 2))[1], dict(x=(2, 3, 4)), {}),
    pad=(sym.Pad(X, mode='reflect', pad_width=(0, 0, 0, 0, 1, 1, 1, 1)),
         dict(x=(1, 2, 3, 3)), {}),
    depth_to_space=(sym.depth_to_space(X, block_size=2),
                    dict(x=(1, 4, 2, 3)), {}),
    gather=(sym.gather_nd(X, Y), dict(x=(3, 4), y=(2, 3)),
            dict(y=np.array([[0, 1, 0], [2, 0, 2.]]))),
    scatter=(sym.scatter_nd(X, Y, shape=(3, 3)), dict(x=(3,), y=(2, 3)),
             dict(y=np.array([[0, 1, 2], [2, 0, 1.]]))),
    topk=(sym.topk(X, k=2, ret_typ='value', axis=1), dict(x=(2, 5)), {}),
    sequence=(sym.SequenceReverse(X, Y, use_sequence_length=True),
              dict(x=(4, 2, 3), y=(2,)), dict(y=LENGTHS)),
    roi_pooling=(sym.ROIPooling(X, Y, pooled_size=(2, 2), spatial_scale=1),
                 dict(x=(1, 2, 6, 6), y=(2, 5)), dict(y=BOXES)),
    roi_align=(sym.contrib.ROIAlign(X, Y, pooled_size=(2, 2),
                                    spatial_scale=1, sample_ratio=2),
               dict(x=(1, 2, 6, 6), y=(2, 5)), dict(y=BOXES)),
    sampler=(sym.BilinearSampler(X, Y), dict(x=(1, 2, 5, 5), y=(1, 2, 3, 3)),
             {}),
    transformer=(sym.SpatialTransformer(
        X, Y, target_shape=(4, 4), transform_type='affine',
        sampler_type='bilinear'), dict(x=(1, 2, 5, 5), y=(1, 6)), {}),
    correlation=(sym.Correlation(X, W, kernel_size=1, max_displacement=1,
                                 pad_size=1),
                 dict(x=(1, 2, 4, 4), w=(1, 2, 4, 4)), {}),
    resize=(sym.contrib.BilinearResize2D(X, height=5, width=4),
            dict(x=(1, 2, 3, 3)), {}),
    adaptive_pooling=(sym.contrib.AdaptiveAvgPooling2D(
        X, output_size=(2, 3)), dict(x=(1, 2, 5, 7)), {}),
    lp_pooling=(sym.Pooling(X, kernel=(2, 2), pool_type='lp', p_value=2),
                dict(x=(1, 2, 3, 3)), {}),
    convolution_3d=(sym.Convolution(X, kernel=(2, 2, 2), num_filter=2),
                    dict(x=(1, 2, 3, 3, 3)), {}),
    gemm=(sym.linalg.gemm(X, W, Y, alpha=2, beta=.5, transpose_a=True),
          dict(x=(3, 2), w=(3, 4), y=(2, 4)), {}),
    cholesky=(sym.linalg.potrf(sym.linalg.syrk(X) + EYE), dict(x=(3, 4)),
              {}),
    determinant=(sym.linalg.det(X + 3 * EYE), dict(x=(3, 3)), {}),
    triangular=(sym.linalg.trsm(X + 3 * EYE, W), dict(x=(3, 3), w=(3, 2)),
                {}),
    broadcast=(sym.broadcast_hypot(X, W) + sym.broadcast_maximum(X, W),
               dict(x=(2, 3), w=(1, 3)), {}),
    special=(sym.erfinv(X * 0.5) + sym.gammaln(X + 2) + sym.gamma(X + 2)
             + sym.rcbrt(X + 2), dict(x=(2, 3)), {}),
)


@pytest.mark.filterwarnings('ignore:operator .* has no code for this GPU')
@pytest.mark.parametrize('name', SYMBOLS)
def test_gradients_are_those_of_the_values(name):
    symbol, shapes, given = SYMBOLS[name]
    random = np.random.RandomState(0)
    shapes, _, _ = symbol.infer_shape(**shapes)
    location = {n: given.get(n, random.uniform(.1, .9, shape)
                             * random.choice([-1, 1], shape))
                for n, shape in zip(symbol.list_arguments(), shapes)}
    check_numeric_gradient(
        symbol, location, grad_nodes=[n for n in location if n not in given],
        numeric_eps=1e-5, rtol=1e-3, atol=1e-4, dtype=np.float64,
        ctx=mx.gpu(0))
