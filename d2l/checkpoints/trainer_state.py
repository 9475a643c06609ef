"""The state of a trainer beside its parameters: saved and restored."""
import mxnet as mx
import numpy as np
from mxnet import gluon, nd

from .. import gluon_internals
from . import content, statefile

# Attributes of optimizers that users do not set: they follow from the net,
# or change with every step.
_DERIVED = ('_all_index_update_counts', '_index_update_count',
            'aggregate_num', 'allow_np_array', 'idx2name', 'lr_scheduler',
            'num_update', 'param_dict', 'rescale_grad', 'sym_info')


def require_saveable(trainer):
    """Raises for trainers whose state is not all here, in plain arrays."""
    if not isinstance(trainer, gluon.Trainer):
        raise TypeError('checkpoint= needs a gluon.Trainer, but trainer is '
                        'a %s: train without checkpoint='
                        % type(trainer).__name__)
    if gluon_internals.has_sparse_arrays(trainer):
        raise ValueError(
            'checkpoint= needs parameters in plain arrays, but some of this '
            'trainer are sparse: train without checkpoint=')
    optimizer = trainer.optimizer
    for owner in (optimizer, optimizer.lr_scheduler):
        for name, value in getattr(owner, '__dict__', {}).items():
            if name not in _DERIVED and _is_lost_state(value):
                raise ValueError(
                    'checkpoint= keeps numbers, texts and plain arrays, but '
                    'the attribute %s of %s holds something else: train '
                    'without checkpoint='
                    % (name, type(owner).__name__))
    made = _first_state(trainer)
    if not statefile.is_plain(made):
        raise ValueError(
            'checkpoint= keeps numbers, texts and plain arrays, but '
            '%s.create_state returns a %s: return arrays in tuples, lists '
            'or dicts, or train without checkpoint='
            % (type(optimizer).__name__, type(made).__name__))


def _is_lost_state(value):
    """Whether training may change `value`, which cannot be saved."""
    return (isinstance(value, (list, tuple, dict, set, nd.NDArray,
                               mx.lr_scheduler.LRScheduler))
            and not statefile.is_plain(value))


def _first_state(trainer):
    """The optimizer's state of a parameter whose shape is known, or None."""
    for i, param in enumerate(gluon_internals.trained_parameters(trainer)):
        if param.grad_req != 'null' and not gluon_internals.is_deferred(param):
            return trainer.optimizer.create_state_multi_precision(
                i, param.list_data()[0])
    return None


def settings(trainer):
    """The optimizer and its hyperparameters, by name.

    Dicts and lists are left out: optimizers keep notes in them.
    """
    optimizer = trainer.optimizer
    scheduler = optimizer.lr_scheduler
    values = {_setting(name): value
              for name, value in _attributes(optimizer).items()}
    values['optimizer'] = type(optimizer).__name__
    if scheduler is not None:
        values['lr_scheduler'] = type(scheduler).__name__
        for name, value in _attributes(scheduler).items():
            values[_setting(name, 'lr_scheduler.')] = value
    return {name: value for name, value in values.items()
            if not isinstance(value, (dict, list, np.ndarray, nd.NDArray))}


def _setting(attribute, prefix=''):
    """What `settings` calls an attribute."""
    name = prefix + attribute
    return 'learning_rate' if name == 'lr' else name   # as gluon.Trainer does


def state(trainer, names):
    """Momenta, counts and whatever else training changes.

    Parameters
    ----------
    names : dict of int to str
        Names of the trainer's parameters, by `id`. (Gluon's own names, and
        so their order, depend on how many layers there were before.)
    """
    optimizer = trainer.optimizer
    names = _names(trainer, names)
    return {
        'attributes': _attributes(optimizer),
        'scheduler': _attributes(optimizer.lr_scheduler),
        'num_update': optimizer.num_update,
        'counts': {device: {names[i]: count for i, count in counts.items()}
                   for device, counts
                   in gluon_internals.update_counts(optimizer).items()},
        'states': {names[i]: value for i, value
                   in gluon_internals.updaters(trainer)[0].states.items()},
        'loss_scaler': _attributes(gluon_internals.loss_scaler(trainer)),
    }


def require_fit(trainer, names, saved, params, changed):
    """Require that `saved` is what `state` can have returned.

    Parameters
    ----------
    names
        As for `state`.
    saved : object
    params : dict of str to list of numpy.ndarray
        The saved parameters.
    changed : list of str
        The settings that training changed. All others are as they are now.

    Raises
    ------
    ValueError
        It is not: nothing may be put back.
    """
    require, optimizer = content.require, trainer.optimizer
    keys = {'attributes', 'scheduler', 'num_update', 'counts', 'states'}
    require(isinstance(saved, dict) and set(saved) - {'loss_scaler'} == keys,
            'the state of its trainer must have the entries %s'
            % ', '.join(sorted(keys)), saved)
    for name, value, prefix in (
            ('attributes', optimizer, ''),
            ('scheduler', optimizer.lr_scheduler, 'lr_scheduler.')):
        _require_attributes(_attributes(value), saved[name], prefix, changed)
    scaler = saved.get('loss_scaler', {})
    require(isinstance(scaler, dict), 'it must have numbers of the loss '
            'scaler', scaler)
    for name, value in _attributes(
            gluon_internals.loss_scaler(trainer)).items():
        if name in scaler:
            require(content.is_like(scaler[name], value),
                    'the loss scaler must have a number as %s' % name,
                    scaler[name])
    indices = {name: i for i, name in _names(trainer, names).items()}
    _require_counts(saved, indices, optimizer)
    for name, value in saved['states'].items():
        array = params[name][0] if name in params else (
            gluon_internals.trained_parameters(trainer)[indices[name]]
            .list_data()[0])
        expected = optimizer.create_state_multi_precision(
            indices[name], nd.array(array, dtype=array.dtype))
        require(content.is_like(value, expected),
                'the state of %s must be %s' % (name, _describe(expected)),
                _describe(value))


def _require_attributes(present, saved, prefix, changed):
    content.require(isinstance(saved, dict),
                    'the attributes of its optimizer must have names', saved)
    for name, value in present.items():
        if name not in saved:
            continue
        found = saved[name]
        if name in ('lr_mult', 'wd_mult'):
            fits = isinstance(found, dict) and all(
                map(content.is_number, found.values()))
        elif isinstance(value, (dict, list)):   # notes, which may grow
            fits = type(found) is type(value) and content.is_sound(found)
        elif isinstance(value, (np.ndarray, nd.NDArray)):
            fits = content.is_like(found, value)
        elif _setting(name, prefix) in changed:
            fits = (content.is_sound(found) if value is None
                    else content.is_like(found, value))
        else:
            fits = type(found) is type(value) and found == value or (
                content.is_number(found) and found == value)
        content.require(fits, '%s must be like %s' % (
            prefix + name, _describe(value)), _describe(found))


def _require_counts(saved, names, optimizer):
    """Updates are counted for parameters that have a state, and vice versa.
    """
    require = content.require
    num_update, counts, states = (
        saved[name] for name in ('num_update', 'counts', 'states'))
    content.require_count(num_update, 'the number of updates')
    require(isinstance(states, dict) and set(states) <= set(names),
            'it must have states of the parameters that are trained, by '
            'name', states)
    require(isinstance(counts, dict) and 0 in counts and all(
        type(device) is int and isinstance(count, dict)
        and set(count) <= set(states) for device, count in counts.items()),
        'it must count the updates of parameters that have a state', counts)
    for count in counts.values():
        for name, number in count.items():
            content.require_count(number, 'the number of updates of ' + name)
            require(number <= num_update, 'no parameter may be updated '
                    'more than %d times' % num_update, number)
    if num_update > optimizer.begin_num_update:
        require(set(counts[0]) == set(states), 'it must count the updates of '
                'all parameters that have a state', counts)


def _describe(value):
    if hasattr(value, 'dtype'):
        return '%s %s' % (np.dtype(value.dtype), value.shape)
    if isinstance(value, (list, tuple)):
        return '(%s)' % ', '.join(map(_describe, value))
    return '%.60r' % (value,)


def restore(trainer, names, saved):
    """Restore what `state` returned, with NumPy's arrays in it."""
    kvstore = gluon_internals.kvstore_options(trainer)['kvstore']
    if 'dist' not in getattr(kvstore, 'type', kvstore or ''):
        gluon_internals.restart_kvstore(trainer)
    optimizer = trainer.optimizer
    indices = {name: i for i, name in _names(trainer, names).items()}
    _set_attributes(optimizer, saved['attributes'])
    _set_attributes(optimizer.lr_scheduler, saved['scheduler'])
    _set_attributes(gluon_internals.loss_scaler(trainer),
                    saved.get('loss_scaler', {}))   # older ones lack it
    optimizer.num_update = saved['num_update']
    gluon_internals.set_update_counts(optimizer, {
        device: {indices[name]: count for name, count in counts.items()}
        for device, counts in saved['counts'].items()})
    for updater in gluon_internals.updaters(trainer):
        gluon_internals.set_updater_states(updater, {
            indices[name]: _ndarrays(value)
            for name, value in saved['states'].items()})


def _names(trainer, names):
    return {i: names.get(id(param), param.name)
            for i, param in enumerate(
                gluon_internals.trained_parameters(trainer))}


def _attributes(value):
    return {name: attribute
            for name, attribute in getattr(value, '__dict__', {}).items()
            if name not in _DERIVED and statefile.is_plain(attribute)}


def _set_attributes(value, attributes):
    """Set attributes that `value` has: a checkpoint adds none."""
    for name in _attributes(value):
        if name in attributes:
            setattr(value, name, _ndarrays(attributes[name]))


def _ndarrays(value):
    """`value` with MXNet's arrays for NumPy's."""
    if hasattr(value, 'dtype'):
        return nd.array(value, dtype=value.dtype)
    if isinstance(value, dict):
        return {key: _ndarrays(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_ndarrays, value))
    return value
