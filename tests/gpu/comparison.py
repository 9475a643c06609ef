"""Any operator of MXNet's registry on cpu() and on gpu(0), compared.

    case = Case('dot', [a, b], {'transpose_a': True})
    check(case)         # fails with what differs

Compared are outputs, gradients for random head gradients, and the inputs
afterwards (states of optimizers change in place): shapes and dtypes must be
equal, values nearly. Where one device refuses, so must the other.
"""
import mxnet as mx
import numpy as np
from exceptions import exception_for
from mxnet import autograd, nd
from mxnet.base import MXNetError

from d2l.gpu.registry import definition_of

# relative and absolute: MXNet sums in another order, and in float16
TOLERANCES = {'float16': (1e-2, 1e-2), 'float32': (1e-4, 1e-5),
              'float64': (1e-6, 1e-8)}

OLD = 7     # what gradients hold before backward


def call(op, arrays, params, out=None):
    """What an operator returns, as a list, whatever its name."""
    creator = definition_of(mx.base._LIB.real, op).creator
    return mx.ndarray.register._imperative_invoke(
        creator, arrays, list(params), list(params.values()), out, False,
        True)


def compute(case, ctx):
    """Outputs, gradients and inputs afterwards, as NumPy arrays."""
    arrays = [nd.empty(x.shape, ctx, x.dtype) for x in case.inputs]
    for array, x in zip(arrays, case.inputs):
        array[:] = nd.array(x, ctx, x.dtype)
    params = dict(case.params)
    if not arrays:
        params['ctx'] = str(ctx)
    wanted = [x for i, x in enumerate(arrays[:case.differentiate])
              if np.issubdtype(x.dtype, np.floating)
              and i not in case.constant]
    for x in wanted:
        x.attach_grad()
        x.grad[:] = OLD
    out = [arrays[i] for i in case.out] or None
    with autograd._RecordingStateScope(bool(wanted), case.train):
        outs = call(case.op, arrays, params, out)
    outs = outs if isinstance(outs, list) else [outs]
    heads = [x for x in outs if np.issubdtype(x.dtype, np.floating)]
    gradients = []
    if wanted and heads:
        random = np.random.RandomState(0)
        autograd.backward(heads, [
            nd.array(random.normal(size=x.shape), ctx, x.dtype)
            for x in heads], train_mode=case.train)
        gradients = [x.grad for x in wanted]
    return [[x.asnumpy() for x in part]
            for part in (outs, gradients, arrays)]


def _refusal(case, ctx):
    """What the device makes of it: results and error; one of them is None."""
    with mx.util.np_shape(case.np_shape), np.errstate(all='ignore'):
        try:
            return compute(case, ctx), None
        except MXNetError as error:
            return None, error
        finally:
            _discard_errors()


def _discard_errors():
    """Else MXNet's engine raises them in a later case."""
    for _ in range(10):
        try:
            nd.waitall()
        except MXNetError:
            continue
        return
    raise AssertionError('MXNet fails again and again')


def _first_line(error):
    lines = [line for line in str(error).split('\n') if 'rror' in line]
    return (lines or [str(error)])[-1][:200]


def difference(case):
    """What differs between the devices, or None.

    Errors other than MXNetError are passed on: no device may raise them.
    """
    (cpu, cpu_error), (gpu, gpu_error) = (
        _refusal(case, ctx) for ctx in (mx.cpu(), mx.gpu(0)))
    if cpu_error is not None and gpu_error is not None:
        return None
    if cpu_error is not None:
        return 'only cpu() refuses: %s' % _first_line(cpu_error)
    if gpu_error is not None:
        return 'only gpu(0) refuses: %s' % str(gpu_error)[:300]
    for kind, theirs, ours in zip(('output', 'gradient', 'input'), cpu, gpu):
        if len(theirs) != len(ours):
            return '%d %ss on cpu(), %d on gpu(0)' % (len(theirs), kind,
                                                      len(ours))
        for i, (x, y) in enumerate(zip(theirs, ours)):
            if kind == 'gradient' and (x == OLD).all():
                x = np.zeros_like(x)    # MXNet forgets some, of labels
            found = _compare_arrays(x, y, case.scale)
            if found:
                return '%s %d: %s' % (kind, i, found)
    return None


def _compare_arrays(x, y, scale):
    if x.shape != y.shape or x.dtype != y.dtype:
        return '%s%s on cpu(), %s%s on gpu(0)' % (
            x.dtype, list(x.shape), y.dtype, list(y.shape))
    relative, absolute = TOLERANCES.get(str(x.dtype), (0, 0))
    if np.allclose(x, y, relative * scale, absolute * scale, equal_nan=True):
        return None
    return 'values\n%s\non cpu(), on gpu(0)\n%s' % (str(x)[:500],
                                                    str(y)[:500])


def check(case):
    """Fail with what differs, unless it is a known difference."""
    if exception_for(case) is None:
        found = difference(case)
        assert found is None, '%s: %s\ninputs: %s' % (
            case, found, str(case.inputs)[:1500])
