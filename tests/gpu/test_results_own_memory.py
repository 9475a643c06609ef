"""Results of operators never share memory with their inputs."""
import mxnet as mx
import numpy as np
import pytest
import registry_walk
from both import GPU
from comparison import compute
from mxnet import nd
from mxnet.base import MXNetError

from d2l.gpu import compute as room
from d2l.gpu.registry import OPS


def address(tensor):
    return tensor.untyped_storage().data_ptr()


@pytest.mark.filterwarnings('ignore:operator .* has no code')
def test_no_operator_returns_memory_of_its_inputs(monkeypatch):
    call, computed, sharing = room._call, set(), set()

    def call_and_look(function, p, tensors):
        results = call(function, p, tensors)
        computed.add(p.op)
        inputs = {address(t) for t in tensors if t.numel()}
        if any(address(r) in inputs for r in results):
            sharing.add(p.op)
        return results

    monkeypatch.setattr(room, '_call', call_and_look)
    for name in registry_walk.operators():
        if name in OPS and name not in registry_walk.SKIPPED:
            for case in registry_walk.cases(name):
                case.differentiate = 0
                try:
                    with mx.util.np_shape(case.np_shape), np.errstate(
                            all='ignore'):
                        compute(case, GPU)
                except (MXNetError, ValueError, IndexError):
                    continue    # shapes that do not fit
                break
    assert len(computed) > 200
    assert not sharing


def test_a_blocked_gradient_has_memory_of_its_own():
    x = nd.ones(2, ctx=GPU)
    y = nd.BlockGrad(x)
    y += 1
    assert x.asnumpy().tolist() == [1, 1]
