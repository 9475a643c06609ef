"""Repairs for flags of Python that MXNet 1.9.1 does not import with."""
import sys
import warnings

from .repairs import after, before


@after('mxnet.ndarray_doc', 'mxnet.symbol_doc')
def restore_empty_docstrings(module):
    """python -OO drops docstrings, which MXNet 1.9.1 joins at import."""
    if sys.flags.optimize < 2:
        return
    base = vars(module).get('NDArrayDoc') or module.SymbolDoc
    for documented in type.__subclasses__(base):
        documented.__doc__ = documented.__doc__ or ''


@before('mxnet')
def allow_bytes_in_text(module):
    """python -bb refuses the bytes in text that MXNet 1.9.1 writes at import.

    They stand in the descriptions of iterators only.
    """
    if sys.flags.bytes_warning:
        warnings.filterwarnings('ignore', category=BytesWarning,
                                module=r'mxnet\.')
