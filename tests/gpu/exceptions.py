"""The operators that are known to differ from the CPU's, and are right."""
import typing

import numpy as np
from case import Case


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
    Difference('norm', 'the CPU scales by integers, and rounds: its norm of '
               'integers is too small',
               lambda case: (case.inputs[0].dtype.kind in 'iu'
                             and case.params.get('ord', 2) == 2),
               Case('norm', [np.array([9, 10, 11])])),
    Difference('mean', "the CPU's sum of integers may overflow, ours does "
               'not', lambda case: (
                   case.inputs[0].dtype in ('int8', 'uint8')
                   and np.abs(case.inputs[0].astype(int)).sum() > 127),
               Case('mean', [np.array([100] * 3, 'int8')])),
    Difference('_contrib_arange_like', 'in float16 the CPU cuts start and '
               'step to integers', lambda case: (
                   case.inputs[0].dtype == 'float16' and any(
                       case.params.get(name, 0) % 1
                       for name in ('start', 'step'))),
               Case('_contrib_arange_like', [np.zeros(3, 'float16')],
                    dict(step=.5), differentiate=0)),
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
    Difference('SoftmaxOutput', "with out_grad MXNet multiplies the gradient "
               'by the output, not by the gradient of the output',
               lambda case: case.params.get('out_grad'),
               Case('SoftmaxOutput', [_ONES[0], np.zeros(3, 'float32')],
                    dict(out_grad=True))),
    Difference('_contrib_allclose', 'MXNet leaves the shape () even where '
               'this means unknown', lambda case: not case.np_shape,
               Case('_contrib_allclose', [_ONES, _ONES], differentiate=0)),
    Difference('FullyConnected', 'oneDNN leaves the gradient of a bias at 0 '
               'where the weight needs none',
               lambda case: 1 in case.constant and len(case.inputs) > 2,
               Case('FullyConnected', [_ONES[0], _ONES[:, 0], _ONES[:, 0, 0]],
                    dict(num_hidden=2), constant=(1,))),
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
    Difference(op, 'with out=weight MXNet lets the momentum decay by the '
               'weight that it has changed already',
               lambda case: case.out and case.params.get('wd'),
               Case(op, inputs, dict(lr=.1, momentum=.9, wd=.5),
                    differentiate=0, out=(0,)))
    for op, inputs in (('nag_mom_update', [_ONES] * 3),
                       ('mp_nag_mom_update', [
                           _ONES.astype('float16'), _ONES.astype('float16'),
                           _ONES, _ONES]))
] + [
    Difference(op, 'of the labels of an array of three axes the CPU takes '
               'the first ones only; the GPU refuses them',
               lambda case: (
                   case.inputs[0].ndim > 2
                   and case.inputs[1].shape == case.inputs[0].shape[:-1]
                   and not case.params.get('multi_output')
                   and not case.params.get('preserve_shape')),
               Case(op, [_ONES, _ONES[..., 0]], differentiate=1))
    for op in ('SoftmaxOutput', 'SVMOutput')
] + [
    Difference('RNN', 'only the CPU has no gradient of a projection, nor '
               'training with one',
               lambda case: (case.params.get('projection_size')
                             and (case.train or _wants_gradient(case))),
               Case('RNN', [np.ones(shape, 'float32') for shape in (
                   (2, 1, 3), (120,), (1, 1, 2), (1, 1, 4))], dict(
                       mode='lstm', state_size=4, num_layers=1,
                       projection_size=2))),
    Difference('RNN', 'the CPU ignores lengths',
               lambda case: case.params.get('use_sequence_length'),
               Case('RNN', [np.ones(shape, 'float32') for shape in (
                   (2, 1, 3), (24,), (1, 1, 3), (1,))], dict(
                       mode='rnn_tanh', state_size=3, num_layers=1,
                       use_sequence_length=True), differentiate=3)),
    Difference('RNN', 'the CPU ignores the bounds of states', lambda case: any(
                   case.params.get('lstm_state_clip_' + end) is not None
                   for end in ('min', 'max')),
               Case('RNN', [np.ones(shape, 'float32') for shape in (
                   (2, 1, 3), (144,), (1, 1, 4), (1, 1, 4))], dict(
                       mode='lstm', state_size=4, num_layers=1,
                       lstm_state_clip_min=-.1, lstm_state_clip_max=.1))),
    Difference('_adamw_update', 'MXNet rescales and clips the gradient in '
               'place', lambda case: (
                   case.inputs[4][0] not in (0, 1)
                   or case.params.get('clip_gradient', -1) >= 0),
               Case('_adamw_update', [_ONES] * 4 + [np.array(
                   [2], 'float32')], dict(lr=.1, eta=1.), differentiate=0,
                   out=(0,))),
    Difference('mp_lamb_update_phase2', 'MXNet leaves the float32 copy of '
               'the weight as it is', lambda case: True,
               Case('mp_lamb_update_phase2', [
                   _ONES.astype('float16'), _ONES, *np.ones(
                       (2, 1), 'float32'), _ONES], dict(lr=.1),
                    differentiate=0, out=(0,))),
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
