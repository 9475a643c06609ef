"""Private attributes of gluon: every use of one is here, with its reason.

MXNet 1.9.1 is the last release, so they will not change under us.
"""
import tempfile

from mxnet import gluon
from mxnet.gluon import loss as gloss
from mxnet.gluon.data import vision
from mxnet.gluon.model_zoo import model_store


# -- blocks and losses
def child_blocks(block):
    """The blocks that `block` holds; gluon lists only those of containers."""
    return list(block._children.values())


def has_hooks(block):
    """Whether the reader registered forward hooks with `block`."""
    return bool(block._forward_hooks or block._forward_pre_hooks)


def num_channels(convolution):
    """The channels that a layer such as Conv2D computes."""
    return convolution._channels


def convolution_arguments(convolution):
    """What a layer such as Conv2D passes to the operator Convolution."""
    return convolution._kwargs


def declared_channels(convolution):
    """The `in_channels` that such a layer was made with, 0 if without."""
    return convolution._in_channels


def flattens(dense):
    """Whether a Dense layer takes all numbers of an example together."""
    return dense._flatten


def pooling_arguments(pooling):
    """What a layer such as MaxPool2D passes to the operator Pooling."""
    return pooling._kwargs


def drop_compiled_graph(block):
    """Free what a hybridized block compiled.

    A block refers to itself, so Python would free it only when it next looks
    for such cycles.
    """
    block._clear_cached_op()


def parameters_by_place(net):
    """The parameters of `net`, by names such as '0.weight'.

    The names that `collect_params` gives depend on how many layers were made
    before, and so differ from run to run.
    """
    return net._collect_params_with_prefix()


def label_axis(loss):
    """The axis of the scores that labels are indices of, or None.

    SoftmaxCrossEntropyLoss clips labels out of range silently. Other
    losses may have a use for them.
    """
    if isinstance(loss, gloss.SoftmaxCrossEntropyLoss) and loss._sparse_label:
        return loss._axis
    return None


# -- parameters
def is_deferred(param):
    """Whether the parameter's shape waits for the first batch."""
    return bool(param._deferred_init)


def finish_deferred_init(param):
    """Make the arrays of a parameter whose shape has become known."""
    param._finish_deferred_init()


def placement(param):
    """An object that is replaced along with the parameter's arrays."""
    return param._ctx_list


def skip_gradient(param, ctx):
    """Count zero as the gradient of the present batch on one device.

    A trainer adds up the gradients of all devices, and refuses those that
    no backward pass has written since the last step.
    """
    if param.grad_req == 'null':
        return
    if param.grad_req == 'write':
        param.grad(ctx)[:] = 0
    param.data(ctx)._fresh_grad = True


# -- trainers
def trained_parameters(trainer):
    """The parameters that `trainer` updates, in its own order."""
    return list(trainer._params)


def trainer_contexts(trainer):
    """The devices that the parameters were on when the trainer was made."""
    return trainer._contexts


def has_sparse_arrays(trainer):
    return trainer._contains_sparse_weight or trainer._contains_sparse_grad


def updates_on_kvstore(trainer):
    """Whether the KVStore updates the parameters; known after a step."""
    return bool(trainer._update_on_kvstore)


def updaters(trainer):
    """The optimizer's state: one updater for each device, all equal.

    Where the KVStore updates, there is one.
    """
    if trainer._update_on_kvstore:
        return [trainer._kvstore._updater]
    return trainer._updaters


def kvstore_options(trainer):
    """The trainer's KVStore options; changes to the dict take effect.

    A dict with 'kvstore', its type or the KVStore itself, and
    'update_on_kvstore'. Empty for a trainer of the reader's own.
    """
    return getattr(trainer, '_kvstore_params', {})


def loss_scaler(trainer):
    """What scales the losses in float16; None for other trainers.

    Its attributes, all numbers, are its state.
    """
    return getattr(trainer, '_amp_loss_scaler', None)


def compression_threshold(trainer):
    """The threshold t: compressed gradients are -t, 0 or t."""
    options = trainer._compression_params or {}
    return float(options.get('threshold', 0.5))


def restart_kvstore(trainer):
    """Make the KVStore anew with the present values of the parameters.

    With several devices it holds a copy of the values, which would be stale.
    """
    trainer._reset_kvstore()
    trainer._init_kvstore()
    trainer._init_params()


def init_kvstore(trainer):
    """Send parameters to the trainer's KVStore, as its first step does."""
    if not trainer._kv_initialized:
        trainer._init_kvstore()
    trainer._init_params()


# -- optimizers
def update_counts(optimizer):
    """How often each parameter was updated, by device: Adam needs it."""
    return optimizer._all_index_update_counts


def set_update_counts(optimizer, counts):
    optimizer._all_index_update_counts = counts
    optimizer._index_update_count = counts[0]


def set_updater_states(updater, states):
    """Give an updater its optimizer states, as `Updater.set_states` does.

    That method unpickles. The updater moves the arrays to its device when
    it first needs them.
    """
    updater.states = states
    updater.states_synced = dict.fromkeys(states, False)


_BLOCK_ATTRIBUTES = set(vars(gluon.HybridBlock(prefix='')))


def constructor_arguments(block):
    """What a block such as a loss or Dropout was made with, by name.

    Blocks keep their arguments in attributes of their own.
    """
    return {name.strip('_'): value for name, value in vars(block).items()
            if name not in _BLOCK_ATTRIBUTES}


# -- the files that gluon downloads
def model_sha1(name):
    """The SHA-1 of the weights of a model of gluon's model zoo."""
    return model_store._model_sha1[name]


def data_set_files(name):
    """Pairs of file and SHA-1 that gluon's CIFAR10 or MNIST downloads."""
    # the constructor would download them
    files = type(name, (getattr(vision, name),),
                 {'_get_data': lambda self: None})
    with tempfile.TemporaryDirectory() as root:
        made = files(root)
    if name == 'CIFAR10':
        return [made._archive_file]
    return [made._train_data, made._train_label,
            made._test_data, made._test_label]
