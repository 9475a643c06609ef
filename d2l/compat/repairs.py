"""What is not a missing name: mended after (or before) a module is loaded.

Each function takes the module and says in the first line of its docstring
what it mends and since which version that is necessary.
"""
import builtins
import functools
import subprocess
import types

from .scalars import convert_one_element, keep_precision
from .shipped_data import shipped_data


# -- MXNet
def operator_text(module):
    """NumPy 2.0 prints (np.int64(3),) where NumPy 1 printed (3,).

    MXNet hands operator parameters to its C++ side as text. In the modules
    that make this text, `str` writes NumPy's scalars as the numbers they are.
    """
    module.str = _Str


def _text(value):
    if type(value) in (tuple, list):
        items = [repr(v) if isinstance(v, str) else _text(v) for v in value]
        if type(value) is list:
            return '[%s]' % ', '.join(items)
        return '(%s%s)' % (', '.join(items), ',' * (len(items) == 1))
    return str(value)


class _StrType(type):
    def __call__(cls, *args):
        return _text(*args) if len(args) == 1 else str(*args)

    def __instancecheck__(cls, value):
        return isinstance(value, str)


class _Str(metaclass=_StrType):
    """Stands for `str` where MXNet turns operator parameters into text."""


def tobytes(module):
    """NumPy 2.3 removed ndarray.tostring(): recordio packs with tobytes()."""
    for function in (module.pack, module.pack_img):
        code = function.__code__
        function.__code__ = code.replace(co_names=tuple(
            'tobytes' if name == 'tostring' else name
            for name in code.co_names))


def array_interface(module):
    """NumPy 1.24 fails on np.asarray(x) of an NDArray: it gets __array__.

    Without it NumPy takes an NDArray for a nested sequence, which never
    ends: x[0] of a 1-dimensional NDArray is 1-dimensional again.
    """
    import numpy

    def __array__(self, dtype=None, copy=None):
        # always a copy; numpy.asarray takes care of what it was asked for
        return numpy.asarray(self.asnumpy(), dtype=dtype)

    module.NDArray.__array__ = __array__


def one_element_arrays(module):
    """NumPy 1.25 warns of, 2.4 refuses float(x) of a one-element array."""
    convert_one_element(module.NDArray)


def python_scalars(module):
    """NumPy 2.0 adds 0.0 + x.asscalar() in float32 and prints the type."""
    keep_precision(module.NDArray)


def fork(module):
    """Python 3.14 no longer forks worker processes by default.

    MXNet's DataLoader needs fork: what readers write in a notebook, such as
    lambda X: X * 2, cannot be sent to a worker that starts anew.
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


def compressed_gradients(module):
    """MXNet 1.9.1 has no pushpull that compresses, on a distributed KVStore.

    It is what gluon.Trainer calls; a push and a pull do the same.
    """
    KVStore = module.KVStore
    compress, pushpull = KVStore.set_gradient_compression, KVStore.pushpull

    @functools.wraps(compress)
    def set_gradient_compression(self, compression_params):
        compress(self, compression_params)
        self._pushes_and_pulls = 'dist' in self.type

    @functools.wraps(pushpull)
    def push_and_pull(self, key, value, out=None, priority=0):
        if not getattr(self, '_pushes_and_pulls', False):
            return pushpull(self, key, value, out, priority)
        self.push(key, value, priority)
        return self.pull(key, value if out is None else out, priority)

    KVStore.set_gradient_compression = set_gradient_compression
    KVStore.pushpull = push_and_pull


def first_broadcast(module):
    """MXNet 1.9.1's distributed broadcast fails, or loses the first gradient.

    It refuses arrays that a layer has laid out anew, as layers do with
    weights that are not trained. And it does not wait: a parameter can be
    fetched after its first gradient came to the servers, which keep both in
    the same place. gluon.Trainer calls it at its first step.
    """
    KVStore = module.KVStore
    broadcast = KVStore.broadcast

    @functools.wraps(broadcast)
    def broadcast_copy(self, key, value, out, priority=0):
        if 'dist' not in self.type or isinstance(key, (list, tuple)):
            return broadcast(self, key, value, out, priority)
        from mxnet import nd  # not loaded yet when this module is
        values = nd.array(value.asnumpy(), dtype=value.dtype)
        broadcast(self, key, values, values, priority)
        values.wait_to_read()
        for array in out if isinstance(out, (list, tuple)) else [out]:
            values.copyto(array)

    KVStore.broadcast = broadcast_copy


def cuda_libraries(module):
    """CUDA from the package index lies where no loader looks: it is loaded.

    At the moment that MXNet asks where its own library is, to load it.
    """
    find = module.find_lib_path

    @functools.wraps(find)
    def find_lib_path(prefix='libmxnet'):
        paths = find(prefix)
        if prefix == 'libmxnet':
            from .cuda import load
            load(paths[0])
        return paths

    module.find_lib_path = find_lib_path


# -- others
def is_alive(module):
    """Python 3.9 removed Thread.isAlive, which MXNet's launcher calls."""
    class Thread(module.Thread):
        isAlive = module.Thread.is_alive

    module.Thread = Thread


def slurm_share(module):
    """Slurm 22 has no srun --share, which is called --oversubscribe now."""
    def check_call(prog, **options):
        return subprocess.check_call(prog.replace(
            ' srun --share ', ' srun --oversubscribe ', 1), **options)

    module.subprocess = types.SimpleNamespace(check_call=check_call)


def no_kubernetes(module):
    """MXNet's launcher imports kubernetes and yaml, wherever it starts.

    They are not among what MXNet installs; only who starts there needs them.
    """
    def import_(name, *args):
        try:
            return builtins.__import__(name, *args)
        except ImportError:
            if name in ('kubernetes', 'yaml'):
                return _Missing()
            raise

    vars(module)['__builtins__'] = dict(vars(builtins), __import__=import_)


class _Missing:
    client = config = property(lambda self: _Missing())     # kubernetes'

    def __getattr__(self, name):
        raise ImportError('to start on Kubernetes, MXNet\'s launcher needs '
                          'two packages more: pip install kubernetes pyyaml')


def matplotlib_formats(module):
    """IPython 9 removed IPython.display.set_matplotlib_formats."""
    if hasattr(module, 'set_matplotlib_formats'):
        return

    def set_matplotlib_formats(*formats, **kwargs):
        """Draw figures in these formats: 'png', 'svg', 'retina', ..."""
        from matplotlib_inline import backend_inline
        backend_inline.set_matplotlib_formats(*formats, **kwargs)

    module.set_matplotlib_formats = set_matplotlib_formats


# -- when they are applied
BEFORE = {name: (operator_text,) for name in (
    'mxnet._ctypes.ndarray', 'mxnet._ctypes.symbol', 'mxnet.symbol.symbol',
    'mxnet.io.io')}
BEFORE['dmlc_tracker.kubernetes'] = (no_kubernetes,)
AFTER = {
    'mxnet.kvstore.kvstore': (compressed_gradients, first_broadcast),
    'mxnet.libinfo': (cuda_libraries,),
    'mxnet.ndarray.ndarray': (array_interface, one_element_arrays,
                              python_scalars),
    'mxnet.recordio': (tobytes,),
    'mxnet.gluon.data.dataloader': (fork,),
    'mxnet.gluon.data.vision.datasets': (shipped_data,),
    'dmlc_tracker.slurm': (slurm_share,),
    'dmlc_tracker.tracker': (is_alive,),
    'IPython.display': (matplotlib_formats,),
}
FOREIGN = ('dmlc_tracker.kubernetes', 'dmlc_tracker.slurm',
           'dmlc_tracker.tracker', 'IPython.display')
applied = []


def prepare(module):
    """Mend a module that is about to be executed."""
    _apply(BEFORE, module)


def mend(module):
    """Mend a module that has just been executed."""
    _apply(AFTER, module)


def _apply(table, module):
    for repair in table.get(module.__name__, ()):
        repair(module)
        applied.append((module.__name__, repair))
