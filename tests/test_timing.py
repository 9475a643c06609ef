import re
import time

import pytest

import d2l


@pytest.mark.parametrize('args, prefix', [
    ((), ''), ((None,), ''), (('',), ''), (('Queued.',), 'Queued. ')])
def test_benchmark(args, prefix, capsys):
    with d2l.Benchmark(*args) as entered:
        time.sleep(0.05)
    assert entered is None
    out = capsys.readouterr().out
    found = re.fullmatch(re.escape(prefix) + r'time: (\d\.\d{4}) sec\n', out)
    assert found and 0.05 <= float(found.group(1)) < 5, out


def test_benchmark_lets_errors_through(capsys):
    with pytest.raises(KeyError):
        with d2l.Benchmark():
            raise KeyError
    assert capsys.readouterr().out.startswith('time: ')
