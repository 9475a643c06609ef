"""Devices; a GPU is stood in for by MXNet raising what it raises."""
import mxnet as mx
import pytest

import d2l
from d2l import devices


def test_without_a_gpu():
    if mx.context.num_gpus():
        pytest.skip('this machine has a GPU')
    assert d2l.try_gpu() == mx.cpu()
    assert d2l.try_all_gpus() == [mx.cpu()]


def test_asking_prints_nothing(capfd):
    d2l.try_gpu()
    d2l.try_all_gpus()
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize('working, first, all_', [
    ([], mx.cpu(), [mx.cpu()]),
    ([0], mx.gpu(0), [mx.gpu(0)]),
    ([1, 3], mx.cpu(), [mx.gpu(1), mx.gpu(3)]),
    ([0, 1, 2, 3], mx.gpu(0), [mx.gpu(i) for i in range(4)]),
])
def test_only_gpus_that_compute(working, first, all_, monkeypatch):
    class Features:
        def is_enabled(self, name):
            return name == 'CUDA'

    class Zeros:
        def __init__(self, shape, ctx):
            self.ctx = ctx

        def __add__(self, other):
            return self

        def wait_to_read(self):     # where a kernel's failure shows
            if self.ctx.device_id not in working:
                raise mx.MXNetError('no kernel image is available')
    monkeypatch.setattr(mx.runtime, 'Features', Features)
    monkeypatch.setattr(devices.nd, 'zeros', Zeros)
    assert d2l.try_gpu() == first
    assert d2l.try_all_gpus() == all_
