"""One training: a net, what updates it, its loss and its devices."""
import math
import re

from mxnet import gluon

from .. import amp, gluon_internals
from ..checkpoints import statefile, trainer_state
from . import preflight
from .graph import Graph
from .joint import JointGraph


class Run:
    """All that a training loop computes with.

    Parameters
    ----------
    net : Block or function
        Maps `X` to scores, shape (batch, classes, ...).
    loss : Block or function
        Losses of scores and labels.
    updater : TrainerUpdater or SgdUpdater
    ctxs : list of Context
        The devices.
    is_per_loss : bool, optional
        True for `d2l.train`: labels are cast to the dtype of the scores, and
        the printed loss is averaged over the losses. Otherwise their sum is
        divided by the number of labels. The two differ where an image has
        one loss but a label for every pixel.

    Attributes
    ----------
    graph : Graph
        Calls `net`.
    joint : JointGraph
        Net and loss together.
    num_batches : int or None
        Batches of an epoch, where it is known; set by the loop.
    """

    def __init__(self, net, loss, updater, ctxs, is_per_loss=False):
        self.net, self.loss, self.updater = net, loss, updater
        self.ctxs, self.is_per_loss = ctxs, is_per_loss
        self.graph = Graph(net)
        self.joint = JointGraph(self.graph, loss, is_per_loss)
        self.num_batches = None

    def compute_loss(self, y_hat, y):
        """Losses of scores and labels, on the device of the scores."""
        y = y.as_in_context(y_hat.context)
        return self.loss(y_hat, y.astype(y_hat.dtype) if self.is_per_loss
                         else y)

    def update(self, n):
        """Change the parameters by their gradients, after n examples."""
        self.updater.update(n)

    def skip_gradients(self, ctxs):
        """Count zero as the gradients on devices without an example."""
        for ctx in ctxs:
            for param in self.parameters().values():
                gluon_internals.skip_gradient(param, ctx)

    @property
    def learning_rate(self):
        """The present learning rate; nan if it is unknown."""
        return self.updater.learning_rate

    @property
    def trainer(self):
        """The trainer, or None."""
        return self.updater.trainer

    def parameters(self):
        """The parameters to save, by names that are the same in every run.

        Returns
        -------
        dict of str to (Parameter or NDArray)
            All parameters of a net of Gluon; of a function, those that are
            updated.
        """
        if isinstance(self.net, gluon.Block):
            return gluon_internals.parameters_by_place(self.net)
        return {str(i): param for i, param
                in enumerate(self.updater.parameters())}

    def settings(self):
        """Settings that affect the results, apart from net and data.

        All calls with one checkpoint, and all processes that train
        together, must have the same.
        """
        return dict(self.updater.settings(), loss=describe_loss(self.loss),
                    batches=self.num_batches, **amp.settings())

    def layers(self):
        """The net's repr as lines, without inferred shapes."""
        if not isinstance(self.net, gluon.Block):
            return []
        text = re.sub(r'\b(None|\d+) -> |, in_channels=\w+', '',
                      repr(self.net))
        text = re.sub(r' at 0x[0-9a-f]+', '', text)
        return [line.strip() for line in text.splitlines()]


class TrainerUpdater:
    """Updates by a trainer.

    Parameters
    ----------
    trainer : gluon.Trainer
        Or any object with a method `step`.
    batch_size : int, optional
        Passed to `step`; by default, the size of each batch.
    """

    def __init__(self, trainer, batch_size=None):
        self.trainer, self.batch_size = trainer, batch_size

    def update(self, n):
        self.trainer.step(self.batch_size or n)

    @property
    def learning_rate(self):
        return getattr(self.trainer, 'learning_rate', math.nan)

    def require_fit(self, net, ctxs):
        preflight.require_trainer(self.trainer, net, ctxs)

    def parameters(self):
        return gluon_internals.trained_parameters(self.trainer)

    def settings(self):
        settings = {}
        if self.batch_size is not None:
            settings['batch_size'] = self.batch_size
        if isinstance(self.trainer, gluon.Trainer):
            settings.update(trainer_state.settings(self.trainer))
        return settings

    def require_saveable(self):
        trainer_state.require_saveable(self.trainer)

    def state(self, names):
        """What a checkpoint keeps; `names` maps `id(parameter)` to a name."""
        return trainer_state.state(self.trainer, names)

    def require_fit_state(self, names, state, params, changed):
        trainer_state.require_fit(self.trainer, names, state, params, changed)

    def restore(self, names, state):
        trainer_state.restore(self.trainer, names, state)


class SgdUpdater:
    """Updates by a function such as `d2l.sgd`, which has no state.

    Parameters
    ----------
    sgd : function
        `sgd(params, lr, batch_size)` changes the parameters.
    params : list of NDArray
    lr : float
    batch_size : int
    """
    trainer = None

    def __init__(self, sgd, params, lr, batch_size):
        self.sgd, self.params = sgd, params
        self.learning_rate, self.batch_size = lr, batch_size

    def update(self, n):
        self.sgd(self.params, self.learning_rate, self.batch_size)

    def require_fit(self, net, ctxs):
        pass

    def parameters(self):
        return self.params

    def settings(self):
        return dict(batch_size=self.batch_size, lr=float(self.learning_rate))

    def require_saveable(self):
        pass

    def state(self, names):
        return None

    def require_fit_state(self, names, state, params, changed):
        if state is not None:
            raise ValueError('it has the state of a trainer, and this '
                             'training has none')

    def restore(self, names, state):
        pass


def describe_loss(loss):
    """A loss as a text: its kind and its arguments."""
    if not isinstance(loss, gluon.Block):
        return getattr(loss, '__qualname__', type(loss).__name__)
    arguments = gluon_internals.constructor_arguments(loss)
    return '%s(%s)' % (type(loss).__name__, ', '.join(
        '%s=%r' % (name, value) for name, value in sorted(arguments.items())
        if statefile.is_plain(value)))
