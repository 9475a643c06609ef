"""Repairs of modules whose problem is not a missing name.

A repair is a function of the module. Its decorator says before or after which
module's execution it is applied; repairs of one module are applied in the
order of this file. The first line of its docstring says what it repairs and
which version made that necessary; `python -m d2l` prints the line.
"""
import functools
import os
import types

from .scalars import PlainStr, convert_one_element, keep_precision
from .shipped_data import place_files, read_examples
from .threads import look, start

BEFORE, AFTER = {}, {}  # module name: list of repairs
applied = []            # pairs of module name and repair


def before(*names):
    """Register a repair to apply before these modules are executed."""
    return functools.partial(_register, BEFORE, names)


def after(*names):
    """Register a repair to apply after these modules are executed."""
    return functools.partial(_register, AFTER, names)


def _register(table, names, repair):
    for name in names:
        table.setdefault(name, []).append(repair)
    return repair


def has_repairs(name):
    """Whether there are repairs of the module of this name."""
    return name in BEFORE or name in AFTER


def apply_before(module):
    """Repair a module that is about to be executed."""
    _apply(BEFORE, module)


def apply_after(module):
    """Repair a module that has just been executed."""
    _apply(AFTER, module)


def _apply(table, module):
    for repair in table.get(module.__name__, ()):
        repair(module)
        applied.append((module.__name__, repair))


# -- MXNet
@before('mxnet._ctypes.ndarray', 'mxnet._ctypes.symbol',
        'mxnet.symbol.symbol', 'mxnet.io.io')
def write_operator_parameters(module):
    """NumPy 2.0 prints (np.int64(3),) where NumPy 1 printed (3,).

    MXNet passes operator parameters to its C++ side as text. In the modules
    that write this text, `str` writes NumPy's scalars as plain numbers.
    """
    module.str = PlainStr


@after('mxnet.libinfo')
def load_cuda_libraries(module):
    """MXNet 1.9.1 does not find the CUDA 11 libraries of NVIDIA's wheels.

    They are loaded when MXNet looks for its own library to load it.
    """
    from .cuda import load_libraries
    _call_before_loading(module, load_libraries)


@after('mxnet.libinfo')
def lend_openblas(module):
    """MXNet 1.9.1 for aarch64 needs Arm's libraries, which no wheel brings.

    OpenBLAS takes their place, where they are not installed.
    """
    from .arm64 import lend_libraries
    _call_before_loading(module, lend_libraries)


def _call_before_loading(module, function):
    """Call function(path) when MXNet looks for its library at `path`."""
    find = module.find_lib_path

    @functools.wraps(find)
    def find_lib_path(prefix='libmxnet'):
        paths = find(prefix)
        if prefix == 'libmxnet':
            function(paths[0])
        return paths

    module.find_lib_path = find_lib_path


@after('mxnet.ndarray.ndarray')
def add_array_interface(module):
    """NumPy 1.24 fails on np.asarray(x) of an NDArray without __array__.

    NumPy would convert it as a nested sequence, which never ends: x[0] of a
    1-dimensional NDArray is 1-dimensional again.
    """
    import numpy

    def __array__(self, dtype=None, copy=None):
        # a copy whatever `copy` says: the data lies in MXNet's memory
        return numpy.asarray(self.asnumpy(), dtype=dtype)

    module.NDArray.__array__ = __array__


@after('mxnet.ndarray.utils', 'mxnet.ndarray.sparse')
def find_csr_matrix(module):
    """SciPy 1.8 deprecated scipy.sparse.csr, and 2.0 is to remove it.

    nd.array looks there whether what it is given is a sparse matrix.
    """
    sparse = module.spsp
    if sparse is not None:
        module.spsp = types.SimpleNamespace(
            csr=sparse, csr_matrix=sparse.csr_matrix,
            coo_matrix=sparse.coo_matrix)


@after('mxnet.ndarray.ndarray')
def convert_one_element_arrays(module):
    """NumPy 1.25 deprecated float(x) of one-element arrays, 2.4 removed it."""
    convert_one_element(module.NDArray)


@after('mxnet.ndarray.ndarray')
def keep_scalar_precision(module):
    """NumPy 2.0 computes 0.0 + x.asscalar() in float32 and prints the type."""
    keep_precision(module.NDArray)


@after('mxnet.autograd')
def choose_threads(module):
    """MXNet 1.9.1 never changes its number of threads on a busy machine.

    Every training loop calls record(), so the number may change before each
    step. d2l's own loops also look while they evaluate.
    """
    record = module.record
    start()

    @functools.wraps(record)
    def record_with_threads(train_mode=True):
        look()
        return record(train_mode)

    module.record = record_with_threads


@after('mxnet.recordio')
def pack_with_tobytes(module):
    """NumPy 2.3 removed ndarray.tostring(): recordio calls tobytes()."""
    for function in (module.pack, module.pack_img):
        code = function.__code__
        function.__code__ = code.replace(co_names=tuple(
            'tobytes' if name == 'tostring' else name
            for name in code.co_names))


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
    view = types.ModuleType('multiprocessing')
    vars(view).update(vars(multiprocessing), Pool=context.Pool,
                      Process=context.Process)
    view.get_context = lambda method='fork': multiprocessing.get_context(
        method or 'fork')
    module.multiprocessing = view


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


# -- IPython
@after('IPython.display')
def restore_matplotlib_formats(module):
    """IPython 9 removed IPython.display.set_matplotlib_formats."""
    if hasattr(module, 'set_matplotlib_formats'):
        return

    def set_matplotlib_formats(*formats, **kwargs):
        """Draw figures in these formats, such as 'svg' or 'retina'."""
        from matplotlib_inline import backend_inline
        backend_inline.set_matplotlib_formats(*formats, **kwargs)

    module.set_matplotlib_formats = set_matplotlib_formats
