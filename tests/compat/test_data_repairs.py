"""A DataLoader's workers, however Python starts processes."""
import multiprocessing

import pytest
from mxnet import gluon, nd


@pytest.mark.parametrize('default', ['spawn', 'forkserver'])
def test_workers_are_forked_with_any_default_start_method(default):
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(default, force=True)
    data = gluon.data.ArrayDataset(nd.arange(10)).transform(
        lambda X: X * 2)    # only fork can pass a lambda
    try:
        loader = gluon.data.DataLoader(data, 4, num_workers=2)
        assert [X.asnumpy().tolist() for X in loader] == [
            [0, 2, 4, 6], [8, 10, 12, 14], [16, 18]]
    finally:
        multiprocessing.set_start_method(before, force=True)
