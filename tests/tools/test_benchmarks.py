"""The benchmarks run, on a few images, and their table has the medians."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mxnet import nd

from benchmarks import __main__ as benchmarks
from benchmarks import nets
from chapters.companion import nets as companion_nets

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
@pytest.mark.parametrize('side', ['book', 'here'])
def test_each_side_runs(side, monkeypatch):
    task = benchmarks.TASKS['lenet']._replace(num_images=2560)
    monkeypatch.setitem(benchmarks.TASKS, 'lenet', task)
    found = benchmarks.measure(side, 'lenet')
    assert 0 < found['value'] < 600
    assert 50 < found['peak_mib'] < 5000
    assert found['version'] == '1.9.1'


@pytest.mark.parametrize('side', ['here-gpu', 'torch-gpu'])
def test_without_a_gpu_its_rows_say_so(side, monkeypatch):
    monkeypatch.setenv('D2L_GPU', 'none')
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    found = benchmarks.measure(side, 'lenet-loop')
    assert 'no GPU' in found['absent'] or 'no PyTorch' in found['absent']


def test_an_import_is_timed():
    assert 10 < benchmarks.measure('here', 'import')['value'] < 60000


def test_a_runs_environment_has_no_settings_of_the_caller(monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '7')
    monkeypatch.setenv('D2L_MAX_BATCHES', '1')
    for side in ('here', 'torch'):
        env = benchmarks.environment(side)
        assert 'OMP_NUM_THREADS' not in env
        assert 'D2L_MAX_BATCHES' not in env


def test_the_books_side_gets_mxnets_default_threads(monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '700')
    threads = int(benchmarks.environment('book')['OMP_NUM_THREADS'])
    assert 1 <= threads <= len(os.sched_getaffinity(0))


def test_table_has_medians_and_ratios():
    """Ratios are above 1 where this package is faster."""
    def runs(*values):
        return [dict(value=value) for value in values]

    found = benchmarks.table({
        'load28': dict(book=runs(10, 30, 20), here=runs(200), torch=runs(40)),
        'import': dict(book=runs(900), here=runs(1800)),
        'softmax': dict(book=runs(3), here=[{'absent': 'broken'}]),
        'lenet-loop': {'here-gpu': runs(4), 'torch-gpu': runs(3)}})
    rows = [[cell.strip() for cell in line.split('|')[1:-1]]
            for line in found.splitlines()[2:]]
    assert rows == [
        ['loading, 28 x 28', 'images/s', '20.00', '200', '', '40.00', '',
         '10.00', '5.00'],
        ['import', 'ms', '900', '1,800', '', '', '', '0.50', ''],
        ['softmax regression, epoch', 's', '3.00', '', '', '', '', '', ''],
        ['LeNet on gpu(0), training', 'ms/batch', '', '4.00', '', '3.00', '',
         '', '0.75']]


@pytest.mark.parametrize('net, size', [('lenet', 28), ('alexnet', 224)])
def test_the_nets_of_both_libraries_have_the_same_parameters(net, size):
    torch = pytest.importorskip('torch')
    layers = getattr(nets, net)()
    layers.initialize()
    layers(nd.zeros((1, 1, size, size)))
    expected = [param.shape for param in layers.collect_params().values()]
    torch_net = getattr(nets, 'torch_' + net)(torch.nn)
    assert [tuple(p.shape) for p in torch_net.parameters()] == expected
    assert torch_net(torch.zeros(1, 1, size, size)).shape == (1, 10)


def test_without_pytorch_its_side_says_how_to_install_it():
    """PyTorch is hidden where it is installed."""
    done = subprocess.run(
        [sys.executable, '-c', 'import sys; sys.modules["torch"] = None\n'
         'from benchmarks import task\n'
         'task.main("torch", "lenet", "0")'], cwd=str(ROOT), check=True,
        stdout=subprocess.PIPE, universal_newlines=True)
    assert 'pip install torch' in json.loads(done.stdout)['absent']


def test_unknown_task_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['benchmarks', 'vgg'])
    with pytest.raises(SystemExit):
        benchmarks.main()
    assert 'got vgg' in capsys.readouterr().err


def test_the_measured_lenet_is_the_chapters():
    assert nets.lenet is companion_nets.lenet
