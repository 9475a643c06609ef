"""The Chinese edition's helper package: `import d2lzh as d2l`.

It has the functions of `d2l`, with two differences: batches of a text start
at its first character, and there is no `load_data_timemachine`.
"""
import functools
import inspect
import sys

import d2l
from d2l import editions

__version__ = d2l.__version__
# its functions were in one module, d2lzh.utils
sys.modules[__name__ + '.utils'] = sys.modules[__name__]
__path__ = []   # so that Python asks d2l's finder about `from d2lzh import x`
_ABSENT = ('load_data_timemachine',)
__all__ = [name for name in d2l.__all__ if name not in _ABSENT]

_FROM_THE_START = ('data_iter_consecutive', 'data_iter_random',
                   'train_and_predict_rnn', 'train_and_predict_rnn_gluon')


def _from_the_start(function):
    """Wrap `function` without its parameter `random_offset`, now False."""
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, random_offset=False, **kwargs)

    signature = inspect.signature(function)
    wrapper.__signature__ = signature.replace(parameters=[
        parameter for name, parameter in signature.parameters.items()
        if name != 'random_offset'])
    return wrapper


def __getattr__(name):
    if name == 'utils':
        return sys.modules[__name__]
    if name in _ABSENT or name not in {*d2l._HOME, *d2l._EXPOSED}:
        raise AttributeError(editions.explain(name, __name__, __all__))
    value = getattr(d2l, name)
    if name in _FROM_THE_START:
        from d2l.calls import explain_calls
        value = explain_calls(_from_the_start(value))
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
