"""Operators that MXNet computes on the CPU for arrays on a GPU."""
import warnings

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, nd
from mxnet.base import MXNetError

from d2l.gpu import fallback

GPU = mx.gpu(0)
quietly = pytest.mark.filterwarnings(
    'ignore:operator .* has no code for this GPU')


@pytest.fixture
def images():
    return nd.random.uniform(shape=(2, 3, 4, 4), ctx=GPU)


def typed(x, dtype):
    return nd.amp_cast(x, dtype=dtype)


@quietly
@pytest.mark.parametrize('dtype', ['float16', 'bfloat16', 'float32'])
def test_results_and_gradients_keep_a_shorter_dtype(images, dtype):
    x, grid = typed(images, dtype), typed(nd.zeros((2, 2, 3, 3), GPU), dtype)
    x.attach_grad()
    with autograd.record():
        y = nd.BilinearSampler(x, grid)
    y.backward()
    assert y.dtype == x.grad.dtype == x.dtype and y.context == GPU
    center = images.asnumpy()[:, :, 1:3, 1:3].mean((2, 3))
    assert np.allclose(typed(y, 'float32').asnumpy()[:, :, 0, 0], center,
                       atol=.01)
    assert np.allclose(typed(x.grad, 'float32').asnumpy()[:, :, 1, 1], 9 / 4,
                       atol=.02)


@quietly
def test_integers_stay_integers_among_floats(images):
    found = nd.contrib.index_array(typed(images, 'bfloat16'))
    assert found.dtype == np.int64


@quietly
@pytest.mark.parametrize('recording', [False, True])
def test_an_error_names_the_operator_and_the_shapes(images, recording):
    images.attach_grad()
    with autograd._RecordingStateScope(recording, recording):
        with pytest.raises(MXNetError, match=r'(?s)operator ROIPooling on '
                           r'arrays of shapes \(2, 3, 4, 4\), \(2, 4\).*'
                           r'\[batch, 5\]'):
            nd.ROIPooling(images, nd.zeros((2, 4), GPU), pooled_size=(2, 2),
                          spatial_scale=1)


@quietly
def test_a_result_is_written_to_the_array_that_is_given(images):
    grid = nd.zeros((2, 2, 3, 3), GPU)
    out = nd.zeros((2, 3, 3, 3), GPU)
    assert nd.BilinearSampler(images, grid, out=out) is out
    assert (out == nd.BilinearSampler(images, grid)).asnumpy().all()
    with pytest.raises(MXNetError, match=r'shape \(2, 3, 3, 3\), but'):
        nd.BilinearSampler(images, grid, out=nd.zeros((2, 3, 3, 4), GPU))
    with pytest.raises(MXNetError, match='out='):
        nd.BilinearSampler(images, grid, out=out.astype('float64'))


@quietly
def test_results_are_on_the_device_of_the_arrays(images):
    other = images.as_in_context(mx.gpu(1))
    other.attach_grad()
    with autograd.record():
        y = nd.BilinearSampler(other, nd.zeros((2, 2, 3, 3), mx.gpu(1)))
    y.backward()
    assert y.context == other.grad.context == mx.gpu(1)
    with mx.util.np_shape(True):
        window = mx.np.hanning(4, ctx=mx.gpu(1))
    assert window.ctx == mx.gpu(1)


@quietly
def test_several_results_have_their_own_gradients():
    x = nd.array([[2, 1], [1, 3.]], GPU)
    found = []
    for ctx in (mx.cpu(), GPU):
        x = x.as_in_context(ctx)
        x.attach_grad()
        with autograd.record():
            vectors, values = nd.linalg.syevd(x)
            y = values.square().sum() + vectors[0, 0] * 0
        y.backward()
        found.append(x.grad.asnumpy())
    assert np.allclose(*found, atol=1e-5) and found[0].any()


def test_each_operator_warns_once(images, monkeypatch):
    monkeypatch.setattr(fallback, '_made', {})
    from d2l.gpu import invoke
    invoke._calls.clear()
    grid = nd.zeros((2, 2, 3, 3), GPU)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter('always')
        for _ in range(3):
            nd.BilinearSampler(images, grid)
            nd.contrib.index_array(images)
    assert sorted(str(w.message).split()[1] for w in found) == [
        'BilinearSampler', '_contrib_index_array']
    invoke._calls.clear()


class _Mode(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] * 0 + is_train)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], out_grad[0])


@mx.operator.register('mode_of_training')
class _ModeProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, shapes, dtypes):
        return _Mode()


@quietly
@pytest.mark.parametrize('recording', [False, True])
@pytest.mark.parametrize('training', [False, True])
def test_the_mode_of_training_is_known(recording, training):
    x = nd.ones((1,), GPU)
    x.attach_grad()
    with autograd._RecordingStateScope(recording, training):
        y = nd.Custom(x, op_type='mode_of_training')
    assert y.asscalar() == training
