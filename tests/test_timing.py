import types

import pytest

import d2l
from d2l import timing


@pytest.fixture
def clock(monkeypatch):
    """A clock that shows 10 seconds, then 12.25."""
    times = iter([10, 12.25])
    monkeypatch.setattr(timing, 'time', types.SimpleNamespace(
        time=lambda: next(times)))


@pytest.mark.parametrize('args, prefix', [
    ((), ''), ((None,), ''), (('',), ''), (('Queued.',), 'Queued. ')])
def test_benchmark_prints_the_seconds_of_its_block(
        args, prefix, clock, capsys):
    with d2l.Benchmark(*args) as entered:
        pass
    assert entered is None
    assert capsys.readouterr().out == prefix + 'time: 2.2500 sec\n'


def test_benchmark_measures_real_time(capsys):
    with d2l.Benchmark():
        pass
    seconds = capsys.readouterr().out.split()[1]
    assert float(seconds) >= 0


def test_benchmark_lets_errors_through(capsys):
    with pytest.raises(KeyError):
        with d2l.Benchmark():
            raise KeyError
    assert capsys.readouterr().out.startswith('time: ')
