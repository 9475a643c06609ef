"""Any operator of MXNet's registry on cpu() and on gpu(0), compared.

    case = Case('dot', [a, b], {'transpose_a': True})
    check(case)         # fails with what differs

Compared are outputs, gradients for random head gradients, and the inputs
afterwards (states of optimizers change in place): shapes and dtypes must be
equal, values nearly. Where one device refuses, so must the other.
"""
import dataclasses
import typing

import mxnet as mx
import numpy as np
from mxnet import autograd, nd
from mxnet.base import MXNetError

from d2l.gpu.registry import definition_of

# relative and absolute: MXNet sums in another order, and in float16
TOLERANCES = {'float16': (1e-2, 1e-2), 'float32': (1e-4, 1e-5),
              'float64': (1e-6, 1e-8)}


@dataclasses.dataclass
class Case:
    """A call of an operator.

    Attributes
    ----------
    op : str
        Its name in MXNet's registry.
    inputs : list of numpy.ndarray
    params : dict of str to object
    train : bool
        Whether it is called in training mode.
    differentiate : int or None
        How many of the inputs need a gradient: all of a floating dtype by
        default, none with 0.
    out : tuple of int
        The inputs that the results are written to.
    np_shape : bool
        Whether zero-dimensional arrays exist, as with mx.npx.set_np().
    scale : float
        What the tolerances are multiplied by.
    """

    op: str
    inputs: list = dataclasses.field(default_factory=list)
    params: dict = dataclasses.field(default_factory=dict)
    train: bool = True
    differentiate: typing.Optional[int] = None
    out: tuple = ()
    np_shape: bool = False
    scale: float = 1

    def __str__(self):
        arrays = ', '.join('%s%s' % (x.dtype, list(x.shape))
                           for x in self.inputs)
        params = ', '.join('%s=%s' % item for item in self.params.items())
        return '%s(%s)' % (self.op, '; '.join(filter(None, (arrays, params))))


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
    wanted = [x for x in arrays[:case.differentiate]
              if np.issubdtype(x.dtype, np.floating)]
    for x in wanted:
        x.attach_grad()
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


class Difference(typing.NamedTuple):
    """A difference that is known, and right.

    Attributes
    ----------
    op : str
    reason : str
    when : callable
        Tells of a `Case` of this operator whether it is concerned.
    example : Case
        A case that does differ.
    crashes : bool
        Whether MXNet's CPU code may end the process: then the example is
        computed in a process of its own.
    """

    op: str
    reason: str
    when: typing.Callable
    example: Case
    crashes: bool = False


def _wants_gradient(case):
    return case.differentiate != 0 and any(
        np.issubdtype(x.dtype, np.floating)
        for x in case.inputs[:case.differentiate])


def _has_nan(case):
    x = case.inputs[0]
    return np.issubdtype(x.dtype, np.floating) and np.isnan(x).any()


_ONES = np.ones((2, 3, 4), 'float32')

EXCEPTIONS = [
    Difference(op, 'MXNet divides the product by each factor: its gradient '
               'is nan where an element is 0', lambda case: (
                   case.differentiate != 0 and (case.inputs[0] == 0).any()),
               Case(op, [np.array([0, 2, 3], 'float32')]))
    for op in ('prod', 'nanprod')
] + [
    Difference(op, "MXNet's gradient is 0",
               lambda case: (case.differentiate != 0
                             and case.inputs[0].dtype.kind == 'f'),
               Case(op, [np.arange(3.)], np_shape=True))
    for op in ('_npi_var', '_npi_std')
] + [
    Difference('norm', 'MXNet divides by the norm: its gradient is nan where '
               'all is 0, ours 0', lambda case: (
                   _wants_gradient(case) and not case.inputs[0].any()),
               Case('norm', [np.zeros(3, 'float32')])),
    Difference('nansum', 'the CPU takes inf - inf for a rounding error: its '
               'sum of infinite numbers is nan',
               lambda case: np.isinf(case.inputs[0]).any(),
               Case('nansum', [np.array([np.inf, np.inf], 'float32')],
                    differentiate=0)),
    Difference('where', 'only the CPU refuses a condition of dtype bool',
               lambda case: case.inputs[0].dtype == bool,
               Case('where', [_ONES > 0, _ONES, _ONES])),
    Difference('cumsum', 'only the CPU refuses a negative axis',
               lambda case: (case.params.get('axis') or 0) < 0,
               Case('cumsum', [_ONES], dict(axis=-1))),
    Difference('amp_cast', 'oneDNN refuses integers, which MXNet leaves as '
               'they are elsewhere',
               lambda case: case.inputs[0].dtype == 'int64',
               Case('amp_cast', [np.arange(3)], dict(dtype='float16')),
               crashes=True),
    Difference('amp_multicast', 'oneDNN refuses float16',
               lambda case: any(x.dtype == 'float16' for x in case.inputs),
               Case('amp_multicast', [_ONES, _ONES.astype('float16')],
                    dict(num_outputs=2)), crashes=True),
    Difference('_contrib_allclose', 'MXNet leaves the shape () even where '
               'this means unknown', lambda case: not case.np_shape,
               Case('_contrib_allclose', [_ONES, _ONES], differentiate=0)),
    Difference('Crop', 'only the CPU refuses what is not float32',
               lambda case: case.inputs[0].dtype != 'float32',
               Case('Crop', [np.ones((1, 2, 4, 4))],
                    dict(h_w=(3, 3), num_args=1))),
    Difference('SequenceLast', "without lengths MXNet's gradient has its "
               'ones at wrong places, or outside the array',
               lambda case: (_wants_gradient(case) and not
                             case.params.get('use_sequence_length')),
               Case('SequenceLast', [_ONES], dict(axis=1)), crashes=True),
    Difference('sort', 'MXNet loses the axis that is not given: it has no '
               'gradient', lambda case: (_wants_gradient(case)
                                         and 'axis' not in case.params),
               Case('sort', [_ONES])),
] + [
    Difference(op, 'MXNet multiplies 0 by infinity where the base is 0: its '
               'gradients are nan, where ours are 0',
               lambda case: (_wants_gradient(case)
                             and (case.inputs[0] == 0).any()),
               Case(op, [np.zeros(1, 'float32')] * 2))
    for op in ('broadcast_power', '_power')
] + [
    Difference('_power_scalar', 'MXNet multiplies 0 by infinity: the '
               'gradient of x^0 is nan at 0',
               lambda case: (_wants_gradient(case) and not
                             case.params['scalar']),
               Case('_power_scalar', [np.zeros(1, 'float32')],
                    dict(scalar=0.))),
    Difference('_rpower_scalar', 'MXNet multiplies 0 by infinity: the '
               'gradient of 0^x is nan',
               lambda case: (_wants_gradient(case) and not
                             case.params['scalar']),
               Case('_rpower_scalar', [np.ones(1, 'float32')],
                    dict(scalar=0.))),
] + [
    Difference(op, 'MXNet has no order for nan, and then none for the other '
               'numbers; ours is above all', _has_nan,
               Case(op, [np.array([1, np.nan, 3, 2, 0], 'float32')],
                    differentiate=0))
    for op in ('sort', 'argsort', 'topk')
] + [
    Difference(op, "more than 16 elements are sorted by C++'s sort on the "
               'CPU: it leaves equal ones in no order, ours in their own',
               lambda case: (case.inputs[0].size > 16 and len(np.unique(
                   case.inputs[0])) < case.inputs[0].size),
               Case(op, [np.ones(20, 'float32')], params, differentiate=0))
    for op, params in (('argsort', {}), ('topk', dict(k=3)))
] + [
    Difference(op, 'only the CPU has no gradient', _wants_gradient,
               Case(op, inputs, params))
    for op, inputs, params in (
        ('batch_take', [_ONES[0], np.zeros(3, 'int32')], {}),
        ('khatri_rao', [_ONES[0], _ONES[0]], dict(num_args=2)))
] + [
    Difference('Pooling', "oneDNN's gradient of an average takes the last "
               'window to be smaller than it is in forward; in float64, '
               'without oneDNN, MXNet agrees',
               lambda case: (
                   case.params.get('pool_type') == 'avg' and any(
                       case.params.get('pad', ())) and case.params.get(
                           'pooling_convention') == 'full'
                   and case.inputs[0].dtype == 'float32'
                   and case.differentiate != 0),
               Case('Pooling', [np.ones((1, 1, 9, 8), 'float32')], dict(
                   kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type='avg',
                   pooling_convention='full')), crashes=True),
]


def exception_for(case):
    """The known difference that concerns a case, or None."""
    for known in EXCEPTIONS:
        if known.op == case.op and known.when(case):
            return known
    return None


def check(case):
    """Fail with what differs, unless it is a known difference."""
    if exception_for(case) is None:
        found = difference(case)
        assert found is None, '%s: %s\ninputs: %s' % (
            case, found, str(case.inputs)[:1500])
