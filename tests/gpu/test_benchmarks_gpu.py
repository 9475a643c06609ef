"""The rows of `make bench` on gpu(0)."""
import pytest
from both import is_stand_in

from benchmarks import __main__ as benchmarks


@pytest.mark.parametrize('side', benchmarks.GPU)
def test_each_side_runs(side, monkeypatch):
    task = benchmarks.TASKS['lenet-loop']._replace(num_images=512)
    monkeypatch.setitem(benchmarks.TASKS, 'lenet-loop', task)
    found = benchmarks.measure(side, 'lenet-loop')
    assert 0 < found['value'] < 60000
    if is_stand_in():   # else the threads are as many as is usual
        assert found['threads'] == 1
