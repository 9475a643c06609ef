"""The arrays of executors: their shapes and dtypes, made or shared."""
import logging
import typing

import numpy as np
import torch
from mxnet.base import MXNetError
from mxnet.ndarray.ndarray import (
    _DTYPE_MX_TO_NP,
    _DTYPE_NP_TO_MX,
    _GRAD_REQ_MAP,
)

from .arrays import Array
from .errors import translated
from .state import DTYPES, FLAGS, devices, state


def infer(symbol, shapes, dtypes):
    """Shapes and dtypes of arguments, outputs and states, found by MXNet.

    Parameters
    ----------
    symbol : mxnet.symbol.Symbol
    shapes : dict of str to tuple of int
        Those of the arguments that are known.
    dtypes : dict of str to torch.dtype

    Returns
    -------
    shapes : tuple of list of tuple of int
        Those of the arguments, the outputs and the auxiliary states.
    dtypes : tuple of list of torch.dtype
    """
    found = symbol.infer_shape_partial(**shapes)
    known = {name: _DTYPE_MX_TO_NP[FLAGS[dtype]]
             for name, dtype in dtypes.items() if dtype != torch.bfloat16}
    kinds = _infer_types(symbol, known)
    return found, tuple([[DTYPES.get(_DTYPE_NP_TO_MX[kind], torch.float32)
                          for kind in part] for part in kinds])


def _infer_types(symbol, known):
    """The types, with float32 where nothing says another one."""
    found = _try_types(symbol, known)
    for i, name in enumerate(symbol.list_arguments()):
        if name not in known and (found is None or found[0][i] is None):
            more = dict(known, **{name: np.float32})
            found = _try_types(symbol, more)
            known = more
    # once more for the error
    return found or symbol.infer_type_partial(**known)


def _try_types(symbol, known):
    """The types as far as they are found; None if an operator wants more."""
    try:
        return symbol.infer_type_partial(**known)
    except MXNetError:
        return None


def is_known(shape):
    """Whether a shape, found by MXNet, is complete."""
    if shape is None:
        return False
    if state.np_shape:
        return all(n >= 0 for n in shape)
    return bool(shape) and all(n > 0 for n in shape)


def find_requests(symbol, requests, names):
    """What backward does with the gradient of each argument.

    Parameters
    ----------
    symbol : mxnet.symbol.Symbol
    requests : list of str
        'null', 'write' or 'add', one for each name.
    names : list of str or None
        None: of all arguments; then one request is for all of them.

    Returns
    -------
    list of int
    """
    for request in requests:
        if request not in _GRAD_REQ_MAP:
            raise MXNetError('grad_req=%s is not supported: use null, write '
                             'or add' % request)
    arguments = symbol.list_arguments()
    if names is not None:
        given = dict(zip(names, requests))
        requests = [given.get(name, 'null') for name in arguments]
    elif len(requests) == 1:
        requests = requests * len(arguments)
    elif len(requests) != len(arguments):
        raise MXNetError('grad_req is a list of %d, but the symbol has %d '
                         'arguments' % (len(requests), len(arguments)))
    return [_GRAD_REQ_MAP[request] for request in requests]


class Shared(typing.NamedTuple):
    """What a new executor shares with others.

    Attributes
    ----------
    names : set of str
        The arguments that are those of `executor`: parameters, say.
    executor : d2l.gpu.executors.Executor or None
    buffer : dict of str to Array, or None
        The other arrays of all executors that share, by their names; each
        as large as the largest that was asked for.
    """

    names: typing.Set[str]
    executor: typing.Any
    buffer: typing.Optional[typing.Dict[str, Array]]


def allocate(symbol, device, shapes, dtypes, requests, shared):
    """Arguments, their gradients and states for a new executor.

    Parameters
    ----------
    symbol : mxnet.symbol.Symbol
    device : int
    shapes, dtypes : dict
        Of arguments, as in `infer`.
    requests : list of int
        What backward does with each gradient: 0 nothing.
    shared : Shared

    Returns
    -------
    args, grads, states : list of Array
        None in place of gradients without a request.
    """
    names = symbol.list_arguments()
    (shapes, _, state_shapes), (dtypes, _, state_dtypes) = infer(
        symbol, {n: shape for n, shape in shapes.items() if n in names},
        {n: dtype for n, dtype in dtypes.items() if n in names})
    _require_known(names, shapes)
    old = shared.executor
    args, grads = [], []
    for name, shape, dtype, request in zip(names, shapes, dtypes, requests):
        if old is not None and name in shared.names:
            arg, grad = old.find(name)
            _require_same(name, arg, shape, dtype)
        elif name in shared.names or shared.buffer is None:
            arg = _make(shape, dtype, device)
            grad = _make(shape, dtype, device) if request else None
        else:
            arg = _reuse(shared.buffer, name, shape, dtype, device)
            grad = _reuse(shared.buffer, 'grad of ' + name, shape, dtype,
                          device) if request else None
        args.append(arg)
        grads.append(grad if request else None)
    states = []
    for name, shape, dtype in zip(symbol.list_auxiliary_states(),
                                  state_shapes, state_dtypes):
        if old is not None:
            states.append(old.find_state(name))
            _require_same(name, states[-1], shape, dtype)
        else:
            states.append(_make(shape, dtype, device))
    return args, grads, states


def _require_known(names, shapes):
    unknown = ['%s: %s' % (name, shape)
               for name, shape in zip(names, shapes) if not is_known(shape)]
    if unknown:
        raise MXNetError(
            'InferShape pass cannot decide shapes for the following '
            'arguments (0 means unknown dimensions). Please consider '
            'providing them as inputs: %s' % ', '.join(unknown))


def _require_same(name, array, shape, dtype):
    if tuple(array.data.shape) != shape or array.data.dtype != dtype:
        raise MXNetError(
            'bind: %s is shared, with shape %s and dtype %s, but must have '
            'shape %s and dtype %s here' % (
                name, tuple(array.data.shape), array.data.dtype, shape,
                dtype))


@translated('bind')
def _make(shape, dtype, device):
    return Array(torch.zeros(shape, dtype=dtype, device=devices[device]),
                 device)


def _reuse(buffer, name, shape, dtype, device):
    """An array in memory that other executors use as well."""
    found = buffer.get(name)
    size = torch.Size(shape).numel()
    if found is None or found.data.numel() < size:
        if found is not None:
            logging.warning(
                'bind: %s needs more memory than the executors before it '
                'had: bind the largest one first', name)
        found = buffer[name] = _make(shape, dtype, device)
    _require_same(name, found, tuple(found.data.shape), dtype)
    return _reshape(found, shape)


def _reshape(array, shape):
    """The beginning of an array's memory in another shape."""
    size = torch.Size(shape).numel()
    return Array(array.data.view(-1)[:size].view(shape), array.device)


def reshape(executor, shapes, partial, up):
    """The arrays of an executor in other shapes, as `reshape` makes them.

    Parameters
    ----------
    executor : d2l.gpu.executors.Executor
    shapes : dict of str to tuple of int
        Those of arguments that are given.
    partial : bool
        Whether others may change as well.
    up : bool
        Whether they may need more memory.

    Returns
    -------
    args, grads, states : list of Array
    """
    symbol = executor.symbol
    names, states = symbol.list_arguments(), symbol.list_auxiliary_states()
    found = symbol.infer_shape_partial(**{
        name: shape for name, shape in shapes.items() if name in names})
    _require_known(names, found[0])

    def change(name, array, shape):
        if array is None or tuple(array.data.shape) == shape:
            return array and array.twin()
        if not (partial or name in shapes):
            raise MXNetError(
                'Shape of unspecified arg: %s changed. This can cause the '
                'new executor to not share parameters with the old one. '
                'Please check for error in the network. If this is intended, '
                'set partial_shaping=True to suppress this warning.' % name)
        if torch.Size(shape).numel() <= array.data.numel():
            return _reshape(array, shape)
        if not up:
            raise MXNetError(
                'New shape of arg: %s is larger than original. First making '
                'a big executor and then down sizing it is more efficient '
                'than the reverse. If you really want to up size, set '
                'allow_up_sizing=True to enable allocation of new arrays.'
                % name)
        return _make(shape, array.data.dtype, array.device)

    return (list(map(change, names, executor.args, found[0])),
            list(map(change, names, executor.grads, found[0])),
            list(map(change, states, executor.states, found[2])))
