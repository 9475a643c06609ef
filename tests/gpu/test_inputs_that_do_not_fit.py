"""Shapes and dtypes that MXNet refuses where torch would compute."""
import mxnet as mx
import numpy as np
import pytest
from case import Case
from comparison import check, compute

ONES = np.ones((2, 3, 4), 'float32')
VECTOR, MATRIX = ONES[0, 0], ONES[0]
LENGTHS = dict(use_sequence_length=True)

CASES = [
    *[Case(op, [x, lengths], LENGTHS)
      for op in ('SequenceMask', 'SequenceLast', 'SequenceReverse')
      for x, lengths in ((ONES, MATRIX), (ONES, VECTOR), (VECTOR, VECTOR))],
    *[Case(op, [VECTOR])
      for op in ('SequenceMask', 'SequenceLast', 'SequenceReverse')],
    *[Case(op + 'RegressionOutput', [x, label])
      for op in ('Linear', 'Logistic', 'MAE')
      for x, label in ((MATRIX, MATRIX[:2]), (MATRIX, MATRIX.T),
                       (MATRIX.astype('int32'), MATRIX))],
    Case('gather_nd', [MATRIX, np.zeros((3, 1), 'int32')]),
    Case('slice_like', [ONES, MATRIX]), Case('slice_like', [MATRIX, ONES]),
    Case('broadcast_like', [VECTOR, MATRIX]),
    *[Case('dot', [VECTOR, VECTOR], {'transpose_' + side: True})
      for side in 'ab']]


@pytest.mark.parametrize('case', CASES, ids=str)
def test_both_devices_refuse(case):
    check(case)
    with pytest.raises(mx.MXNetError):
        compute(case, mx.gpu(0))


@pytest.mark.parametrize('case', [
    Case('LinearRegressionOutput', [MATRIX[:, :1], VECTOR[:3]]),
    Case('slice_like', [MATRIX, ONES], dict(axes=(0,))),
    Case('broadcast_like', [MATRIX[:, :1], ONES], dict(
        lhs_axes=(1,), rhs_axes=(2,))),
    Case('dot', [VECTOR, MATRIX], dict(transpose_b=True))], ids=str)
def test_what_fits_all_the_same(case):
    check(case)
    compute(case, mx.gpu(0))
