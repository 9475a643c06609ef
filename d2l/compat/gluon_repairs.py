"""Repairs of gluon: files named by a Path, copies of nets, and threads.

`repairs` lists them, and explains how they are applied.
"""
import functools
import os
import threading
import weakref

from .repairs import after
from .shared_copy import find_shared, place_shared

_lock = threading.RLock()   # of first computations, which make parameters


@after('mxnet.ndarray.utils', 'mxnet.numpy_extension.utils',
       'mxnet.symbol.symbol')
def take_paths(module):
    """MXNet 1.9.1 takes the name of a file to save or load only as a str.

    gluon's methods save and load by these functions.
    """
    def with_path(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            return function(*map(_as_text, args), **{
                name: _as_text(value) for name, value in kwargs.items()})
        return call

    module.load = with_path(module.load)
    if not hasattr(module, 'Symbol'):
        module.save = with_path(module.save)
        return
    save = module.Symbol.save

    @functools.wraps(save)
    def save_to_path(self, fname, *args, **kwargs):
        return save(self, _as_text(fname), *args, **kwargs)

    module.Symbol.save = save_to_path


@after('mxnet.recordio')
def take_paths_of_records(module):
    """MXNet 1.9.1 takes the name of a record file only as a str.

    gluon's data sets and image iterators read such files.
    """
    c_str = module.c_str
    module.c_str = lambda name: c_str(_as_text(name))


def _as_text(value):
    return os.fspath(value) if isinstance(value, os.PathLike) else value


@after('mxnet.gluon.block')
def save_params_of_any_net(module):
    """MXNet 1.9.1's save_params fails on nets made without a name scope.

    What `save_parameters` writes is what `load_params` reads too.
    """
    save_params = module.Block.save_params

    @functools.wraps(save_params)
    def save_params_or_parameters(self, filename):
        params = self.collect_params()
        if all(name.startswith(self.prefix) for name in params.keys()):
            save_params(self, filename)
        else:
            self.save_parameters(filename)

    module.Block.save_params = save_params_or_parameters


@after('mxnet.gluon.block')
def copy_without_compiled_graphs(module):
    """MXNet 1.9.1 cannot copy or pickle a hybridized net that has computed.

    A copy compiles its own graph when it first computes.
    """
    def __getstate__(self):
        state = dict(self.__dict__, _cached_op=None, _cached_op_args=[])
        if not isinstance(self, module.SymbolBlock):    # whose net it is
            state['_cached_graph'] = ()
        return state

    module.HybridBlock.__getstate__ = __getstate__


@after('mxnet.gluon.parameter')
def copy_with_gradients(module):
    """MXNet 1.9.1's copies of a net cannot be trained: they lack gradients."""
    def __setstate__(self, state):
        self.__dict__.update(state)
        if self._data is not None and self._grad is not None:
            module.autograd.mark_variables(self._data, self._grad,
                                           self.grad_req)

    module.Parameter.__setstate__ = __setstate__


@after('mxnet.gluon.parameter')
def make_parameters_once(module):
    """MXNet 1.9.1's parameters vanish while another thread makes them."""
    Parameter = module.Parameter
    finish, get_data = Parameter._finish_deferred_init, Parameter.data

    @functools.wraps(finish)
    def finish_deferred_init(self):
        with _lock:
            finish(self)

    @functools.wraps(get_data)
    def data(self, ctx=None):
        if self._data is None or self._grad is None:
            with _lock:     # no other thread makes them meanwhile
                return get_data(self, ctx)
        return get_data(self, ctx)

    Parameter._finish_deferred_init = finish_deferred_init
    Parameter.data = data


@after('mxnet.gluon.block')
def trace_once(module):
    """MXNet 1.9.1 traces a block in two threads at once, which fails.

    The block keeps the name scope that one of them has entered.
    """
    HybridBlock = module.HybridBlock
    get_graph = HybridBlock._get_graph

    @functools.wraps(get_graph)
    def get_graph_once(self, *args):
        with _lock:
            return get_graph(self, *args)

    HybridBlock._get_graph = get_graph_once


@after('mxnet.gluon.block')
def call_compiled_graphs_in_turn(module):
    """MXNet 1.9.1's compiled graphs fail in two threads at once.

    They hang at times. A call only starts a computation, so that taking
    turns costs next to nothing.
    """
    HybridBlock = module.HybridBlock
    call_cached_op = HybridBlock._call_cached_op
    locks = weakref.WeakKeyDictionary()     # of blocks

    @functools.wraps(call_cached_op)
    def call_in_turn(self, *args):
        lock = locks.get(self)
        if lock is None:
            with _lock:
                lock = locks.setdefault(self, threading.RLock())
        with lock:
            return call_cached_op(self, *args)

    HybridBlock._call_cached_op = call_in_turn


@after('mxnet.gluon.utils')
def explain_failed_downloads(module):
    """MXNet 1.9.1 tries hosts that are gone five times, then says little.

    gluon's data sets and weights, and the word vectors, come by this
    function. Files of the folder D2L_DATA are taken from there.
    """
    download, check = module.download, module.check_sha1

    @functools.wraps(download)
    def download_once(url, path=None, overwrite=False, sha1_hash=None,
                      retries=1, verify_ssl=True):
        name = url.rsplit('/', 1)[-1]
        target = os.path.expanduser(os.fspath(path or name))
        if os.path.isdir(target):
            target = os.path.join(target, name)
        if (overwrite or not os.path.exists(target)
                or sha1_hash and not check(target, sha1_hash)):
            if place_shared(target, name, sha1_hash):
                return target
        try:
            return download(url, path, overwrite, sha1_hash, retries,
                            verify_ssl)
        except (module.requests.RequestException, RuntimeError,
                UserWarning) as error:
            raise _explain_download(url, error) from error

    module.download = download_once


@after('mxnet.test_utils')
def explain_failed_test_downloads(module):
    """MXNet 1.9.1's mx.test_utils.download tries dead hosts five times."""
    download = module.download

    @functools.wraps(download)
    def download_once(url, fname=None, dirname=None, overwrite=False,
                      retries=1):
        try:
            return download(url, fname, dirname, overwrite, retries)
        except (module.requests.RequestException, AssertionError) as error:
            raise _explain_download(url, error) from error

    module.download = download_once


def _explain_download(url, error):
    return ConnectionError(
        '%s cannot be downloaded (%s); its host may be gone. Try again '
        'later, or get the file elsewhere and call python -m d2l data add '
        'FILE, which puts it in place; python -m d2l data lists the files, '
        'with their digests' % (url, error))


@after('mxnet.gluon.model_zoo.model_store')
def use_shared_weights(module):
    """MXNet 1.9.1 gets weights from a host, not from the folder D2L_DATA.

    They are read where they lie.
    """
    get_model_file = module.get_model_file

    @functools.wraps(get_model_file)
    def get_shared_model_file(name, root=get_model_file.__defaults__[0]):
        sha1 = module._model_sha1.get(name)
        if sha1:
            file = '%s-%s.params' % (name, module.short_hash(name))
            path = os.path.join(os.path.expanduser(root), file)
            if not (os.path.exists(path) and module.check_sha1(path, sha1)):
                path = find_shared(file, sha1)
                if path:
                    return path
        return get_model_file(name, root)

    module.get_model_file = get_shared_model_file
