"""How busy other programs keep the cores."""
import os
import subprocess
import sys
import time

import pytest
from limits import LIMIT

from d2l.compat.threads import load
from d2l.compat.threads.load import Load, Sample


def test_what_others_used_is_what_was_used_less_ones_own():
    first = Sample(10, 100, 40, {'1': 3, '2': 1})
    last = Sample(12, 103, 41, {'1': 3.5, '2': 1.5, '3': 7})
    # the waiting of thread 3, which is new, is not of this span
    assert load.between(first, last) == Load(others=1, waited=0.5)


def test_ticks_that_lag_behind_are_no_negative_load():
    assert load.between(Sample(0, 5, 5, {}), Sample(1, 5, 6, {})).others == 0


def test_another_busy_program_is_seen():
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip('one processor: another program would be seen only '
                    'while this one sleeps')

    def others():
        first = load.sample()
        time.sleep(0.5)     # what is measured
        return load.between(first, load.sample()).others

    command = [sys.executable, '-c', 'while True: pass']
    limit = time.monotonic() + LIMIT
    with subprocess.Popen(command) as busy:
        try:
            while others() < 0.5:
                assert time.monotonic() < limit
        finally:
            busy.kill()


def test_ones_own_work_is_not_the_others():
    first, limit = load.sample(), time.monotonic() + LIMIT
    while time.process_time() < first.own + 1 and time.monotonic() < limit:
        pass
    last = load.sample()
    assert last.own - first.own >= 1
    # with no tolerance but for ticks: what was busy less what others had
    assert (last.busy - first.busy) - load.between(first, last).others * (
        last.time - first.time) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize('text', ['', 'cpu  0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n'])
def test_a_system_that_does_not_count_gives_no_sample(
        text, tmp_path, monkeypatch):
    (tmp_path / 'stat').write_text(text)
    monkeypatch.setattr(
        load, 'open', lambda path: open(str(tmp_path / 'stat')),
        raising=False)
    assert load.sample() is None


def test_a_system_without_proc_gives_no_sample(monkeypatch):
    def fail(path):
        raise FileNotFoundError(path)
    monkeypatch.setattr(load, 'open', fail, raising=False)
    assert load.sample() is None
