"""The shims for NumPy, distutils and onnx that MXNet's modules import."""
import mxnet as mx
import numpy as np
import pytest

from d2l.compat.shims import LooseVersion, distutils_shim, numpy_shim

shim = numpy_shim()


def test_the_view_is_a_module_of_its_own_with_numpys_objects():
    assert shim is not np and numpy_shim() is shim
    assert shim.ndarray is np.ndarray and shim.testing is np.testing
    assert 'polynomial' in dir(shim)


def test_types_are_pythons_own():
    assert shim.bool is bool and shim.float is float and shim.int is int
    assert mx.numpy.bool is bool


def test_removed_constants_are_there():
    assert shim.PINF == np.inf and np.isnan(shim.NaN)


@pytest.mark.filterwarnings('error')
def test_removed_functions_compute_without_a_warning():
    assert shim.in1d([[1, 2]], [2]).tolist() == [False, True]
    assert shim.msort(np.array([2, 1])).tolist() == [1, 2]
    assert shim.alltrue([True, False]) == False     # noqa: E712
    assert shim.trapz([1, 1]) == 1


@pytest.mark.skipif('mirr' in vars(np), reason='this NumPy has mirr')
def test_financial_functions_name_the_package_that_has_them():
    with pytest.raises(RuntimeError, match='numpy_financial'):
        shim.mirr([1], 0, 0)


def test_a_name_that_numpy_never_had_is_an_attribute_error():
    with pytest.raises(AttributeError):
        shim.no_such_name  # noqa: B018


def test_versions_compare_by_their_numbers():
    assert LooseVersion('1.9.0') < '1.17' <= LooseVersion('1.17')
    assert LooseVersion('2.0.0rc1') == '2.0.0'
    assert LooseVersion('10.0') > LooseVersion('9.1')


def test_a_version_prints_as_it_was_written():
    assert str(LooseVersion('2.0.0rc1')) == '2.0.0rc1'


def test_distutils_has_both_names_of_versions():
    version = distutils_shim('distutils.version')
    assert distutils_shim('distutils').version is version
    assert version.LooseVersion is version.StrictVersion is LooseVersion


def test_onnx_mapping_converts_types():
    onnx = pytest.importorskip('onnx')
    from d2l.compat.shims import onnx_shim
    mapping = onnx_shim().mapping
    number = mapping.NP_TYPE_TO_TENSOR_TYPE[np.dtype('float32')]
    assert number == onnx.TensorProto.FLOAT
    assert mapping.TENSOR_TYPE_TO_NP_TYPE[number] == np.float32
