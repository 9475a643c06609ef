"""MXNet's modules, used as in its documentation, on this Python and NumPy.

These tests fail if a name is missing or a type changed in NumPy. The repairs
have tests of their own, in modules named like theirs.
"""
import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


# nd and autograd
def test_ndarray_functions(close):
    x = nd.arange(24).reshape((2, 3, 4))
    assert x[1, :, 2:].shape == (3, 2) and x[x.shape[0] - 1].shape == (3, 4)
    close(x[nd.array([1, 0])][0], x[1])
    close(x.sum(axis=(0, 2)), x.asnumpy().sum(axis=(0, 2)))
    close(nd.dot(x[0], x[1].T), x[0].asnumpy() @ x[1].asnumpy().T)
    close(nd.topk(x, k=2, ret_typ='value')[0, 0], [3, 2])
    assert nd.concat(x, x, dim=1).shape == (2, 6, 4)
    assert [a.shape for a in nd.split(x, 3, axis=1)] == [(2, 1, 4)] * 3
    assert nd.array([[True, False]], dtype=bool).dtype == np.bool_
    assert str(nd.ones((2,))).split() == [
        '[1.', '1.]', '<NDArray', '2', '@cpu(0)>']
    assert x.size == 24 and len(x) == 2 and x.ndim == 3
    x[:, 1] = np.full((2, 4), -1.0)
    assert x.min().asscalar() == -1


def test_sparse_arrays(close):
    x = nd.array([[0, 1, 0], [2, 0, 3]]).tostype('csr')
    assert x.indices.asnumpy().tolist() == [1, 0, 2]
    close(nd.sparse.dot(x, nd.ones((3, 1))), [[1], [5]])
    rows = nd.sparse.row_sparse_array(([[1, 2]], [1]), shape=(3, 2))
    close(rows.tostype('default'), [[0, 0], [1, 2], [0, 0]])
    close(nd.sparse.csr_matrix(([1, 2], [0, 1], [0, 1, 2]), shape=(2, 2))
          .asnumpy(), [[1, 0], [0, 2]])


def test_saving_arrays(tmp_path, close):
    path = str(tmp_path / 'arrays')
    nd.save(path, {'x': nd.ones((2,)), 'y': nd.arange(3)})
    assert sorted(nd.load(path)) == ['x', 'y']
    close(nd.load(path)['y'], [0, 1, 2])


def test_autograd(close):
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = (x ** 3).sum()
    y.backward()
    close(x.grad, [3, 12])

    class Cube(autograd.Function):
        def forward(self, x):
            self.save_for_backward(x)
            return x * x * x

        def backward(self, dy):
            x, = self.saved_tensors
            return 3 * x * x * dy
    with autograd.record():
        y = Cube()(x)
    y.backward()
    close(x.grad, [3, 12])


def test_random(close):
    for seed in (7, np.int64(7)):
        mx.random.seed(seed)
        first = nd.random.normal(shape=(3,)).asnumpy()
        nd.random.shuffle(nd.arange(3))
    mx.random.seed(7)
    close(nd.random.normal(shape=(3,)), first)
    assert nd.random.multinomial(nd.array([0, 1])).asscalar() == 1
    assert nd.random.randint(3, 5, shape=(9,)).max().asscalar() in (3, 4)


# mx.np and mx.npx
def test_numpy_interface(close):
    x = mx.np.arange(6).reshape(2, 3)
    assert isinstance(np.sum(x), mx.np.ndarray)     # NumPy's own protocol
    assert mx.np.concatenate([x, x]).shape == (4, 3)
    assert mx.np.pad(x, ((0, 1), (0, 0))).shape == (3, 3)
    assert x[x > 2].shape == (3,) and x[x > 2].tolist() == [3, 4, 5]
    assert mx.np.zeros((2,), dtype=mx.np.bool).dtype == bool
    assert mx.np.isnan(mx.np.array([mx.np.nan])).item() is True
    close(mx.np.linalg.norm(mx.np.array([3.0, 4.0])), 5)
    close(mx.np.einsum('ij,kj->ik', x, x), [[5, 14], [14, 50]])
    assert mx.np.unique(mx.np.array([2, 1, 2])).tolist() == [1, 2]
    # functions that fall back to NumPy
    assert mx.np.interp(1.5, [1, 2], [10, 20]) == 15
    assert mx.np.in1d(np.array([1, 2]), [2]).tolist() == [False, True]
    close(mx.npx.softmax(mx.np.zeros((2, 2))), np.full((2, 2), 0.5))
    assert float(x.mean()) == 2.5 and int(x.max()) == 5
    assert repr(mx.np.array(1.0)) == 'array(1.)'


def test_numpy_mode():
    @mx.util.use_np
    class Net(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(2)

        def hybrid_forward(self, F, x):
            return F.np.tanh(self.dense(x))
    with mx.util.np_shape(True), mx.util.np_array(True):
        net = Net()
        net.initialize()
        net.hybridize()
        assert net(mx.np.ones((3, 4))).shape == (3, 2)
        assert mx.np.ones(()).shape == ()


# data, images, text
def test_images():
    image = nd.random.uniform(0, 255, shape=(20, 30, 3)).astype('uint8')
    assert mx.image.imresize(image, 15, 10).shape == (10, 15, 3)
    assert mx.image.center_crop(image, (8, 6))[0].shape == (6, 8, 3)
    assert mx.image.resize_short(image, 10).shape == (10, 15, 3)
    for augment in mx.image.CreateAugmenter(
            (3, 10, 10), rand_crop=True, rand_mirror=True, brightness=0.1,
            contrast=0.1, saturation=0.1, hue=0.1, pca_noise=0.1, mean=True,
            std=True):
        image = augment(image)
    assert image.shape == (10, 10, 3)
    for augment in mx.image.CreateDetAugmenter(
            (3, 10, 10), rand_crop=1, rand_pad=1, rand_mirror=True):
        assert augment.dumps()


def test_detection_augmentation():
    image = nd.random.uniform(0, 255, shape=(40, 40, 3)).astype('uint8')
    label = np.array([[0, 0.1, 0.1, 0.6, 0.7]])
    for augment in mx.image.CreateDetAugmenter(
            (3, 20, 20), rand_crop=0.5, rand_pad=0.5, rand_mirror=True):
        image, label = augment(image, label)
    assert image.shape == (20, 20, 3) and label.shape[1] == 5


def test_detection_records(tmp_path, close):
    """Images in a record file, like the book's Pikachu data set."""
    png = (b'\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00'
           b'\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0cIDATx\x9cc\xf8'
           b'\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00'
           b'IEND\xaeB`\x82')
    path = str(tmp_path / 'x')
    record = mx.recordio.MXIndexedRecordIO(path + '.idx', path + '.rec', 'w')
    for i in range(4):
        label = np.array([2, 5, 0, 0.1, 0.1, 0.8, 0.8], np.float32)
        record.write_idx(i, mx.recordio.pack(
            mx.recordio.IRHeader(0, label, i, 0), png))
    record.close()
    data_iter = mx.image.ImageDetIter(
        path_imgrec=path + '.rec', path_imgidx=path + '.idx', batch_size=2,
        data_shape=(3, 16, 16), shuffle=True)
    batch = next(iter(data_iter))
    assert batch.data[0].shape == (2, 3, 16, 16)
    assert batch.label[0].shape == (2, 1, 5)


def test_io_iterators(tmp_path, close):
    data_iter = mx.io.NDArrayIter({'data': np.arange(20).reshape(5, 4)},
                                  np.arange(5), batch_size=2, shuffle=True)
    assert sum(2 - batch.pad for batch in data_iter) == 5
    path = tmp_path / 'x.csv'
    path.write_text('1,2\n3,4\n')
    csv = mx.io.CSVIter(data_csv=str(path), data_shape=(np.int64(2),),
                        batch_size=2)
    close(next(csv).data[0], [[1, 2], [3, 4]])


def test_text(tmp_path, close):
    text = mx.contrib.text
    counter = text.utils.count_tokens_from_str('a b b c c c')
    vocab = text.vocab.Vocabulary(counter, min_freq=2)
    assert vocab.to_indices(['c', 'b', 'a']) == [1, 2, 0]
    path = tmp_path / 'vectors'
    path.write_text('c 1 2\nb 3 4\n')
    embedding = text.embedding.CustomEmbedding(str(path), vocabulary=vocab)
    close(embedding.get_vecs_by_tokens(['b', 'c']), [[3, 4], [1, 2]])
