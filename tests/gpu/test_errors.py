"""Torch's errors arrive as MXNet's."""
import pickle
import re

import mxnet as mx
import numpy as np
import pytest
import torch
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from mxnet.gluon import nn
from snippets import GPU, OTHER

import d2l
from d2l.gpu.registry import OPS

FULL = ('CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total '
        'capacity of 23.68 GiB of which 3.12 GiB is free.')
LATE = ('CUDA error: device-side assert triggered\nSearch for '
        "`cudaErrorAssert' in CUDA's documentation.\nCUDA kernel errors might "
        'be asynchronously reported at some other API call\n')


def raiser(error):
    def function(*args, **kwargs):
        raise error
    return function


PICKLED = pickle.dumps(nd.ones(3, ctx=GPU))
# where torch makes memory, and what makes MXNet ask it to
PLACES = {
    'empty': (torch, lambda x: nd.empty((2, 3), ctx=GPU)),
    'to  ': (torch.Tensor, lambda x: pickle.loads(PICKLED)),
    'clone': (torch.Tensor, lambda x: x.transpose()),
    'add_': (torch.Tensor, lambda x: nd.sgd_update(x, x, out=x, lr=1)),
    '_foreach_add_': (torch, lambda x: nd.multi_sgd_update(
        x, x, out=x, lrs=[1], wds=[0], num_weights=1)),
    'to': (torch.Tensor, lambda x: x.astype('int32')),
    'to ': (torch.Tensor, lambda x: x.as_in_context(OTHER)),
    'copy_': (torch.Tensor, lambda x: x.asnumpy()),
    'copy_ ': (torch.Tensor, lambda x: nd.zeros((2, 3)).copyto(x)),
    'cpu': (torch.Tensor, lambda x: x.as_in_context(mx.cpu())),
    'cpu ': (torch.Tensor, lambda x: nd.save('nowhere/x', x)),
}

@pytest.mark.parametrize('text', [FULL, LATE])
@pytest.mark.parametrize('place', PLACES)
def test_errors_of_memory_and_kernels(place, text, monkeypatch):
    owner, call = PLACES[place]
    x = nd.ones((2, 3), ctx=GPU)
    kind = torch.cuda.OutOfMemoryError if text is FULL else RuntimeError
    monkeypatch.setattr(owner, place.strip(), raiser(kind(text)))
    with pytest.raises(MXNetError) as caught:
        call(x)
    monkeypatch.undo()
    assert text.split('\n')[0] in str(caught.value)
    assert not re.search('\n|CUDA kernel', str(caught.value))
    assert ('CUDA_LAUNCH_BLOCKING=1' in str(caught.value)) == (text is LATE)
    assert x.asnumpy().all()


@pytest.mark.parametrize('text', [
    'out of memory', 'no kernel image is available for execution on the '
    'device', 'CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`',
    'CUBLAS_STATUS_NOT_SUPPORTED when calling `cublasGemmEx(handle, opa)`'])
def test_errors_of_what_was_asked_for_leave_the_gpu_usable(text, monkeypatch):
    x = nd.ones((2, 2), ctx=GPU)
    monkeypatch.setattr(torch, 'matmul',
                        raiser(RuntimeError('CUDA error: ' + text)))
    with pytest.raises(MXNetError) as caught:
        nd.dot(x, x)
    assert str(caught.value).endswith(text)


@pytest.mark.parametrize('call, words', [
    (lambda x: x.asnumpy(), 'from'), (lambda x: x[:].asscalar(), 'from'),
    (lambda x: nd.array([1], ctx=GPU), 'to')])
def test_errors_of_copies_say_what_was_copied(call, words, monkeypatch):
    x = nd.ones(1, ctx=GPU)
    monkeypatch.setattr(torch.Tensor, 'copy_', raiser(RuntimeError(LATE)))
    with pytest.raises(MXNetError, match='^copying an array %s the GPU: CUDA '
                       'error: device-side assert triggered. A' % words):
        call(x)


@pytest.mark.parametrize('call, words', [
    (lambda: nd.zeros((2, 3), ctx=GPU), r'_zeros, shape \(2, 3\)'),
    (lambda: nd.ones(4, ctx=GPU), r'_ones, shape \(4,\)'),
    (lambda: mx.np.ones((2, 3), ctx=GPU), r'_npi_ones, shape \(2, 3\)'),
    (lambda: nd.arange(4, ctx=GPU), '_arange')])
def test_errors_of_new_arrays_say_their_shape(call, words, monkeypatch):
    full = raiser(torch.cuda.OutOfMemoryError(FULL))
    for name in 'zeros', 'ones', 'full', 'arange', 'empty':
        monkeypatch.setattr(torch, name, full)
    with pytest.raises(MXNetError,
                       match='^operator %s: CUDA out of memory' % words):
        call()


def test_errors_when_waiting(monkeypatch):
    x = nd.ones(2, ctx=GPU)
    monkeypatch.setattr(torch.cuda, 'current_stream',
                        raiser(RuntimeError(LATE)))
    from d2l.gpu.state import devices
    monkeypatch.setattr(devices, 'kind', 'cuda')
    monkeypatch.setattr(devices, 'real', 1)
    for wait in (nd.waitall, x.wait_to_read):
        with pytest.raises(MXNetError, match='waiting for the GPUs: CUDA '
                           'error: device-side assert triggered. A GPU .*'
                           'CUDA_LAUNCH_BLOCKING=1 the error names'):
            wait()


def test_errors_of_backward(monkeypatch):
    x = nd.ones((2, 3), ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x * x
    monkeypatch.setattr(torch.autograd, 'backward',
                        raiser(torch.cuda.OutOfMemoryError(FULL)))
    with pytest.raises(MXNetError, match='backward: CUDA out of memory'):
        y.backward()


def test_errors_name_operator_and_shapes(monkeypatch):
    x = nd.ones((2, 3), ctx=GPU)
    monkeypatch.setitem(OPS, 'tanh', raiser(torch.cuda.OutOfMemoryError(FULL)))
    from d2l.gpu import invoke
    invoke._calls.clear()
    with pytest.raises(MXNetError, match=r'operator tanh on arrays of shapes '
                       r'\(2, 3\): CUDA out of memory'):
        x.tanh()
    monkeypatch.undo()
    invoke._calls.clear()
    np.testing.assert_allclose(x.tanh().asnumpy(), np.tanh(np.ones((2, 3))),
                               rtol=1e-6)


@pytest.mark.parametrize('hybridize', [True, False])
@pytest.mark.parametrize('place, message', [
    ('empty', 'not enough memory to copy the first batch'),
    ('_foreach_add_',
     r'not enough memory on gpu\(0\) for a batch of 4 examples')])
def test_training_raises_a_memory_error(place, message, hybridize,
                                        monkeypatch, capsys):
    """d2l's loops say what to do about it."""
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, kernel_size=3), nn.Flatten(), nn.Dense(10))
    net.initialize(ctx=GPU)
    if hybridize:
        net.hybridize()
    X, y = nd.ones((4, 1, 6, 6)), nd.zeros(4)
    net(X.as_in_context(GPU))
    trainer = gluon.Trainer(net.collect_params(), 'sgd')

    class Batches:
        def __iter__(self):
            monkeypatch.setattr(PLACES[place][0], place,
                                raiser(torch.cuda.OutOfMemoryError(FULL)))
            yield X, y
    with pytest.raises(MemoryError, match=message):
        d2l.train_ch5(net, Batches(), [(X, y)], 4, trainer, GPU, 1)


@pytest.mark.parametrize('hybridize', [True, False])
def test_ctrl_c_passes_through(hybridize, monkeypatch):
    class Net(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.tanh(x) * 2

    from d2l.gpu import invoke
    monkeypatch.setitem(OPS, 'tanh', raiser(KeyboardInterrupt()))
    invoke._calls.clear()
    net = Net()
    if hybridize:
        net.hybridize()
    x = nd.ones((2, 3), ctx=GPU)
    x.attach_grad()
    with pytest.raises(KeyboardInterrupt), autograd.record():
        net(x)
    invoke._calls.clear()
    assert not autograd.is_recording()


def test_ctrl_c_in_backward_passes_through():
    x = nd.ones(3, ctx=GPU)
    x.attach_grad()
    with autograd.record():
        y = x * 2

    def interrupt(grad):
        raise KeyboardInterrupt
    from d2l.gpu.arrays import get
    get(y.handle).node.register_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        y.backward()
