"""Each operator of MXNet's registry, once: are cpu() and gpu(0) alike?

    python registry_walk.py NAME ...    # prints a line for each operator

A program of its own, since some operators end the process: its last line tells
after which operator.
"""
import ctypes
import sys
import warnings

import mxnet as mx
import numpy as np
from case import Case
from comparison import compute, difference
from exceptions import exception_for
from mxnet.base import check_call, py_str

from d2l.gpu.registry import definition_of

SHAPES = [(2, 3), (1, 2, 4, 4)]
# values for parameters that must be given, where they are needed
PARAMS = dict(
    a_max=1, a_min=-1, act_type='relu', alpha=.5, axes=(0, 1), axis=0,
    begin=(0,), brightness=.1, contrast=.1, depth=3, destination=0,
    dim=0, dtype='float32', end=(1,), eps=1e-3, eta=.1, fill_value=2,
    heads=1, hidden_size=2, high=3, hue=.1, indices=(0, 1), kernel=(2, 2),
    low=0, lr=.1, lrs=(.1,), max_factor=1.2, min_factor=.8, mode='rnn_tanh',
    newshape=(-1,), num=3, num_filter=2, num_hidden=2, num_layers=1,
    num_outputs=1, num_weights=1, output_dim=3, output_size=(4, 4),
    input_dim=4, pooled_size=(2, 2), pad_width=(0, 0, 1, 1), prob=.5,
    range_max=10, reps=(2,), repeats=2, sample_type='nearest', scalar=2.,
    scale=2, sections=1, shape=(2, 3), size=(2, 2), source=1,
    spatial_scale=1., start=0, state_size=2, stop=3, stype='default', t=1,
    target_shape=(4, 4), threshold=.5, transform_type='affine',
    sampler_type='bilinear', value=2., wd=.1, wds=(.1,), width=2, height=2,
    x=1, y=1, w=2, h=2, N=3, k1=1, k2=1, a=3, n=3, step=1, loc=0.,
    saturation=.1, group_size=1, bot=1, top=1, left=1, right=1,
    out_dim=3, weight_decay=.1, offset=0, step_count=(1,),
    learning_rates=(.1,), dimensions=(2, 3), M=3, num_args=1)
SKIPPED = dict(
    _contrib_quantize_asym='it ends MXNet with these arrays',
    _sg_mkldnn_selfatt_qk='it ends MXNet with these arrays',
    _sg_mkldnn_selfatt_valatt='it ends MXNet with these arrays',
    _npi_dsplit='it ends MXNet with these arrays',
    _copyto='it needs out=, and is tested with all copies')
# gpu(0) computes what the CPU refuses
LENIENT = dict(
    Crop='the CPU wants h_w, the size of the part',
    Embedding='the CPU wants a weight of input_dim rows',
    FullyConnected='the CPU wants num_hidden rows',
    LayerNorm='the CPU wants gamma and beta of one axis',
    LeakyReLU='the CPU refuses a gamma that act_type does not use',
    SequenceMask='the CPU refuses lengths that are not used',
    SequenceReverse='the CPU refuses lengths that are not used',
    SequenceLast='the CPU refuses lengths that are not used',
    _contrib_BilinearResize2D='the CPU refuses a `like` that is not used',
    _contrib_boolean_mask='the CPU wants a mask of one axis',
    _linalg_extractdiag='the CPU wants square matrices',
    _linalg_sumlogdiag='the CPU wants square matrices',
    _npi_boolean_mask_assign_scalar='the CPU writes in place only',
    _npi_boolean_mask_assign_tensor='the CPU writes in place only',
    _scatter_set_nd='the CPU compares `shape` with the array',
    _zeros_without_dtype='the CPU wants a dtype',
    lamb_update_phase2='the CPU wants r1 of one element',
    moments='the CPU wants axes',
    softmax='the CPU refuses lengths that are not used',
    log_softmax='the CPU refuses lengths that are not used',
    softmin='the CPU refuses lengths that are not used')
# other differences
DIFFERENT = dict(
    BatchNorm='the CPU accepts a gamma of more elements than channels',
    _contrib_BatchNormWithReLU='as BatchNorm',
    _npi_identity='MXNet is wrong where the shape is no square',
    SoftmaxActivation='oneDNN sums over the last axis, not over all')
RANDOM = ('random', 'sample', 'shuffle', 'dropout', 'bernoulli', 'choice',
          'exponential', 'gumbel', 'logistic', 'normal', 'pareto', 'powerd',
          'rayleigh', 'uniform', 'weibull', 'multinomial', '_npi_gamma')


def operators():
    """The names of all operators, each by one of its names."""
    mx.context.num_gpus()       # puts the seams in place
    count, names = ctypes.c_uint(), ctypes.POINTER(ctypes.c_char_p)()
    real = mx.base._LIB.real
    check_call(real.MXListAllOpNames(ctypes.byref(count),
                                     ctypes.byref(names)))
    found = [py_str(names[i]) for i in range(count.value)]
    return sorted({definition_of(real, name).name for name in found})


def cases(name):
    """Simple calls of an operator; most operators refuse some of them."""
    definition = definition_of(mx.base._LIB.real, name)
    params = {p: PARAMS[p] for p in definition._parsers
              if p in PARAMS and p not in definition.defaults}
    if not definition.inputs and 'shape' in definition.defaults:
        params['shape'] = PARAMS['shape']
    if 'scalar' in definition.defaults:
        params['scalar'] = PARAMS['scalar']
    random = np.random.RandomState(0)
    for shape in SHAPES if definition.inputs else [()]:
        inputs = [random.uniform(.1, .9, shape).astype('float32')
                  for _ in definition.inputs]
        yield Case(name, inputs, params, np_shape=name.startswith('_np'),
                   scale=4)


def is_random(name):
    return 'pdf' not in name and any(part in name.lower() for part in RANDOM)


def examine_case(case):
    """What differs in one call, or None."""
    try:
        found = None if exception_for(case) else difference(case)
        if found and 'only cpu() refuses' in found:     # the gradient, maybe
            case.differentiate = 0
            found = difference(case)
        return found
    except (ValueError, IndexError) as error:       # by MXNet's C++
        return ('only cpu() refuses: %s' % error if computes(case)
                else None)


def computes(case):
    """Whether gpu(0) does not refuse it."""
    try:
        with mx.util.np_shape(case.np_shape):
            compute(case, mx.gpu(0))
        return True
    except mx.MXNetError:
        return False


def examine(name):
    """What differs, or how many of the calls computed something."""
    computed = 0
    for case in cases(name):
        found = examine_case(case)
        if found and not (is_random(name) and ': values' in found):
            kind = ('lenient' if 'only cpu() refuses' in found
                    else 'different')
            return '%s %s: %s' % (kind, case, found.replace('\n', ' '))
        computed += computes(case)
    return 'computed %d' % computed


if __name__ == '__main__':
    mx.nd.zeros(1, mx.gpu(0))
    warnings.simplefilter('ignore')
    for operator in sys.argv[1:]:
        print(operator, end='\t', flush=True)
        print(examine(operator), flush=True)
