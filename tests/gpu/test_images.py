"""Images on a GPU: bytes become numbers, and are resized, bit for bit."""
import warnings

import mxnet as mx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mxnet import nd

import d2l
from d2l.loader import ImageLoader

GPU = mx.gpu(0)


def both(function, X):
    """The function's results on cpu() and gpu(0), which must be there."""
    found = []
    for ctx in (mx.cpu(), GPU):
        Y = function(nd.array(X, ctx=ctx, dtype=X.dtype))
        assert Y.context == ctx
        found.append(Y.asnumpy())
    return found


def assert_same_bits(function, X):
    on_cpu, on_gpu = both(function, X)
    assert on_cpu.dtype == on_gpu.dtype
    np.testing.assert_array_equal(on_cpu, on_gpu)


@pytest.fixture(autouse=True)
def nothing_is_computed_on_the_cpu():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        yield


@pytest.mark.parametrize('shape', [(16, 16, 1), (2, 8, 16, 1)])
def test_all_bytes_become_numbers(shape):
    assert_same_bits(nd.image.to_tensor,
                     np.arange(256, dtype='uint8').reshape(shape))


@pytest.mark.parametrize('dtype', ['float32', 'int32'])
def test_numbers_become_numbers(dtype):
    assert_same_bits(nd.image.to_tensor, np.random.uniform(
        -9, 300, (2, 3, 4, 3)).astype(dtype))


lengths = st.one_of(st.integers(1, 12), st.integers(13, 90))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 3), lengths, lengths, lengths, lengths,
       st.sampled_from([1, 3]), st.integers(0, 2 ** 32 - 1))
def test_resized_bytes(n, height, width, new_height, new_width, channels,
                       seed):
    shape = ((n,) if n else ()) + (height, width, channels)
    X = np.random.RandomState(seed).randint(0, 256, shape).astype('uint8')
    assert_same_bits(
        lambda X: nd.image.resize(X, (new_width, new_height)), X)


@settings(max_examples=30, deadline=None)
@given(lengths, lengths, lengths, st.booleans())
def test_one_length_for_both_sides(height, width, size, keep_ratio):
    # no side of 0 pixels
    assume(height * size >= width and width * size >= height)
    X = np.random.randint(0, 256, (height, width, 1)).astype('uint8')
    assert_same_bits(
        lambda X: nd.image.resize(X, size, keep_ratio=keep_ratio), X)


@pytest.mark.parametrize('size', [28, 32, 56, 64, 96, 224, 227])
def test_the_images_of_the_data_set(size, root):
    """In all sizes that the edition uses, and others."""
    images = d2l.load_data_fashion_mnist(1, root=root)[1].images[:40]
    assert_same_bits(lambda X: nd.image.resize(X, size), images.asnumpy())


def test_other_images_are_resized_by_opencv():
    X = np.random.rand(5, 7, 3).astype('float32')
    with pytest.warns(UserWarning, match='_image_resize has no code'):
        assert_same_bits(lambda X: nd.image.resize(X, (9, 4)), X)
    assert_same_bits(lambda X: nd.image.resize(X, (9, 4), interp=0),
                     (X * 255).astype('uint8'))


# -- the loader
def loaders(resize, shuffle=True, n=50, batch_size=16):
    rng = np.random.RandomState(0)
    images = nd.array(rng.randint(0, 256, (n, 28, 28, 1)), dtype='uint8')
    loader = ImageLoader(images, rng.randint(0, 10, n).astype('int32'),
                         batch_size, shuffle, resize)
    return loader, loader.on_device(GPU)


def assert_same_parts(parts):
    on_cpu, on_gpu = parts
    assert len(on_cpu) == len(on_gpu)
    for (n, part), (m, other) in zip(on_cpu, on_gpu):
        assert n == m and (part is None) == (other is None)
        if part is not None:
            assert other[0].context == GPU
            for a, b in zip(part, other):
                assert a.dtype == b.dtype
                np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


@pytest.mark.parametrize('resize', [None, 56, (40, 30)])
@pytest.mark.parametrize('rank, num_workers', [(0, 1), (1, 2), (16, 20)])
def test_a_loader_makes_the_same_batches_on_a_gpu(rank, num_workers, resize,
                                                  seed):
    parts = []
    for loader in loaders(resize):
        seed()
        parts.append([part for _ in range(2) for part in
                      loader.iterate_parts(rank, num_workers)])
    assert_same_parts(parts)


def test_images_are_copied_to_a_gpu_once():
    loader, moved = loaders(None)
    assert moved is loader.on_device(GPU) and len(moved) == len(loader)
    assert moved.images.context == GPU and moved.images.dtype == np.uint8
    other = loader.on_device(mx.gpu(1))
    assert other.images.context == mx.gpu(1)
    assert loader.on_device(mx.cpu()) is loader
    assert loader.images.context == mx.cpu()


def test_training_gets_its_batches_there(root, monkeypatch, capsys):
    """And nothing of X is copied from the CPU to the GPU in each batch."""
    from mxnet import gluon, init
    monkeypatch.setenv('D2L_MAX_BATCHES', '3')
    seen = []
    make = ImageLoader._make_images

    def watched(self, order):
        seen.append((order.context, self.images.context))
        return make(self, order)
    monkeypatch.setattr(ImageLoader, '_make_images', watched)
    net = gluon.nn.Dense(10)
    for ctx in (GPU, [mx.gpu(0), mx.gpu(1)]):
        net.initialize(init.Xavier(), ctx=ctx, force_reinit=True)
        trainer = gluon.Trainer(net.collect_params(), 'sgd')
        iters = d2l.load_data_fashion_mnist(64, root=root)
        d2l.train(*iters, net, gluon.loss.SoftmaxCELoss(), trainer, ctx, 1)
        d2l.evaluate_accuracy(iters[1], net, ctx)
    assert set(seen) == {(GPU, GPU)} and len(seen) == 6
