"""Errors that name what was expected, what was found and what to do."""
import contextlib
import itertools
import math
import operator
import os
import sys
import warnings
import weakref

import mxnet as mx
from mxnet import gluon


def require_positive_int(value, name):
    """`value` as an int, if it is a positive one."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError('%s must be a positive integer, but is %r'
                         % (name, value))
    return number


def require_context(ctx):
    """`ctx`, if it is one device."""
    if not isinstance(ctx, mx.Context):
        raise TypeError(
            'ctx must be one device, such as mx.cpu(), mx.gpu(0) or '
            'd2l.try_gpu(), but is %r' % (ctx,))
    return ctx


def require_contexts(ctx):
    """`ctx`, one device or several, as a list."""
    if isinstance(ctx, mx.Context):
        return [ctx]
    if (not isinstance(ctx, (list, tuple)) or not ctx
            or not all(isinstance(c, mx.Context) for c in ctx)):
        raise TypeError(
            'ctx must be a device or a list of devices, such as mx.cpu(), '
            'd2l.try_gpu() or d2l.try_all_gpus(), but is %r' % (ctx,))
    return list(ctx)


def parameters(net, ctxs):
    """Whether net's parameters are initialised, on these devices."""
    if not isinstance(net, gluon.Block):    # a function, as in chapter 3
        return
    call = 'net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())'
    for param in net.collect_params().values():
        try:
            found = param.list_ctx()
        except RuntimeError:
            raise ValueError(
                'the parameters of net must be initialised, but %s is not: '
                'call %s first' % (param.name, call)) from None
        if not set(ctxs) <= set(found):
            raise ValueError(
                'the parameters of net must be on ctx, %s, but %s is on %s: '
                'call %s, or net.collect_params().reset_ctx(ctx) to keep '
                'their values' % (ctxs, param.name, found, call))


# Where the parameters lay that a trainer has updated: Parameter makes a new
# list of devices when it makes new arrays.
_updated = weakref.WeakKeyDictionary()


def trainer(trainer, net, ctxs):
    """Whether it updates the parameters that net has now."""
    if not hasattr(trainer, 'step'):
        raise TypeError(
            "trainer must be a gluon.Trainer, but is %r: trainer = "
            "gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': "
            "0.1})" % (trainer,))
    if not isinstance(trainer, gluon.Trainer):      # the reader's own
        return
    again = ('make a new one after net.initialize(...): trainer = '
             'gluon.Trainer(net.collect_params(), ...)')
    if isinstance(net, gluon.Block):
        params = set(map(id, net.collect_params().values()))
        if not params.intersection(map(id, trainer._params)):
            raise ValueError(
                'trainer must update the parameters of net, but it was made '
                'for another net, and has none of them: ' + again)
    if not set(ctxs) <= set(trainer._contexts):
        raise ValueError(
            'trainer must update parameters on ctx, %s, but it was made when '
            'they were on %s: %s' % (ctxs, trainer._contexts, again))
    replaced = any(old is not None and old is not param._ctx_list
                   for old, param in zip(_updated.get(trainer, ()),
                                         trainer._params))
    if replaced and _has_memory(trainer):
        raise ValueError(
            'the parameters of net were replaced, as by net.initialize('
            'force_reinit=True), but trainer still has what it remembers of '
            'the old ones (such as their momentum): ' + again)


def _has_memory(trainer):
    return trainer._update_on_kvstore or any(
        state is not None for updater in trainer._updaters
        for state in updater.states.values())


@contextlib.contextmanager
def remembered(trainer):
    """For the next training: which parameters this one updates."""
    try:
        yield
    finally:
        if isinstance(trainer, gluon.Trainer):
            _updated[trainer] = [param._ctx_list for param in trainer._params]


def labels(y, num_outputs):
    """Whether all labels are outputs; the loss would silently clip them."""
    y = y.asnumpy()
    low, high = y.min(), y.max()
    if not 0 <= low <= high < num_outputs:
        raise ValueError(
            'labels must lie in 0 to %d, because net has %d outputs, but a '
            'batch has labels from %g to %g: give the last layer of net as '
            'many outputs as there are classes, or number the classes from 0'
            % (num_outputs - 1, num_outputs, low, high))


def not_swapped(data_iter, net):
    """Later editions call evaluate_accuracy(net, data_iter)."""
    if isinstance(data_iter, gluon.Block):
        raise TypeError(
            'evaluate_accuracy expects the data first and then the net, but '
            'got a %s first: call evaluate_accuracy(data_iter, net, ctx)'
            % type(data_iter).__name__)


class Divergence:
    """Looks at the loss of each batch, and warns once if it is no number.

    Parameters
    ----------
    learning_rate : function
        Returns the present one.
    warns : bool
        Whether this is the one of several workers that speaks.
    """

    def __init__(self, learning_rate, warns):
        self.learning_rate, self.warned = learning_rate, not warns

    def watch(self, epoch, show):
        """What an epoch tells of its batches; passes it on to `show`."""
        batches = itertools.count(1)

        def look(num_examples, l, num_losses):
            show(num_examples, l, num_losses)
            batch = next(batches)
            if not math.isfinite(l) and not self.warned:
                self.warned = True
                self._warn(l, epoch, batch)
        return look

    def _warn(self, l, epoch, batch):
        lr = self.learning_rate()
        warn('the loss is %s since batch %d of epoch %d, at the learning '
             'rate %g: training diverged, and the parameters are most likely '
             'lost. Stop it, try a smaller learning rate, such as %g, and '
             'begin with new parameters (net.initialize(force_reinit=True, '
             '...)) and a new trainer; or look whether the data holds nan or '
             'very large numbers' % (l, batch, epoch, lr, lr / 10),
             RuntimeWarning)


# of cudaMalloc, and of cuDNN and cuBLAS
_OUT_OF_MEMORY = ('out of memory', 'STATUS_ALLOC_FAILED')


def out_of_memory(error, X):
    """Raises a MemoryError instead, if that is what MXNet's error says.

    `X` is the batch, or its part on one device; None if there was none yet.
    """
    text = str(error)
    if X is None or not any(known in text for known in _OUT_OF_MEMORY):
        return
    n, *shape = X.shape
    remedies = []
    if n > 1:
        remedies.append('batch_size=%d, half of it, needs about half the '
                        'memory for what the layers compute' % (n // 2))
    if len(shape) == 3 and min(shape[1:]) > 1:
        remedies.append('images of half the height and width (resize=%d) '
                        'about a quarter' % (shape[1] // 2))
    remedies.append('nvidia-smi lists other processes on the GPU, such as '
                    'the kernels of other notebooks')
    raise MemoryError(
        'there is not enough memory on %s for a batch of %d examples of '
        'shape %s: %s' % (X.context, n, ' x '.join(map(str, shape)),
                          '; '.join(remedies))) from error


def warn(message, category=UserWarning):
    """Warn of a line of the reader's, not of one in this package."""
    package = os.path.dirname(os.path.abspath(__file__)) + os.sep
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(package):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
