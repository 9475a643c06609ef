"""Sparse arrays stay on the CPU: a GPU refuses them, and says what to do."""
import mxnet as mx
import numpy as np
import pytest
from comparison import call
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError

GPU = mx.gpu(0)
DENSE = np.array([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 0]], 'float32')


@pytest.fixture
def dense():
    return nd.array(DENSE, GPU)


@pytest.fixture(params=['csr', 'row_sparse'])
def stype(request):
    return request.param


def refused():
    return pytest.raises(MXNetError,
                         match=r"sparse.*mx\.cpu\(\).*tostype\('default'\)")


@pytest.mark.parametrize('make', [
    lambda: nd.sparse.csr_matrix(([1., 2.], [0, 1], [0, 1, 2]),
                                 shape=(2, 3), ctx=GPU),
    lambda: nd.sparse.row_sparse_array(([[1., 2.]], [0]), shape=(3, 2),
                                       ctx=GPU)])
def test_making_one_is_refused(make):
    with refused():
        make()


@pytest.mark.parametrize('make', [
    nd.zeros, nd.empty,
    lambda shape, ctx, stype: nd.sparse.zeros(stype, shape, ctx),
    lambda shape, ctx, stype: mx.test_utils.rand_ndarray(shape, stype,
                                                         ctx=ctx)])
def test_making_one_of_a_shape_is_refused(make, stype):
    with refused():
        make((3, 4), ctx=GPU, stype=stype)


@pytest.mark.parametrize('copy', [
    lambda x: x.as_in_context(GPU), lambda x: x.copyto(GPU),
    lambda x: x.copyto(nd.zeros((3, 4), GPU)),
    lambda x: nd.array(x, ctx=GPU), lambda x: nd.sparse.array(x, ctx=GPU),
    lambda x: gluon.utils.split_and_load(x, [GPU])])
def test_copying_one_to_a_gpu_is_refused(copy, stype):
    with refused():
        copy(nd.array(DENSE).tostype(stype))


def test_converting_is_refused(dense, stype):
    with refused():
        dense.tostype(stype)
    with refused():
        nd.cast_storage(dense, stype=stype)
    with refused():
        dense.copyto(nd.sparse.zeros(stype, (3, 4)))
    assert dense.tostype('default').asnumpy().tolist() == DENSE.tolist()


def test_what_the_errors_say_works(dense, stype):
    sparse = dense.as_in_context(mx.cpu()).tostype(stype)
    again = sparse.tostype('default').as_in_context(GPU)
    assert again.context == GPU and (again.asnumpy() == DENSE).all()


@pytest.mark.parametrize('compute', [
    nd.dot, nd.sparse.dot, nd.sparse.add, nd.elemwise_add,
    lambda sparse, dense: sparse + dense])
def test_sparse_and_dense_on_two_devices_are_refused(compute, dense, stype):
    sparse = nd.array(DENSE).tostype(stype)
    with pytest.raises(MXNetError, match='must be on one device'):
        compute(sparse, dense)


@pytest.mark.parametrize('name', ['_sparse_retain', '_square_sum'])
def test_operators_of_sparse_arrays_alone_are_refused(name, dense):
    indices = [nd.array([0], GPU)] if 'retain' in name else []
    with refused():
        call(name, [dense, *indices], {} if indices else dict(axis=1))


def test_sparse_gradients_of_embeddings_are_refused():
    net = gluon.nn.Embedding(5, 3, sparse_grad=True)
    with refused():
        net.initialize(ctx=GPU)
        with autograd.record():
            net(nd.array([0, 1], GPU)).sum().backward()


@pytest.mark.parametrize('which', ['stype', 'grad_stype'])
def test_sparse_parameters_are_refused(which):
    parameter = gluon.Parameter('p', shape=(3, 4), **{which: 'row_sparse'})
    with refused():
        parameter.initialize(ctx=GPU)
        parameter.list_row_sparse_data(nd.array([0], GPU))


def test_sparse_gradients_of_arrays_are_refused(dense):
    with pytest.raises(MXNetError, match='dense'):
        dense.attach_grad(stype='row_sparse')


def test_an_operator_that_may_give_sparse_gradients_gives_dense_ones():
    weight = nd.ones((5, 3), GPU)
    weight.attach_grad()
    with autograd.record():
        y = nd.Embedding(nd.array([0, 2, 2], GPU), weight, input_dim=5,
                         output_dim=3, sparse_grad=True)
    y.backward()
    assert weight.grad.stype == 'default'
    assert weight.grad.asnumpy()[:, 0].tolist() == [1, 0, 2, 0, 0]


@pytest.mark.parametrize('kind', ['local', 'device'])
def test_pulling_rows_is_refused(kind, dense):
    store = mx.kv.create(kind)
    store.init('w', nd.array(DENSE).tostype('row_sparse'))
    with pytest.raises(MXNetError, match=r'mx\.cpu\(\)'):
        store.row_sparse_pull('w', out=dense, row_ids=nd.array([0], GPU))


def test_sparse_gradients_update_no_dense_weight(dense):
    gradient = nd.array(DENSE).tostype('row_sparse')
    with pytest.raises(MXNetError, match='must be on one device'):
        mx.optimizer.SGD().update(0, dense, gradient, None)
    assert (dense.asnumpy() == DENSE).all()
