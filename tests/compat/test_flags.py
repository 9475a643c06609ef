"""Python's flags, and a MXNet library that is damaged."""
import pytest
from interpreters import run_python

PROGRAM = '''
import d2l
import mxnet as mx
from mxnet import autograd, gluon, nd
net = gluon.nn.HybridSequential()
net.add(gluon.nn.Dense(3), gluon.nn.BatchNorm())
net.initialize()
net.hybridize()
X, y = nd.ones((4, 2)), nd.zeros(4)
trainer = gluon.Trainer(net.collect_params(), 'adam')
d2l.train_ch5(net, [(X, y)], [(X, y)], 4, trainer, mx.cpu(), 1)
str(net), repr(X), mx.io.NDArrayIter(X, batch_size=2).next()
print('fine')
'''


@pytest.mark.parametrize('flags', [
    ['-O'], ['-OO'], ['-bb'], ['-W', 'error'], ['-X', 'dev'],
    ['-OO', '-bb', '-X', 'dev', '-W', 'error']], ids=' '.join)
def test_a_net_trains_with_the_flags(flags):
    done = run_python(PROGRAM, *flags)
    assert done.stdout.endswith('fine\n'), done.stdout


def test_the_report_needs_no_docstrings():
    done = run_python('import runpy; runpy.run_module("d2l")', '-OO')
    assert 'NoneType' not in done.stdout
    assert 'add_array_interface' in done.stdout


@pytest.mark.parametrize('size, zeros', [
    (30, 0), (3000, 0), (1000000, 0), (6, 200)])
def test_a_library_that_is_cut_off_is_an_error_with_a_remedy(
        size, zeros, tmp_path):
    from mxnet.libinfo import find_lib_path
    with open(find_lib_path()[0], 'rb') as library:
        (tmp_path / 'cut.so').write_bytes(library.read(size) + bytes(zeros))
    done = run_python('import mxnet',
                      MXNET_LIBRARY_PATH=str(tmp_path / 'cut.so'))
    assert done.returncode == 1
    assert 'cut.so is cut off or damaged' in done.stdout.splitlines()[-1]


@pytest.mark.parametrize('content', [b'', b'noise' * 1000])
def test_a_file_that_is_no_library_is_named(content, tmp_path):
    (tmp_path / 'noise.so').write_bytes(content)
    done = run_python('import mxnet',
                      MXNET_LIBRARY_PATH=str(tmp_path / 'noise.so'))
    assert done.returncode == 1
    assert 'noise.so' in done.stdout.splitlines()[-1]
