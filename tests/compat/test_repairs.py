"""Each repair of MXNet: without it, its test fails on some version."""
import multiprocessing
import re
import types
import warnings

import mxnet as mx
import numpy as np
import pytest
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
