"""The loader against gluon's own DataLoader with the book's transforms."""
import itertools

import numpy as np
import pytest

import d2l
import reference


def assert_same(batches, books):
    assert len(batches) == len(books) > 0
    for (X, y), (X_book, y_book) in zip(batches, books):
        assert X.dtype == X_book.dtype and y.dtype == y_book.dtype
        np.testing.assert_array_equal(X, X_book)
        np.testing.assert_array_equal(y, y_book)


def arrays(data_iter, batches=None):
    return [(X.asnumpy(), y.asnumpy())
            for X, y in itertools.islice(data_iter, batches)]


@pytest.mark.parametrize('num_workers', [0, 2])
@pytest.mark.parametrize('resize, batches', [(None, 60), (224, 4)])
def test_same_batches_as_the_books_loader(resize, batches, num_workers, root,
                                          seed):
    books = reference.load_data_fashion_mnist(128, resize, root, num_workers)
    ours = d2l.load_data_fashion_mnist(128, resize, root)
    for part in (0, 1):
        assert len(ours[part]) == len(books[part])
        found = []
        for iters in (ours, books):
            seed()
            found.append(arrays(iters[part], batches))
        assert_same(*found)


@pytest.mark.slow
def test_whole_epochs_are_the_books(root, seed):
    """All 60,000 images, twice, so that the second shuffle counts too."""
    found = []
    for load, args in ((d2l.load_data_fashion_mnist, ()),
                       (reference.load_data_fashion_mnist, (0,))):
        seed(2)
        train_iter, _ = load(256, None, root, *args)
        found.append(arrays(train_iter) + arrays(train_iter))
    assert_same(*found)


def test_shapes_types_and_order(root, seed):
    train_iter, test_iter = d2l.load_data_fashion_mnist(7000, root=root)
    assert len(train_iter) == 9 and len(test_iter) == 2
    sizes = []
    for X, y in test_iter:
        assert X.shape[1:] == (1, 28, 28) and X.dtype == np.float32
        assert y.shape == (len(X),) and y.dtype == np.int32
        assert 0 <= X.min().asscalar() and X.max().asscalar() == 1
        sizes.append(len(X))
    assert sizes == [7000, 3000]
    # the test set is not shuffled, the training set anew at each pass
    first = [next(iter(it))[1].asnumpy()[:20]
             for it in (test_iter, test_iter, train_iter, train_iter)]
    np.testing.assert_array_equal(first[0], first[1])
    assert (first[2] != first[3]).any()
    labels = np.concatenate([y.asnumpy() for _, y in train_iter])
    np.testing.assert_array_equal(np.bincount(labels), [6000] * 10)


@pytest.mark.parametrize('batch_size', [0, -1, 2.0, '256', None, True])
def test_batch_size_must_be_a_positive_int(batch_size, root):
    with pytest.raises(ValueError, match='batch_size must be a positive int'):
        d2l.load_data_fashion_mnist(batch_size, root=root)


@pytest.mark.parametrize('resize, expected', [
    (-224, ', but'), (224.0, ', but'), ((0, 32), ', but'), (True, ', but'),
    ((32,), r', or two of them, \(width, height\)'), ((), ', or two')])
def test_resize_must_be_positive_ints(resize, expected, root):
    with pytest.raises(ValueError,
                       match='resize must be a positive integer' + expected):
        d2l.load_data_fashion_mnist(128, resize, root)


@pytest.mark.parametrize('resize, shape', [
    ((32, 48), (48, 32)), ([40, 20], (20, 40)), (None, (28, 28)),
    (False, (28, 28)), (0, (28, 28))])
def test_resize_is_what_the_edition_hands_to_gluons_resize(resize, shape,
                                                           root):
    _, test_iter = d2l.load_data_fashion_mnist(50, resize, root)
    _, books = reference.load_data_fashion_mnist(50, resize, root, 0)
    found, expected = arrays(test_iter, 2), arrays(books, 2)
    assert found[0][0].shape[2:] == shape
    assert_same(found, expected)


def test_numpys_integers_are_integers(root):
    _, test_iter = d2l.load_data_fashion_mnist(
        np.int64(4), np.int32(32), root)
    assert next(iter(test_iter))[0].shape == (4, 1, 32, 32)


def test_writing_to_a_batch_leaves_the_others_alone(root):
    """Several batches are made at once, and share their memory."""
    _, test_iter = d2l.load_data_fashion_mnist(100, root=root)
    untouched = arrays(test_iter, 3)
    written = []
    for X, y in itertools.islice(test_iter, 3):
        written.append((X.asnumpy(), y.asnumpy()))
        X[:] = -1
        y[:] = -1
    assert_same(written, untouched)
    assert_same(arrays(test_iter, 3), untouched)
