"""How exactly cuDNN computes, as far as torch can be asked without it."""
import pytest
import torch

from d2l.gpu import precision


@pytest.mark.parametrize('value, is_fixed', [
    (None, True), ('1', True), ('0', False), ('false', False),
    ('False', False)])
def test_order_of_sums_is_fixed_unless_mxnet_is_told_otherwise(
        monkeypatch, value, is_fixed):
    cudnn = torch.backends.cudnn
    # what install() changes is put back when the test ends
    monkeypatch.setattr(precision._amp, '_cast_symbol_NDArray',
                        precision._amp._cast_symbol_NDArray)
    monkeypatch.setattr(cudnn, 'deterministic', not is_fixed)
    monkeypatch.setattr(cudnn, 'allow_tf32', True)
    monkeypatch.delenv('MXNET_ENFORCE_DETERMINISM', raising=False)
    if value is not None:
        monkeypatch.setenv('MXNET_ENFORCE_DETERMINISM', value)
    precision.install()
    assert cudnn.deterministic == is_fixed
    assert not cudnn.allow_tf32
