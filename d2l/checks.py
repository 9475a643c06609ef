"""Errors that name what was expected, what was found and what to do."""
import operator

import mxnet as mx
from mxnet import gluon


def positive_int(value, name):
    """`value` as an int, if it is a positive one."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError('%s must be a positive integer, but is %r'
                         % (name, value))
    return number


def context(ctx):
    """`ctx`, if it is one device."""
    if not isinstance(ctx, mx.Context):
        raise TypeError(
            'ctx must be one device, such as mx.cpu(), mx.gpu(0) or '
            'd2l.try_gpu(), but is %r' % (ctx,))
    return ctx


def contexts(ctx):
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
