"""Executors, `symbol.bind` and Module: refused, since nothing runs them."""
from mxnet.base import MXNetError

from ..library import answer, as_int
from .ndarrays import GPU


def _refuse(name):
    @answer(name)
    def bind(real, symbol, dev_type, *args):
        if as_int(dev_type) == GPU:
            raise MXNetError(
                'executors (symbol.bind, Module) do not run on a GPU that '
                'PyTorch serves: use mx.cpu(), or gluon.SymbolBlock(symbol, '
                'inputs) on the GPU')
        return getattr(real, name)(symbol, dev_type, *args)


for _name in ('MXExecutorBindEX', 'MXExecutorSimpleBindEx',
              'MXExecutorSimpleBindEx64'):
    _refuse(_name)
