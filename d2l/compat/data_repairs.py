"""Repairs of gluon's data sets and of its DataLoader.

`repairs` lists them, and explains how they are applied.
"""
import functools
import os
import types

from .repairs import after
from .shipped_data import place_files, read_examples


@after('mxnet.gluon.data.dataloader')
def fork_worker_processes(module):
    """Python 3.14 no longer forks worker processes by default.

    MXNet's DataLoader needs fork: functions defined in a notebook, such as
    lambda X: X * 2, cannot be sent to a process that was not forked.
    """
    import multiprocessing
    if 'fork' not in multiprocessing.get_all_start_methods():
        return
    context = multiprocessing.get_context('fork')
    shim = types.ModuleType('multiprocessing')
    vars(shim).update(vars(multiprocessing), Pool=context.Pool,
                      Process=context.Process)
    shim.get_context = lambda method='fork': multiprocessing.get_context(
        method or 'fork')
    module.multiprocessing = shim


@after('mxnet.gluon.data.vision.datasets')
def use_shipped_fashion_mnist(module):
    """MXNet 1.9.1 gets Fashion-MNIST from hosts that are often down."""
    cls = module.FashionMNIST
    init = cls.__init__

    @functools.wraps(init)
    def __init__(self, root=init.__defaults__[0], train=True, transform=None):
        root = place_files(os.path.expanduser(root), train)
        init(self, root, train, transform)

    def _get_data(self):
        images, labels = read_examples(self._root, self._train)
        if module.is_np_array():
            self._data = module._mx_np.array(images, dtype=images.dtype)
            self._label = module._mx_np.array(labels, dtype=labels.dtype)
        else:
            self._data = module.nd.array(images, dtype=images.dtype)
            self._label = labels

    cls.__init__, cls._get_data = __init__, _get_data
