"""The benchmarks run, in small, and their table is of what they measured."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
@pytest.mark.parametrize('side', ['text', 'here'])
def test_a_run_of_each_side(side, monkeypatch):
    task = benchmarks.TASKS['lenet']._replace(num_images=2560)
    monkeypatch.setitem(benchmarks.TASKS, 'lenet', task)
    found = benchmarks.measure(side, 'lenet')
    assert 0 < found['value'] < 600
    assert 50 < found['peak_mib'] < 5000
    assert found['version'] == '1.9.1'


def test_an_import():
    assert 10 < benchmarks.measure('here', 'import')['value'] < 60000


def test_environment(monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '7')
    monkeypatch.setenv('D2L_MAX_BATCHES', '1')
    for side in ('here', 'torch'):
        env = benchmarks.environment(side)
        assert 'OMP_NUM_THREADS' not in env
        assert 'D2L_MAX_BATCHES' not in env
    assert int(benchmarks.environment('text')['OMP_NUM_THREADS']) >= 1


def test_table():
    """Medians; ratios above 1 where this package is faster."""
    def runs(*values):
        return [dict(value=value) for value in values]

    found = benchmarks.table({
        'load28': dict(text=runs(10, 30, 20), here=runs(200), torch=runs(40)),
        'import': dict(text=runs(900), here=runs(1800)),
        'softmax': dict(text=runs(3), here=[{'absent': 'broken'}])})
    rows = [[cell.strip() for cell in line.split('|')[1:-1]]
            for line in found.splitlines()[2:]]
    assert rows == [
        ['loading, 28 x 28', 'images/s', '20.00', '200', '', '40.00', '',
         '10.00', '5.00'],
        ['import', 'ms', '900', '1,800', '', '', '', '0.50', ''],
        ['softmax regression, epoch', 's', '3.00', '', '', '', '', '', '']]


def test_without_pytorch():
    """PyTorch hidden, where it is installed."""
    done = subprocess.run(
        [sys.executable, '-c', 'import sys; sys.modules["torch"] = None\n'
         'from benchmarks import task\n'
         'task.main("torch", "lenet", "0")'], cwd=str(ROOT), check=True,
        stdout=subprocess.PIPE, universal_newlines=True)
    assert 'pip install torch' in json.loads(done.stdout)['absent']


def test_unknown_task(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['benchmarks', 'vgg'])
    with pytest.raises(SystemExit):
        benchmarks.main()
    assert 'got vgg' in capsys.readouterr().err
