"""Operators that make sparse arrays, or take nothing else: refused."""
from mxnet.base import MXNetError

from ..copies import SPARSE
from ..registry import op


@op('cast_storage')
def cast_storage(p, x):
    if p.stype != 'default':
        raise MXNetError(SPARSE)
    return x


@op('_sparse_retain', '_square_sum')
def refuse(p, *tensors):
    raise MXNetError('operator %s: %s' % (p.op, SPARSE))
