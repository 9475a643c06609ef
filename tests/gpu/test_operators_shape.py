"""Operators that move, cut, join, index and create, as on the CPU."""
import mxnet as mx
import numpy as np
import pytest
from case import Case
from comparison import call, check
from mxnet import autograd, nd
from mxnet.base import MXNetError

# what the fallback computes is compared as well
pytestmark = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU')


def normal(*shape, dtype='float32', seed=0):
    return np.random.RandomState(seed).normal(size=shape).astype(dtype)


def below(n, *shape, dtype='float32', seed=0):
    return np.random.RandomState(seed).randint(0, n, shape).astype(dtype)


X, M = normal(2, 3, 4), normal(3, 4)
IMAGE = normal(1, 2, 3, 4)
OUTSIDE = np.array([[0, 2], [-1, 5]], 'float32')
LENGTHS = np.array([1, 4, 2], 'float32')
SEQUENCE = normal(4, 3, 2)


def cases(op, inputs, *params, **more):
    return [Case(op, inputs, p, **more) for p in params or [{}]]


SHAPES = [
    *cases('Reshape', [M], *(dict(shape=s) for s in (
        (4, 3), (-1,), (0, -1), (-2, 1), (-3,), (0, -4, 2, -1),
        (-4, 1, -1, -2), (2, -1), (5, 5), (-1, -1)))),
    *cases('Reshape', [X], *(dict(shape=s, reverse=r) for r in (0, 1)
                             for s in ((-1, 0), (0, -3), (-4, -1, 2, 0, 0),
                                       (-2,), (4, -1)))),
    *cases('Flatten', [X]), *cases('Flatten', [normal(3)]),
    *cases('expand_dims', [X], dict(axis=1), dict(axis=-1), dict(axis=4)),
    *cases('transpose', [X], {}, dict(axes=(1, 0, 2)), dict(axes=(2, 0, 1))),
    *cases('SwapAxis', [X], dict(dim1=0, dim2=2), dict(dim1=0, dim2=-1),
           dict(dim1=1, dim2=1)),
    *cases('squeeze', [normal(1, 3, 1)], {}, dict(axis=0), dict(axis=(0, 2)),
           dict(axis=-1), dict(axis=1)),
    *cases('squeeze', [normal(1, 1)]),
    *cases('reshape_like', [normal(4, 3), M]),
    *cases('reshape_like', [normal(30, 7), normal(15, 2, 4)], dict(
        lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2)),
    *cases('tile', [M], dict(reps=(2, 1, 2)), dict(reps=(2,)),
           dict(reps=(2, 3))),
    *cases('repeat', [M], dict(repeats=2), dict(repeats=2, axis=1),
           dict(repeats=3, axis=-2)),
    *cases('reverse', [X], dict(axis=1), dict(axis=(0, 2))),
    *cases('broadcast_to', [normal(1, 4)], dict(shape=(3, 0)),
           dict(shape=(3, 4)), dict(shape=(3, 5))),
    *cases('broadcast_axis', [normal(1, 4, 1)],
           dict(axis=(0, 2), size=(2, 3)), dict(axis=1, size=2)),
    *cases('broadcast_like', [normal(1, 4), M], {},
           dict(lhs_axes=(0,), rhs_axes=(0,))),
    *cases('diag', [M], {}, dict(k=1), dict(k=-2)),
    *cases('diag', [normal(3)], dict(k=-1)),
    *cases('diag', [X], {}, dict(axis1=1, axis2=2)),
    *cases('shape_array', [X], differentiate=0),
    *cases('size_array', [X], differentiate=0),
    *cases('depth_to_space', [normal(1, 8, 2, 3)], dict(block_size=2),
           dict(block_size=3)),
    *cases('space_to_depth', [normal(1, 2, 4, 6)], dict(block_size=2)),
]

SLICES = [
    *cases('slice', [M], dict(begin=(0, 1), end=(2, 3)),
           dict(begin=(None, -1), end=(None, None)),
           dict(begin=(2, 3), end=(0, 0), step=(-1, -2)),
           dict(begin=(0,), end=(-1,)), dict(begin=(1,), end=(9,)),
           dict(begin=(None, None), end=(None, None), step=(-1, None)),
           dict(begin=(0, 0), end=(3, 4), step=(2, 3)),
           dict(begin=(2,), end=(1,))),
    *cases('slice_axis', [X], dict(axis=1, begin=1, end=None),
           dict(axis=-1, begin=-3, end=-1), dict(axis=0, begin=0, end=9)),
    *cases('slice_like', [X, normal(1, 2, 2)], {}, dict(axes=(1,)),
           dict(axes=(-1,))),
    *cases('SliceChannel', [X], dict(num_outputs=2, axis=2),
           dict(num_outputs=3, squeeze_axis=True),
           dict(num_outputs=2, axis=1), dict(num_outputs=1, axis=1)),
    *cases('_split_v2', [X], dict(indices=(0, 1, 3), axis=2),
           *(dict(indices=(0,), sections=n, axis=2) for n in (2, 3, 5)),
           dict(indices=(0,), sections=3, axis=1, squeeze_axis=True)),
    *cases('Concat', [normal(2, 3), normal(2, 4)], dict(dim=1, num_args=2),
           dict(dim=-1, num_args=2), dict(dim=0, num_args=2)),
    *cases('stack', [normal(2, 3), normal(2, 3)], dict(axis=1, num_args=2),
           dict(axis=-1, num_args=2), dict(num_args=2)),
    *cases('Pad', [IMAGE], *(dict(
        mode=mode, pad_width=(0, 0, 0, 0, 1, 2, 2, 1), constant_value=7)
        for mode in ('constant', 'edge', 'reflect', 'no'))),
    *cases('Crop', [normal(1, 2, 6, 6)], dict(
        h_w=(3, 4), num_args=1, offset=(1, 2))),
    *cases('_slice_assign', [M, normal(2, 2)],
           dict(begin=(0, 1), end=(2, 3)), differentiate=0, out=(0,)),
    *cases('_slice_assign_scalar', [M], dict(
        begin=(0, 1), end=(2, 3), scalar=5.), differentiate=0, out=(0,)),
]

INDICES = [
    *cases('take', [M, OUTSIDE], dict(mode='clip'), dict(mode='wrap'),
           differentiate=1),
    *cases('take', [M, below(3, 2, dtype='int32')], *(
        dict(axis=axis, mode=mode) for axis in (0, 1, -1)
        for mode in ('clip', 'wrap', 'raise'))),
    *cases('batch_take', [M, below(4, 3, dtype='int32')], differentiate=0),
    *cases('Embedding', [below(5, 2, 3, dtype='int32'), normal(5, 4)],
           dict(input_dim=5, output_dim=4)),
    *cases('Embedding', [OUTSIDE.astype('int32'), normal(5, 4)],
           dict(input_dim=5, output_dim=4)),
    *cases('one_hot', [np.array([0, 2, -1, 9], 'float32')], dict(depth=3),
           dict(depth=3, on_value=5, off_value=1, dtype='int32'),
           dict(depth=0), differentiate=0),
    *cases('gather_nd', [M, below(3, 2, 5)], differentiate=1),
    *cases('gather_nd', [M, below(3, 1, 5, dtype='int32')]),
    *cases('scatter_nd', [normal(2), np.array([[0, 1], [2, 3]], 'int32')],
           dict(shape=(3, 4))),
    *cases('_ravel_multi_index', [below(3, 2, 4)], dict(shape=(3, 4)),
           differentiate=0),
    *cases('_unravel_index', [below(12, 5)], dict(shape=(3, 4)),
           differentiate=0),
    *cases('_contrib_boolean_mask', [M, np.array([1, 0, 1], 'float32')],
           differentiate=1),
    *cases('_contrib_index_copy', [M, np.array([2, 0], 'int32'),
                                   normal(2, 4, seed=1)]),
    *cases('_contrib_index_array', [M], {}, dict(axes=(1,)),
           differentiate=0),
    *cases('choose_element_0index', [M, np.array([0, 3, 1], 'float32')],
           differentiate=1),
    *cases('fill_element_0index', [M, normal(3), np.array([0, 3, 1], 'f')],
           differentiate=0),
]

SEQUENCES = [
    *cases('SequenceMask', [SEQUENCE, LENGTHS], dict(
        use_sequence_length=True, value=-1), differentiate=1),
    *cases('SequenceMask', [M, LENGTHS], dict(
        use_sequence_length=True, axis=1), differentiate=1),
    *cases('SequenceMask', [SEQUENCE]),
    *cases('SequenceLast', [SEQUENCE, LENGTHS], dict(
        use_sequence_length=True), differentiate=1),
    *cases('SequenceLast', [normal(3, 4, 2), LENGTHS], dict(
        use_sequence_length=True, axis=1), differentiate=1),
    *cases('SequenceLast', [SEQUENCE], {}, dict(axis=1), differentiate=0),
    *cases('SequenceReverse', [SEQUENCE, LENGTHS], dict(
        use_sequence_length=True), differentiate=1),
    *cases('SequenceReverse', [SEQUENCE]),
]

CREATION = [
    *cases('_zeros', [], dict(shape=(2, 3)), dict(shape=(2,), dtype='bool')),
    *cases('_ones', [], dict(shape=(2, 3), dtype='int32')),
    *cases('_full', [], dict(shape=(2, 3), value=2.5),
           dict(shape=(2, 3), value=2, dtype='int64')),
    *cases('_arange', [], dict(start=0, stop=5, step=1.5),
           dict(start=4, repeat=2, dtype='int32'), dict(start=5, stop=5),
           dict(start=5, stop=0, step=-2), dict(start=0, stop=1, step=.1)),
    *cases('_eye', [], dict(N=3, M=4, k=1), dict(N=3), dict(N=3, k=-1)),
    *cases('_linspace', [], dict(start=0, stop=1, num=5, endpoint=False),
           dict(start=2, stop=1, num=4), dict(start=2, stop=1, num=1)),
    *cases('_contrib_arange_like', [M], dict(axis=0), {}, dict(axis=1,
           start=2, step=3), differentiate=0),
]

PRODUCTS = [
    *cases('dot', [M, normal(4, 2)]),
    *cases('dot', [normal(4, 3), normal(2, 4)],
           dict(transpose_a=True, transpose_b=True)),
    *cases('dot', [normal(4), normal(4)]),
    *cases('dot', [X, normal(4, 5, 2)]), *cases('dot', [M, normal(4)]),
    *cases('dot', [X, normal(2, 5)], dict(transpose_a=True)),
    *cases('dot', [M, M]),
    *cases('batch_dot', [X, normal(2, 5, 4)], dict(transpose_b=True)),
    *cases('batch_dot', [X, normal(2, 3, 5)], dict(transpose_a=True)),
    *cases('batch_dot', [X, X]),
    *cases('_linalg_gemm2', [X, normal(2, 4, 2)], dict(alpha=2.)),
    *cases('_linalg_gemm', [X, normal(2, 4, 2), normal(2, 3, 2)],
           dict(alpha=2., beta=.5)),
    *(case for axis in (0, 1, -2, -3, -1) for case in (
        *cases('_linalg_gemm2', [normal(2, 3, 2, 3)] * 2,
               dict(axis=axis, transpose_b=True)),
        *cases('_linalg_gemm', [normal(2, 3, 2, 3)] * 2 + [
            normal(2, 3, 2, 2)], dict(axis=axis, transpose_b=True)))),
    *cases('_linalg_gemm2', [normal(1, 2, 3), normal(2, 3, 2)]),
    *cases('batch_dot', [normal(1, 2, 3), normal(2, 3, 2)]),
    *cases('batch_dot', [M, normal(4, 2)]),
    *(case for op in ('Concat', 'stack', 'add_n') for case in cases(
        op, [M, M.astype('float64')], dict(num_args=2))),
    *cases('add_n', [M, M[:1]], dict(num_args=2)),
    *cases('where', [M, M, M.astype('float64')]),
    *cases('_linalg_syrk', [M], {}, dict(transpose=True, alpha=2.)),
    *cases('khatri_rao', [normal(2, 3), normal(4, 3)], dict(num_args=2),
           differentiate=0),
    *(case for x in (X, M, normal(4)) for case in cases(
        'L2Normalization', [x], {}, dict(mode='channel'),
        dict(mode='spatial'))),
]
POSITIVE = np.matmul(M, M.T) + 2 * np.eye(3, dtype='float32')
PRODUCTS += [
    *(case for op in ('_linalg_potrf', '_linalg_det', '_linalg_inverse',
                      '_linalg_slogdet', '_linalg_sumlogdiag',
                      '_linalg_extractdiag', '_linalg_extracttrian')
      for case in cases(op, [POSITIVE], scale=10)),
    *cases('_linalg_potrf', [POSITIVE], dict(lower=False), scale=10),
    *cases('_linalg_potri', [np.linalg.cholesky(POSITIVE)], scale=10),
    *cases('_linalg_makediag', [normal(3)], {}, dict(offset=1)),
    *cases('_linalg_maketrian', [normal(6)]),
    *(case for op in ('_linalg_trmm', '_linalg_trsm')
      for case in cases(op, [np.linalg.cholesky(POSITIVE), M], {},
                        dict(transpose=True), scale=10)),
]


@pytest.mark.parametrize('case', [
    *SHAPES, *SLICES, *INDICES, *SEQUENCES, *CREATION, *PRODUCTS], ids=str)
def test_operators(case):
    check(case)
    if case.inputs and case.inputs[0].dtype == 'float32':
        inputs = [x.astype('float64') if x.dtype == 'float32' else x
                  for x in case.inputs]
        check(Case(case.op, inputs, case.params, case.train,
                   case.differentiate, case.out, scale=case.scale))


@pytest.mark.parametrize('axis', [0, 1])
def test_the_last_steps_have_the_gradient(axis):    # the CPU's is wrong
    x = nd.array(SEQUENCE, mx.gpu(0))
    x.attach_grad()
    with autograd.record():
        y = nd.SequenceLast(x, axis=axis)
    head = nd.array(normal(*y.shape), mx.gpu(0))
    y.backward(head)
    expected = np.zeros_like(SEQUENCE)
    expected[(slice(None),) * axis + (-1,)] = head.asnumpy()
    np.testing.assert_array_equal(x.grad.asnumpy(), expected)


@pytest.mark.parametrize('op, params, told', [
    ('expand_dims', {}, 'parameter axis .*expand_dims'),
    ('expand_dims', dict(axis=1, axes=1), "'axes'.*axis : int"),
    ('expand_dims', dict(axis='a'), "axis .* value='a'"),
    ('topk', dict(ret_typ='all'), "'all'.*'both', 'indices'"),
    ('Dropout', dict(p=2), 'value 2 for Parameter p .*Dropout'),
    ('Concat', dict(axis=1), "'axis'.*dim : int"),
    ('_plus_scalar', dict(scalar='a'), 'scalar.*a')])
def test_wrong_parameters_are_refused_as_on_the_cpu(op, params, told):
    for ctx in (mx.cpu(), mx.gpu(0)):
        with pytest.raises(MXNetError, match='(?s)' + told):
            call(op, [nd.ones((2, 3), ctx=ctx)], params)


def test_a_number_that_is_new_is_looked_at():
    x = nd.ones((2, 3), ctx=mx.gpu(0))
    call('_plus_scalar', [x], dict(scalar=1))
    with pytest.raises(MXNetError, match='scalar'):
        call('_plus_scalar', [x], dict(scalar='a'))
    with pytest.raises(MXNetError, match='parameter lr'):
        call('sgd_update', [x, x], dict(wd=0))


def test_a_shape_that_does_not_fit_is_refused():
    x = nd.ones((3, 4), ctx=mx.gpu(0))
    for shape in ((5, -1), (2, 3)):     # MXNet's CPU code ends the process
        with pytest.raises(MXNetError, match='Reshape'):
            nd.Reshape(x, shape=shape)


@pytest.mark.parametrize('shape', [
    (4, 3), (2, 2), (5,), (13,), (7, -1), (0, 0), (0, 0, 0), (4, 0), (-3,),
    (-3, -3), (-4, 1, 2, 0), (-4, 3, 1, 0), (1, -1, 5), (-2, 1), (-1, -1),
    (0, -4, 2, -1), (0, -4, 2), (-4, 0, 3, 0), (-5,)], ids=str)
@pytest.mark.parametrize('reverse', [False, True])
def test_reshape_gives_or_refuses_as_on_the_cpu(shape, reverse):
    def reshape(ctx):
        x = nd.array(M, ctx)
        try:
            y = x.reshape(shape, reverse=reverse)
        except (MXNetError, ValueError) as error:
            return type(error)
        y[:] += 1
        return y.asnumpy().tolist(), x.asnumpy().tolist()

    assert reshape(mx.cpu()) == reshape(mx.gpu(0))
