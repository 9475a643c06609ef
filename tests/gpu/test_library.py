"""The stand-in for MXNet's C library lets no array of ours through to it."""
import ctypes
import pathlib
import re

import mxnet as mx
import pytest
from mxnet import autograd, nd
from mxnet.base import MXNetError
from mxnet.ndarray.numpy import _api_internal
from snippets import CPU, GPU

from d2l.gpu.library import _ANSWERS, Library

FOLDER = pathlib.Path(mx.__file__).parent
HANDLE = 'NDArrayHandle'


def read_prototypes():
    """The types of the parameters of MXNet's C functions, by name."""
    text = ''.join((FOLDER / 'include' / name).read_text() for name in (
        'mxnet/c_api.h', 'nnvm/c_api.h'))
    text = re.sub(r'/\*.*?\*/|//[^\n]*', '', text, flags=re.S)
    return {name: [' '.join(parameter.split()) for parameter
                   in parameters.split(',')] for name, parameters in
            re.findall(r'_DLL\s+(?:int|const char ?\*)\s*(\w+)\(([^;]*)\);',
                       text)}


def find_used():
    """The C functions that MXNet's Python calls."""
    return sorted({name for path in FOLDER.rglob('*.py') for name
                   in re.findall(r'\b_LIB\.(\w+)', path.read_text())})


PROTOTYPES = read_prototypes()
# where the header has void pointers, or where another header has them
OTHERS = {
    'MXNetFuncCall': ['MXNetValue*'],       # see the last test
    'MXGetEnv': [], 'MXSetEnv': [], 'MXSymbolSetAttrs': [],
    'MXNetFuncFree': [], 'MXNetFuncGetGlobal': [], 'MXNetObjectFree': [],
    'MXNetFuncListGlobalNames': [],
    'MXRtcCudaKernelCall': ['NDArrayHandle*'],      # or numbers
}


def place(kind, handle):
    """An argument that holds a handle, as MXNet's Python passes it."""
    return ((ctypes.c_void_p * 2)(None, handle) if '*' in kind
            else ctypes.c_void_p(handle))


class Reached:
    """Stands for MXNet's own library, which must not be reached."""

    def __getattr__(self, name):
        def function(*args):
            pytest.fail('%s was called' % name)
        return function


@pytest.mark.parametrize('name', find_used())
def test_arrays_are_answered_for_or_refused(name):
    kinds = OTHERS.get(name, PROTOTYPES.get(name))
    assert kinds is not None, 'of this function the test knows no prototype'
    if name in _ANSWERS:
        return
    x = nd.ones(2, ctx=GPU)
    function = getattr(Library(Reached()), name)
    for i, kind in enumerate(kinds):
        if HANDLE not in kind:
            continue
        args = [None] * len(kinds)
        args[i] = place(kind, x.handle.value)
        with pytest.raises(MXNetError, match=name + ' does not work for arr'):
            function(*args)


def test_the_walk_finds_what_it_looks_for():
    used = find_used()
    refused = [name for name in used if name not in _ANSWERS
               and any(HANDLE in kind for kind in PROTOTYPES.get(name, ()))]
    assert len(used) > 150
    assert {'MXNDArraySyncCopyFromNDArray', 'MXImperativeInvokeEx',
            'MXKVStorePush', 'MXNDArrayGetSharedMemHandle'} <= {*refused}


MIXED = '''
with autograd.record(): y = c * 2
y.backward(g)
===
with autograd.record(): y = g * 2
y.backward(c)
===
with autograd.record(): y, z = c * 2, g * 2
autograd.backward([y, z], [c, c])
===
with autograd.record(): y, z = c * 2, g * 2
autograd.backward([y, z], [g, g])
===
with autograd.record(): y = c * 2
autograd.grad(y, [g])
===
with autograd.record(): y = g * 2
autograd.grad(y, [c])
===
with autograd.record(): y, z = c * 2, g * 2
autograd.grad([y, z], [c, g])
===
autograd.mark_variables([c], [g])
===
autograd.mark_variables([g], [c])
===
mx.nd.sparse.add(c, g)
===
c.slice_assign(g, (0,), (3,), (1,))
===
nd.concat(c, g, dim=0)
===
nd.elemwise_add(c, c, out=g)
===
nd.elemwise_add(g, g, out=c)
===
nd.random.uniform(c, g)
===
nd.save('nowhere/x', [c, g])
===
x = mx.sym.var('x') + mx.sym.var('y')
x.bind(mx.cpu(), {'x': c, 'y': g}).forward()
===
x = mx.sym.var('x') + mx.sym.var('y')
x.bind(mx.gpu(0), {'x': c, 'y': g}).forward()
===
x = mx.sym.var('x') * 2
e = x.bind(mx.cpu(), {'x': c}, {'x': c.copy()}); e.forward(True); e.backward(g)
===
x = mx.sym.var('x') * 2
x.bind(mx.cpu(), {'x': c}, {'x': g})
===
mx.nd.CachedOp(mx.sym.var('x') + mx.sym.var('y'))(c, g)
===
mx.nd.CachedOp(mx.sym.var('x') * 2)(c, out=g)
===
mx.nd.CachedOp(mx.sym.var('x') * 2)(g, out=c)
===
g._to_shared_mem()
===
mx.nd.sparse.csr_matrix((g, c, c), shape=(3, 3))
===
mx.nd.sparse.row_sparse_array((g, c), shape=(3,))
===
mx.np.tensordot(c.as_np_ndarray(), g.as_np_ndarray(), 1)
===
with autograd.record(): y, z = c * 2, g * 2
mx.contrib.autograd.backward([y, z], [g, c])
===
s = mx.sym.var('x') * 2
s.optimize_for('default', {'x': g})
'''.strip('\n').split('\n===\n')


@pytest.mark.parametrize('code', MIXED)
def test_arrays_of_both_devices_are_refused(code):
    c, g = nd.ones(3, ctx=CPU), nd.ones(3, ctx=GPU)
    for x in (c, g):
        x.attach_grad()
    with pytest.raises(MXNetError):
        exec(code, dict(mx=mx, nd=nd, autograd=autograd, c=c, g=g))
    assert c.asnumpy().tolist() == g.asnumpy().tolist() == [1, 1, 1]


def test_packed_functions_are_those_that_are_known():
    """MXNetFuncCall hides arrays in a structure: see d2l.gpu.packed."""
    functions = {name for name in vars(_api_internal)
                 if not name.startswith('_')}
    assert functions == {'zeros', 'tensordot'}
