"""`python -m d2l` in working and damaged installations."""
import os
import subprocess
import sys

import pytest

import d2l
from d2l import devices, report
from d2l.compat import cuda, gpus, nvidia, shipped_data


@pytest.fixture
def versions(monkeypatch):
    """The versions of installed packages, as the report finds them."""
    versions = {name: '1.0' for name in report._PACKAGES
                + report._JUPYTER + ('mxnet', 'd2l-gluon')}
    monkeypatch.setattr(report, '_find_version', versions.get)
    return versions


def test_a_working_installation_is_described(capsys, versions):
    assert report.main() == 0
    out = capsys.readouterr().out
    for text in (d2l.__version__, sys.executable, 'numpy 1.0', '1.9.1 (mxnet)',
                 'OPENMP', 'threads on the CPU', 'MXNet computes on',
                 'removed ndarray.tostring', 'all four files',
                 'Scripts can run: python FILE\n',
                 'The chapters can run: make lab'):
        assert text in out


def run(*path):
    return subprocess.run(
        [sys.executable, '-m', 'd2l'], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, path))))


def test_another_edition_in_the_environment_is_a_problem(tmp_path):
    info = tmp_path / 'd2l-1.0.3.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text(
        'Metadata-Version: 2.1\nName: d2l\nVersion: 1.0.3\n')
    result = run(tmp_path)
    assert result.returncode == 1
    assert 'd2l 1.0.3, of a later edition' in result.stdout
    assert 'pip uninstall d2l' in result.stdout


def test_the_other_sections_follow_if_mxnet_does_not_load(tmp_path):
    (tmp_path / 'mxnet.py').write_text('raise ImportError("libX.so: no")')
    result = run(tmp_path)
    assert result.returncode == 1
    assert 'MXNet: ImportError: libX.so: no' in result.stdout
    assert result.stdout.count('libX.so: no') == 1
    assert 'all four files verified' in result.stdout


@pytest.mark.parametrize('missing, remedy', [
    ('mxnet', 'pip install --no-deps mxnet==1.9.1'),
    ('matplotlib', 'pip install matplotlib')])
def test_a_missing_package_is_a_problem_with_a_remedy(
        missing, remedy, versions, capsys):
    del versions[missing]
    assert report.main() == 1
    out = capsys.readouterr().out
    verdicts = out[out.index('Scripts cannot run correctly yet:\n'):]
    assert verdicts.count(remedy) == 1
    assert ('The chapters cannot run correctly yet:\n'
            '- the problems of scripts, above, concern them too\n') in verdicts


def test_scripts_can_run_without_jupyter(versions, capsys):
    del versions['ipykernel']
    assert report.main() == 1
    out = capsys.readouterr().out
    assert 'Scripts can run: python FILE\nThe chapters cannot run' in out
    assert 'pip install jupyterlab ipykernel' in out


def test_both_builds_of_mxnet_are_a_problem(versions, capsys):
    versions['mxnet-cu112'] = '1.9.1'
    assert report.main() == 1
    assert 'both installed' in capsys.readouterr().out


def test_a_damaged_data_set_is_a_problem(tmp_path, versions, capsys,
                                         monkeypatch):
    for name in shipped_data.SHA256:
        (tmp_path / name).write_bytes(b'')
    monkeypatch.setattr(shipped_data, 'DATA', str(tmp_path))
    assert report.main() == 1
    assert 'reinstall d2l-gluon' in capsys.readouterr().out


def test_an_unusable_gpu_is_explained(versions, capsys, monkeypatch):
    """MXNet has no kernels for the GPU; the chapters run on the CPU."""
    gpu = nvidia.GPU('NVIDIA H200', (9, 0))
    for module in (nvidia, gpus):
        monkeypatch.setattr(module, 'installed_gpus', lambda: (gpu,))
    monkeypatch.setattr(gpus, '_choice', None)
    monkeypatch.setattr(gpus._load('choice'), 'find_problem',
                        lambda *args: 'PyTorch is missing')
    monkeypatch.setattr(devices, '_warned', set())
    monkeypatch.setattr(cuda, '_files', {'libcudnn.so.8': None,
                                         'libcublas.so.11': 'lib/cublas'})
    assert report.main() == 0
    out = capsys.readouterr().out
    assert 'NVIDIA H200, compute capability 9.0' in out
    assert ('there is no gpu(i): MXNet 1.9.1 has no kernels for '
            'compute capability 9.0, and PyTorch is missing') in out
    assert 'MXNet computes on cpu(0)' in out
    assert 'libcudnn.so.8 not found' in out
    assert 'libcublas.so.11 in lib/cublas' in out
