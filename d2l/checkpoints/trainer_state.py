"""What a trainer knows beside the parameters, to be kept and put back."""
import numpy as np
from mxnet import gluon, nd

from . import statefile

# Not settings of the reader's: derived from the net or changed by every step.
_DERIVED = ('_all_index_update_counts', '_index_update_count',
            'aggregate_num', 'allow_np_array', 'idx2name', 'lr_scheduler',
            'num_update', 'param_dict', 'rescale_grad', 'sym_info')


def refuse_unknown(trainer):
    """Trainers whose state is not all here, or not in plain arrays."""
    if not isinstance(trainer, gluon.Trainer):
        raise TypeError('checkpoint= needs a gluon.Trainer, but trainer is '
                        'a %s: train without checkpoint='
                        % type(trainer).__name__)
    if trainer._contains_sparse_weight or trainer._contains_sparse_grad:
        raise ValueError(
            'checkpoint= needs parameters in plain arrays, but some of this '
            'trainer are sparse: train without checkpoint=')


def settings(trainer):
    """The optimizer, and the numbers that it was told, by name.

    Dicts and lists are left out: what optimizers have in them are notes.
    """
    optimizer = trainer.optimizer
    scheduler = optimizer.lr_scheduler
    found = dict(_attributes(optimizer), optimizer=type(optimizer).__name__)
    if 'lr' in found:       # as gluon.Trainer calls it
        found['learning_rate'] = found.pop('lr')
    if scheduler is not None:
        found['lr_scheduler'] = type(scheduler).__name__
        for name, value in _attributes(scheduler).items():
            found['lr_scheduler.' + name] = value
    return {name: value for name, value in found.items()
            if not isinstance(value, (dict, list, np.ndarray, nd.NDArray))}


def state(trainer, names):
    """Momenta, counts and what else training changes.

    Parameters
    ----------
    names : dict
        What the parameters of the trainer are called: `id` of each to a
        text. (Gluon's own names, and so their order, depend on how many
        layers there were before.)
    """
    optimizer = trainer.optimizer
    names = _names(trainer, names)
    return {
        'attributes': _attributes(optimizer),
        'scheduler': _attributes(optimizer.lr_scheduler),
        'num_update': optimizer.num_update,
        'counts': {device: {names[i]: count for i, count in counts.items()}
                   for device, counts
                   in optimizer._all_index_update_counts.items()},
        'states': {names[i]: value for i, value
                   in _updaters(trainer)[0].states.items()},
    }


def restore(trainer, names, found):
    """Put back what `state` returned, with NumPy's arrays in it."""
    kvstore = trainer._kvstore_params['kvstore']
    if 'dist' not in getattr(kvstore, 'type', kvstore or ''):
        # the store of several devices' parameters begins with those of now;
        # the first step would do this otherwise
        trainer._reset_kvstore()
        trainer._init_kvstore()
        trainer._init_params()
    optimizer = trainer.optimizer
    numbers = {name: i for i, name in _names(trainer, names).items()}
    _set_attributes(optimizer, found['attributes'])
    _set_attributes(optimizer.lr_scheduler, found['scheduler'])
    optimizer.num_update = found['num_update']
    optimizer._all_index_update_counts = {
        device: {numbers[name]: count for name, count in counts.items()}
        for device, counts in found['counts'].items()}
    optimizer._index_update_count = optimizer._all_index_update_counts[0]
    for updater in _updaters(trainer):
        updater.states = {numbers[name]: _ndarrays(value)
                          for name, value in found['states'].items()}
        # the updater moves them to its device when it first needs them
        updater.states_synced = dict.fromkeys(updater.states, False)


def _updaters(trainer):
    """One for each device, all in the same state, or that of the kvstore."""
    if trainer._update_on_kvstore:
        return [trainer._kvstore._updater]
    return trainer._updaters


def _names(trainer, names):
    return {i: names.get(id(param), param.name)
            for i, param in enumerate(trainer._params)}


def _attributes(value):
    return {name: attribute
            for name, attribute in getattr(value, '__dict__', {}).items()
            if name not in _DERIVED and statefile.plain(attribute)}


def _set_attributes(value, attributes):
    """Only those that it has: a checkpoint adds nothing."""
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


def parameters(net, trainer, params):
    """What is trained, by names that stay the same from run to run.

    Returns
    -------
    dict
        Text to Parameter; to NDArray for `params` of chapter 3.
    """
    if isinstance(net, gluon.Block):
        return net._collect_params_with_prefix()
    found = params if trainer is None else trainer._params
    return {str(i): param for i, param in enumerate(found)}
