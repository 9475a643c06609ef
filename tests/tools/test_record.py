"""Experiments are found in their module; records say where they are from."""
import datetime
import json
import types

import numpy as np
import pytest

import d2l


@pytest.fixture
def record(tool):
    return tool('record')


def test_every_recorded_result_is_of_an_experiment(record):
    recorded = {path.stem for path in record.CHAPTERS.glob('results/*.json')}
    assert recorded == set(record.experiment_names())


def test_experiments_are_the_public_functions_a_module_defines(record):
    module = types.ModuleType('some')
    exec('from json import dumps\nX = 1\n'
         'def new(): pass\ndef _helper(): pass', vars(module))
    assert record.experiment_names(module) == ['new']


def test_record_says_machine_date_versions_and_command(record, tmp_path):
    path = record.save(tmp_path, 'some', 'python some', dict(
        loss=[2.5], filters=np.ones((2, 3))))
    recorded = json.loads(path.read_text(encoding='utf-8'))
    machine = recorded['machine']
    assert machine['processor'] and machine['cores'] >= 1
    assert machine['memory_gib'] > 0
    assert machine['device'] == str(d2l.try_gpu())
    assert recorded['versions']['d2l'] == d2l.__version__
    assert recorded['command'] == 'python some'
    assert datetime.date.fromisoformat(recorded['date'])
    assert recorded['figures'] == dict(loss=[2.5])


def test_arrays_are_recorded_beside_the_figures(record, tmp_path):
    path = record.save(tmp_path, 'some', '', dict(filters=np.ones((2, 3))))
    with np.load(path.with_suffix('.npz')) as arrays:
        assert arrays['filters'].shape == (2, 3)


def test_options_of_alexnet_are_refused_elsewhere(record, monkeypatch, capsys):
    monkeypatch.setattr('sys.argv', ['record', 'lenet', '--epochs', '2'])
    with pytest.raises(SystemExit):
        record.main()
    assert '--epochs is only for alexnet' in capsys.readouterr().err
