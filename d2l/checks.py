"""Arguments: errors that name what was expected, found, and what to do."""
import operator
import os
import sys
import warnings

import mxnet as mx
from mxnet import gluon


def require_positive_int(value, name):
    """`value` as an int.

    Raises
    ------
    ValueError
        It is not a positive integer.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError('%s must be a positive integer, but is %r'
                         % (name, value))
    return number


def require_context(ctx):
    """`ctx`; raises TypeError unless it is one device."""
    if not isinstance(ctx, mx.Context):
        raise TypeError(
            'ctx must be one device, such as mx.cpu(), mx.gpu(0) or '
            'd2l.try_gpu(), but is %r' % (ctx,))
    return ctx


def require_contexts(ctx):
    """`ctx` as a list; raises TypeError unless it is one device or more."""
    if isinstance(ctx, mx.Context):
        return [ctx]
    if (not isinstance(ctx, (list, tuple)) or not ctx
            or not all(isinstance(c, mx.Context) for c in ctx)):
        raise TypeError(
            'ctx must be a device or a list of devices, such as mx.cpu(), '
            'd2l.try_gpu() or d2l.try_all_gpus(), but is %r' % (ctx,))
    return list(ctx)


def require_data_first(data_iter):
    """Raises TypeError for evaluate_accuracy(net, data_iter).

    That is the order of later editions.
    """
    if isinstance(data_iter, gluon.Block):
        raise TypeError(
            'evaluate_accuracy expects the data first and then the net, but '
            'got a %s first: call evaluate_accuracy(data_iter, net, ctx)'
            % type(data_iter).__name__)


def require_data(data_iter):
    """Raises TypeError unless `data_iter` can yield batches."""
    if isinstance(data_iter, (gluon.Block, gluon.Trainer)) \
            or not (hasattr(data_iter, '__iter__')
                    or hasattr(data_iter, '__getitem__')):
        raise TypeError(
            'a data iterator must yield batches X, y, such as a gluon.data.'
            'DataLoader does, but is a %s: look at the order of the '
            'arguments, by help(d2l.train_ch5) or help(d2l.train)'
            % type(data_iter).__name__)


def require_folder_name(checkpoint):
    """Raises an error unless `checkpoint` is None or names a folder."""
    if not isinstance(checkpoint, (str, os.PathLike, type(None))):
        raise TypeError(
            "checkpoint must be the name of a folder, but is %r: such as "
            "checkpoint='lenet'" % (checkpoint,))
    if checkpoint is None:
        return
    name = os.fspath(checkpoint)
    try:
        is_possible = bool(name) and '\0' not in name and os.fsencode(name)
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise ValueError(
            'checkpoint must be the name of a folder, but %r cannot be one: '
            "such as checkpoint='lenet'" % (name,))


def say(text):
    """Print a text, also where stdout lacks some of its characters."""
    encoding = getattr(sys.stdout, 'encoding', None) or 'utf-8'
    print(text.encode(encoding, 'backslashreplace').decode(encoding))


def warn(message, category=UserWarning):
    """Warn at the reader's line, not at one in this package."""
    package = os.path.dirname(os.path.abspath(__file__)) + os.sep
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(package):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
