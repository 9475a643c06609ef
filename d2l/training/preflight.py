"""Checks before the first batch: do net, trainer and devices match?"""
import contextlib
import weakref

from mxnet import gluon

from .. import amp, checks, gluon_internals


def require_ready(run, *data_iters):
    """Raises TypeError or ValueError unless `run` can train on these."""
    require_net(run.net)
    for data_iter in data_iters:
        checks.require_data(data_iter)
    amp.require_devices(run.ctxs)
    require_initialized(run.net, run.ctxs)
    run.updater.require_fit(run.net, run.ctxs)
    amp.prepare_trainer(run.trainer)


def require_net(net):
    """Raises TypeError unless net is a Block or a function."""
    if not callable(net) or isinstance(net, gluon.Trainer):
        raise TypeError(
            'net must be a Block of gluon or a function, but is a %s: look '
            'at the order of the arguments, by help(d2l.train_ch5) or '
            'help(d2l.train)' % type(net).__name__)


def require_initialized(net, ctxs):
    """Raises ValueError unless net's parameters are on these devices."""
    if not isinstance(net, gluon.Block):    # a function, as in chapter 3
        return
    call = 'net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())'
    for param in net.collect_params().values():
        try:
            param_ctxs = param.list_ctx()
        except RuntimeError:
            raise ValueError(
                'the parameters of net must be initialised, but %s is not: '
                'call %s first' % (param.name, call)) from None
        if not set(ctxs) <= set(param_ctxs):
            raise ValueError(
                'the parameters of net must be on ctx, %s, but %s is on %s: '
                'call %s, or net.collect_params().reset_ctx(ctx) to keep '
                'their values' % (ctxs, param.name, param_ctxs, call))


# Where the parameters of a trainer were when it last updated them.
_placements = weakref.WeakKeyDictionary()


def require_trainer(trainer, net, ctxs):
    """Raises unless `trainer` updates the parameters that net has now."""
    if not hasattr(trainer, 'step'):
        raise TypeError(
            "trainer must be a gluon.Trainer, but is %r: trainer = "
            "gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': "
            "0.1})" % (trainer,))
    if not isinstance(trainer, gluon.Trainer):      # the reader's own
        return
    remedy = ('make a new one after net.initialize(...): trainer = '
              'gluon.Trainer(net.collect_params(), ...)')
    trained = gluon_internals.trained_parameters(trainer)
    if isinstance(net, gluon.Block):
        params = set(map(id, net.collect_params().values()))
        if not params.intersection(map(id, trained)):
            raise ValueError(
                'trainer must update the parameters of net, but it was made '
                'for another net, and has none of them: ' + remedy)
    trainer_ctxs = gluon_internals.trainer_contexts(trainer)
    if not set(ctxs) <= set(trainer_ctxs):
        raise ValueError(
            'trainer must update parameters on ctx, %s, but it was made when '
            'they were on %s: %s' % (ctxs, trainer_ctxs, remedy))
    are_replaced = any(
        before is not None and before is not gluon_internals.placement(param)
        for before, param in zip(_placements.get(trainer, ()), trained))
    if are_replaced and _has_state(trainer):
        raise ValueError(
            'the parameters of net were replaced, as by net.initialize('
            'force_reinit=True), but trainer still has the state of the old '
            'ones (such as their momentum): ' + remedy)


def _has_state(trainer):
    return gluon_internals.updates_on_kvstore(trainer) or any(
        state is not None for updater in gluon_internals.updaters(trainer)
        for state in updater.states.values())


@contextlib.contextmanager
def remember_placements(trainer):
    """Note, for the next training, which arrays this one updates."""
    try:
        yield
    finally:
        if isinstance(trainer, gluon.Trainer):
            _placements[trainer] = [
                gluon_internals.placement(param)
                for param in gluon_internals.trained_parameters(trainer)]
