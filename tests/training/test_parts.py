"""The part of each batch that one of several workers computes."""
import mxnet as mx
import numpy as np
import pytest
import small
from mxnet import nd

from d2l.training.parts import iterate_parts, part_bounds


@pytest.mark.parametrize('n, num_workers', [(1, 1), (16, 4), (98, 3), (2, 5)])
def test_parts_make_up_the_whole(n, num_workers):
    bounds = [part_bounds(n, rank, num_workers) for rank in range(num_workers)]
    assert [i for start, stop in bounds for i in range(start, stop)] \
        == list(range(n))
    sizes = [stop - start for start, stop in bounds]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize('num_workers', [1, 2, 3, 4])
def test_the_loader_gives_each_worker_its_part(num_workers):
    """Every batch of the permutation, no image twice, equal steps."""
    train_iter, _ = small.data(98)
    small.seed(1)
    whole = [(X.asnumpy(), y.asnumpy()) for X, y in train_iter]
    parts = []
    for rank in range(num_workers):
        small.seed(1)
        parts.append(list(train_iter.iterate_parts(rank, num_workers)))
        assert len(parts[-1]) == len(whole) == len(train_iter)
    for (X, y), *others in zip(whole, *parts):
        assert {n for n, _ in others} == {len(X)}
        own = [batch for _, batch in others if batch is not None]
        np.testing.assert_array_equal(
            np.concatenate([X.asnumpy() for X, _ in own]), X)
        np.testing.assert_array_equal(
            np.concatenate([y.asnumpy() for _, y in own]), y)


def test_any_other_iterator_is_cut_as_well():
    X = nd.arange(10).reshape((5, 2))
    batches = [(X, X[:, 0]), mx.io.DataBatch([X], [X[:, 1]]),
               (X[:1], X[:1, 0])]
    first, second = (list(iterate_parts(batches, rank, 2))
                     for rank in range(2))
    assert [n for n, _ in first] == [n for n, _ in second] == [5, 5, 1]
    assert first[0][1][0].asnumpy().tolist() == X[:2].asnumpy().tolist()
    assert second[1][1][1].asnumpy().tolist() == [5, 7, 9]
    assert first[2][1] is None and len(second[2][1][0]) == 1
