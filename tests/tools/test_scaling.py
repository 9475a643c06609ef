"""The measurements of several processes run, on a few images."""
import sys

import pytest

from benchmarks import scaling


@pytest.fixture
def table(capfd, monkeypatch):
    """Run the script; returns its first table, a dict of columns."""
    def table(name):
        monkeypatch.setattr(sys, 'argv', ['scaling', name])
        scaling.main()
        lines = next(part for part in capfd.readouterr().out.split('\n\n')
                     if part.startswith('|')).splitlines()
        head, _, *rows = [[cell.strip() for cell in line.split('|')[1:-1]]
                          for line in lines]
        return dict(zip(head, zip(*rows)))
    return table


@pytest.mark.slow
def test_a_step_is_measured_and_modelled(table, monkeypatch):
    monkeypatch.setitem(scaling.NETS, 'lenet', (8, 28, 3, 2))
    monkeypatch.setattr(scaling, 'WORKERS', (1, 2))
    found = {head: [float(cell) for cell in column]
             for head, column in table('lenet').items()}
    assert found['workers'] == [1, 2]
    assert found['8 bytes a parameter, MB'] == [0.49, 0.99]
    for column in found.values():
        assert len(column) == 2 and min(column) > 0
    # other programs of this machine may use the loopback too
    for sent, expected in zip(found['MB sent a step'], (0.49, 0.99)):
        assert sent > 0.9 * expected


@pytest.mark.slow
def test_gradients_of_2_bits_are_compared_with_whole_ones(table, monkeypatch):
    monkeypatch.setenv('D2L_MAX_BATCHES', '2')
    monkeypatch.setattr(scaling, 'THRESHOLDS', (None, 0.5))
    monkeypatch.setattr(scaling, 'NUM_EPOCHS', 2)
    found = table('lenet-2bit')
    assert found['threshold'] == ('none', '0.5')
    for accuracy in found['test acc, epoch 1'] + found['test acc, epoch 2']:
        assert 0 <= float(accuracy) <= 1
    for loss in found['last loss']:
        assert 1 < float(loss) < 5


def test_the_gain_of_gpus_is_computed_by_the_model(table, monkeypatch):
    """A step of 1 s with an exchange of 1 s: n GPUs do n / 2 of the work."""
    monkeypatch.setattr(scaling, 'GPU_STEPS', (1.0,))
    monkeypatch.setattr(scaling, 'ALEXNET', 10 ** 9 // 8)
    monkeypatch.setattr(scaling, 'GIGABITS', (8,))
    assert table('gpus')['8 Gbit/s'][0] == '4.0 / 8.0 / 16.0 / 32.0'
