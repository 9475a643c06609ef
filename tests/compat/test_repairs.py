"""Each repair of MXNet: without it, its test fails on some version."""
import multiprocessing
import os
import re
import sys
import types
import warnings

import mxnet as mx
import numpy as np
import pytest
from interpreters import run_python
from mxnet import gluon, nd
from mxnet.gluon import nn

from d2l.compat import repairs


@pytest.mark.parametrize('repair', sorted(
    {repair for table in (repairs.BEFORE, repairs.AFTER)
     for group in table.values() for repair in group},
    key=lambda repair: repair.__name__))
def test_each_repair_says_since_which_version_it_is_necessary(repair):
    first = (repair.__doc__ or '').split('\n')[0]
    assert re.search(r'\b(NumPy|SciPy|Python|IPython|MXNet|Slurm) \d', first)
    assert first.endswith('.')


def test_repairs_of_one_module_are_applied_in_the_order_of_the_file():
    assert [repair.__name__ for repair in
            repairs.AFTER['mxnet.ndarray.ndarray']][:3] == [
        'add_array_interface', 'convert_one_element_arrays',
        'keep_scalar_precision']


def test_applied_repairs_are_recorded():
    assert ('mxnet.recordio', repairs.pack_with_tobytes) in repairs.applied


def test_numpys_integers_are_operator_parameters():
    shape = tuple(np.array([2, 3]))
    assert nd.zeros(shape).shape == (2, 3)
    assert nd.zeros((4, 6)).reshape(shape + (np.int64(4),)).shape == (2, 3, 4)
    X = nd.zeros((1, 1, 8, 8))
    net = nn.Conv2D(np.int64(2), kernel_size=tuple(np.array([3, 3])))
    net.initialize()
    assert net(X).shape == (1, 2, 6, 6)
    net.hybridize()
    assert net(X).shape == (1, 2, 6, 6)
    assert nd.one_hot(nd.array([1]), np.int32(3)).shape == (1, 3)


def test_recordio_packs_labels_and_images(tmp_path, monkeypatch):
    class cv2:      # as much of OpenCV as pack_img uses
        IMWRITE_JPEG_QUALITY = 1

        @staticmethod
        def imencode(img_fmt, img, params):
            return True, np.frombuffer(b'encoded', np.uint8)
    monkeypatch.setattr(mx.recordio, 'cv2', cv2)
    path = str(tmp_path / 'images.rec')
    record = mx.recordio.MXRecordIO(path, 'w')
    header = mx.recordio.IRHeader(0, np.array([1, 2], np.float32), 7, 0)
    record.write(mx.recordio.pack(header, b'content'))
    record.write(mx.recordio.pack_img(header, np.zeros((4, 4, 3))))
    record.close()
    record = mx.recordio.MXRecordIO(path, 'r')
    found, content = mx.recordio.unpack(record.read())
    assert found.label.tolist() == [1, 2] and content == b'content'
    found, content = mx.recordio.unpack(record.read())
    assert found.id == 7 and content == b'encoded'
    record.close()


def test_numpy_takes_ndarrays():
    x = nd.arange(3)
    assert np.asarray(x).tolist() == [0, 1, 2]
    assert np.asarray(x, dtype='int64').dtype == np.int64


def test_matrices_of_scipy_are_found_without_its_old_namespace():
    sparse = types.SimpleNamespace(csr_matrix=dict, coo_matrix=list)
    module = types.SimpleNamespace(spsp=sparse)
    repairs.find_csr_matrix(module)
    assert module.spsp.csr.csr_matrix is module.spsp.csr_matrix is dict
    assert module.spsp.coo_matrix is list
    module.spsp = None      # SciPy is not installed
    repairs.find_csr_matrix(module)
    assert module.spsp is None


@pytest.mark.parametrize('default', ['spawn', 'forkserver'])
def test_workers_are_forked_with_any_default_start_method(default):
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(default, force=True)
    data = gluon.data.ArrayDataset(nd.arange(10)).transform(
        lambda X: X * 2)    # only fork can pass a lambda
    try:
        loader = gluon.data.DataLoader(data, 4, num_workers=2)
        assert [X.asnumpy().tolist() for X in loader] == [
            [0, 2, 4, 6], [8, 10, 12, 14], [16, 18]]
    finally:
        multiprocessing.set_start_method(before, force=True)


def test_mxnets_launcher_has_thread_is_alive():
    from dmlc_tracker import tracker
    thread = tracker.Thread(target=lambda: None)
    assert not thread.isAlive()


def test_mxnets_launcher_loads_without_kubernetes(monkeypatch):
    for name in ('kubernetes', 'yaml'):
        monkeypatch.setitem(sys.modules, name, None)    # not to be imported
    for name in ('dmlc_tracker.submit', 'dmlc_tracker.kubernetes'):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from dmlc_tracker import kubernetes, submit
    assert submit.kubernetes is kubernetes
    with pytest.raises(ImportError, match='pip install kubernetes pyyaml'):
        kubernetes.create_sched_svc_manifest('scheduler', 9091)
    for stand_in in (kubernetes.config, kubernetes.yaml):
        with pytest.raises(ImportError, match='Kubernetes'):
            stand_in.load  # noqa: B018


def test_mxnets_launcher_calls_srun_with_oversubscribe(tmp_path, monkeypatch):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\ncase $* in *--share*) exit 1;; esac\n'
                    'echo $A $* > %s/called\n' % tmp_path)
    srun.chmod(0o755)
    monkeypatch.setenv('PATH', '%s:%s' % (tmp_path, os.environ['PATH']))
    from dmlc_tracker import slurm
    slurm.subprocess.check_call('A=1  srun --share -n 2 echo', shell=True)
    assert (tmp_path / 'called').read_text() \
        == '1 --oversubscribe -n 2 echo\n'


def test_mxnets_launcher_leaves_no_file_open():
    run = run_python('from dmlc_tracker import mesos\n'
                     'mesos.subprocess.check_call("echo no; echo yes >&2", '
                     'shell=True, stdout=mesos.DEVNULL)', '-W', 'always')
    assert run.stdout == 'yes\n', run.stdout


def test_set_matplotlib_formats_works(shell):
    from IPython import display
    from matplotlib.figure import Figure
    with warnings.catch_warnings():     # IPython 7 and 8 deprecate it
        warnings.simplefilter('ignore')
        display.set_matplotlib_formats('svg')
    formatter = shell.display_formatter.formatters['image/svg+xml']
    assert Figure in formatter.type_printers


def test_a_module_of_ipython_without_it_gets_it():
    module = types.ModuleType('IPython.display')
    repairs.restore_matplotlib_formats(module)
    assert module.set_matplotlib_formats.__doc__


def test_a_module_of_ipython_that_has_it_keeps_its_own():
    module = types.ModuleType('IPython.display')
    module.set_matplotlib_formats = mine = object()
    repairs.restore_matplotlib_formats(module)
    assert module.set_matplotlib_formats is mine


def test_mxnets_numpy_functions_work():
    mnp = mx.np
    a = mnp.array([[1, 2], [3, 4]])
    assert mnp.pad(a, ((1, 1), (0, 0)), mode='constant').shape == (4, 2)
    assert a[mnp.array([True, False], dtype=bool)].shape == (1, 2)
    assert mnp.full((2,), True, dtype=bool).dtype == bool
    assert np.mean(a).item() == 2.5 and np.median(a).item() == 2.5


def test_compressed_gradients_are_pushed_and_pulled(monkeypatch):
    """On a distributed KVStore, where MXNet's pushpull() raises an error."""
    from mxnet.kvstore import kvstore
    calls = []

    class Dist(kvstore.KVStore):
        type, handle = 'dist_sync', None

        def __init__(self):
            pass

        __del__ = __init__

        def push(self, *args):
            calls.append(('push',) + args)

        def pull(self, *args):
            calls.append(('pull',) + args)

    monkeypatch.setattr(kvstore, '_LIB', types.SimpleNamespace(
        MXKVStoreSetGradientCompression=lambda *args: 0))
    store = Dist()
    store.set_gradient_compression({'type': '2bit'})
    store.pushpull(3, 'gradient', priority=-3)
    store.pushpull(4, 'gradient', out='sum')
    assert calls == [('push', 3, 'gradient', -3), ('pull', 3, 'gradient', -3),
                     ('push', 4, 'gradient', 0), ('pull', 4, 'sum', 0)]


def test_a_broadcast_sends_a_copy_and_fills_all_outputs(monkeypatch):
    """MXNet refuses arrays that a layer has laid out anew."""
    from mxnet import nd
    from mxnet.kvstore import kvstore
    handles = []

    class Dist(kvstore.KVStore):
        type, handle = 'dist_sync', None

        def __init__(self):
            pass

        __del__ = __init__

    def broadcast(handle, num, keys, num_out, out_keys, values, outs, *args):
        handles.extend([values[0], outs[0]])
        return 0

    for name in ('MXKVStoreBroadcast', 'MXKVStoreBroadcastEx'):
        monkeypatch.setattr(kvstore._LIB, name, broadcast, raising=False)
    value, outs = nd.array([1.5, 2]), [nd.zeros(2), nd.zeros(2)]
    Dist().broadcast(7, value, outs)
    sent, received = handles
    assert sent == received and sent != value.handle.value
    assert [out.asnumpy().tolist() for out in outs] == [[1.5, 2]] * 2



def test_mxnets_launcher_runs_workers_and_a_server(tmp_path):
    """On this machine, by its own local launcher: a sum over two workers."""
    script = tmp_path / 'worker.py'
    script.write_text('''
import os
import mxnet as mx
kv = mx.kv.create('dist_sync')
kv.init(0, mx.nd.zeros((1,)))
kv.push(0, mx.nd.ones((1,)) * (kv.rank + 1))
out = mx.nd.zeros((1,))
kv.pull(0, out=out)
os.write(1, b'sum %.1f\\n' % out.asscalar())    # one write: lines do not mix
''')
    run = run_python('''
import sys
from dmlc_tracker import local, opts
sys.argv = ['launch', '--num-workers=2', '--num-servers=1',
            '--host-ip=127.0.0.1', '--cluster=local', sys.executable, %r]
local.submit(opts.get_opts())''' % str(script))
    assert run.stdout.count('sum 3.0') == 2, run.stdout
