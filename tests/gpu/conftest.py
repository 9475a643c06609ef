"""Tests of gpu(i) served by PyTorch: `make test-gpu` sets D2L_GPU.

With D2L_GPU=stand-in:2 torch's CPU plays gpu(0) and gpu(1); with torch:2 a
machine's only GPU does.
"""
import pytest
from mxnet import context


@pytest.fixture(scope='session', autouse=True)
def gpus():
    assert context.num_gpus() >= 2, 'two GPUs are needed'


@pytest.fixture
def captured(monkeypatch):
    """The captures that are made, None for each that is not used.

    Where there is no CUDA, recorder.py makes them.
    """
    import recorder

    from d2l.gpu import capture
    from d2l.gpu.answers import graphs
    from d2l.gpu.state import devices

    if devices.kind == 'cpu':
        monkeypatch.setattr(graphs, 'can_capture', lambda: True)
        monkeypatch.setattr(capture, 'Recorder', recorder.Recorder)
    made = []
    theirs = capture.try_capture

    def note(*args):
        made.append(theirs(*args))
        return made[-1]

    monkeypatch.setattr(capture, 'try_capture', note)
    return made
