"""Arrays on gpu(0) do what they do on cpu(): made, viewed, changed."""
import pytest
from snippets import assert_alike

READS = '''
x[0]
x[-1]
x[1, 2]
x[1, 2, 3]
x[1, -2:]
x[:, 1]
x[:, 1:3]
x[..., 2]
x[None]
x[:, None, 1]
x[0, ..., None]
x[::2]
x[::-1]
x[:, ::-2]
x[-9:9]
x[0:2:1, 1:3, ::3]
x[nd.array([1, 0], ctx=ctx)]
x[nd.array([1, 0], dtype='int32', ctx=ctx)]
x[[1, 0, 1]]
x[np.array([0, 1])]
x[[0, 1], [1, 2]]
x[[0, 1], :, [1, 2]]
x[:, [0, 2], 1:3]
x[nd.array([[0, 1], [1, 0]], ctx=ctx, dtype='int64')]
x[:, nd.array([2, 0], ctx=ctx)]
x[nd.array([-1, 0], ctx=ctx)]
x[np.array([True, False])]
x[x > 5]
v[v > 0]
x[True]
x[(slice(None), 1)]
x[0][1][2]
x[1:2][0]
v[0]
v[3:5]
v[-2]
v[::2]
v[[0, 5]]
x[0:1, 0]
x[np.int32(1)]
x[np.int64(-1), 1]
x[()]
x[...]
'''.strip().split('\n')

STATEMENTS = '''
x[0] = 1
x[:] = 3
x[:] = np.arange(24).reshape(2, 3, 4)
x[:] = list(range(4))
x[1] = nd.ones((3, 4), ctx=ctx)
x[1] = nd.ones((4,), ctx=ctx)
x[1, 2] = [1, 2, 3, 4]
x[1, 2, 3] = 7.5
x[..., 0] = 5
x[:, 1] = np.array([[1], [2]])
x[:, ::2] = -1
x[::-1] = x.copy()
x[:, ::-2] = 4
x[None, 0] = 4
x[1:1] = 2
x[[0, 1], [1, 2]] = 9
x[[0, 1], [1, 2]] = nd.arange(8, ctx=ctx).reshape((2, 4))
x[:, [0, 2]] = np.arange(4)
x[nd.array([1, 0], ctx=ctx)] = x.copy()
x[nd.array([1, 1], ctx=ctx)] = 3
x[x > 5] = 0
v[v < 0] = 0
x[:] = nd.zeros((3, 4), ctx=mx.cpu())
x[0] = nd.full((3, 4), 2, ctx=mx.cpu())
x[0:2, 1] = nd.full((2, 4), 2, ctx=mx.cpu())
x[[0, 1], [1, 2]] = nd.full((2, 4), 2, ctx=mx.cpu())
x[0:2, 0:2] = nd.arange(16, ctx=ctx).reshape((2, 2, 4))
x[:] = nd.arange(24, ctx=ctx, dtype='float64').reshape((2, 3, 4))
x[:] = nd.arange(24, ctx=ctx, dtype='int32').reshape((2, 3, 4))
x[0] = nd.arange(12, ctx=ctx, dtype='int32').reshape((3, 4))
x[:] = np.float64(3)
x[:] = True
x[:] = np.nan
v[1:3] = v[3:5]
v[0] = v[5]
v[::2] = v[1::2]
y = x[1]; y[:] = 1; y[0] = 3
y = x[0:1]; y += 1
y = x.reshape((6, 4)); y[3] = 0
y = x.reshape((6, 4)); x[:] = 0
y = x[1, 2]; y *= 0
y = x[:, 1]; y[:] = 100
y = x[1:2][0][1:3]; y -= 5
y = x.reshape(-1)[3:7]; y[:] = 0
x += 1
x -= v[0]
x *= x
x /= 3
x %= 5
x **= 2
x += nd.ones((4,), ctx=ctx)
x[0] += 1
x[:, 1] *= 2
x[1][2][3] = 9
nd.elemwise_add(x, x, out=x)
y = nd.zeros((3, 3), ctx=ctx); z = nd.dot(x[0], x[1].T, out=y); same = z is y
y = nd.zeros((2, 3), ctx=ctx); nd.sum(x, axis=2, out=y)
y = x.copy(); y[:] = 0
y = x.astype('float32'); y[:] = 0; z = y is x
y = x.astype('float32', copy=False); y[:] = 0; z = y is x
y = x.astype('float64')
y = x.astype(np.float16)
y = (x * 100).astype('uint8')
y = (v * 1.5).astype('int32')
z = (v * 1.5).astype('int8')
w = v.astype('int64')
y = v.astype('bool')
y = x.as_in_context(ctx); z = y is x
y = x.copyto(ctx); y[:] = 0; z = y is x
y = nd.zeros((2, 3, 4), ctx=ctx); z = x.copyto(y); w = z is y
y = nd.zeros((2, 3, 4), ctx=ctx, dtype='int32'); x.copyto(y)
x.copyto(x)
y = v[0].asscalar()
y = len(x); z = len(v)
y = [a for a in x]
y = list(v)
y = x.shape; z = x.size; w = x.ndim; a = x.T; b = str(x.dtype); c = x.stype
y = repr(x).replace('gpu', 'cpu')
y = repr(x[0, 0, 0]).replace('gpu', 'cpu')
y = nd.array([], ctx=ctx)
y = nd.array(5, ctx=ctx)
y = nd.array(np.arange(6, dtype='int32').reshape(2, 3), ctx=ctx)
y = nd.array(np.arange(6, dtype='int64'), ctx=ctx)
y = nd.array(np.arange(6, dtype='int64'), ctx=ctx, dtype='int64')
y = nd.array(np.arange(6).reshape(2, 3).T, ctx=ctx)
y = nd.array(np.array([True, False]), ctx=ctx)
y = nd.array([True, False], ctx=ctx)
y = nd.array(np.float64([1.5]), ctx=ctx)
y = nd.array(np.float16([1.5]), ctx=ctx)
y = nd.array(np.array([1+2j]), ctx=ctx)
y = nd.array(x, ctx=ctx); y[:] = 0
y = nd.array(nd.ones(3), ctx=ctx)
y = nd.array(nd.ones(3, dtype='int32'), ctx=ctx)
y = nd.array([x[0, 0, 0], x[0, 0, 1]], ctx=ctx)
y = nd.empty((2, 3), ctx=ctx).shape
y = nd.full((2, 3), 7, ctx=ctx, dtype='int32')
y = nd.full(3, 7, ctx=ctx)
y = nd.zeros(3, ctx=ctx); z = nd.ones((2,), ctx=ctx, dtype='uint8')
y = nd.zeros_like(x); z = nd.ones_like(x)
y = nd.arange(3, 9, 2, ctx=ctx)
z = nd.arange(3, ctx=ctx, repeat=2, dtype='int32')
y = nd.eye(3, ctx=ctx); z = nd.linspace(0, 1, 5, ctx=ctx)
y = nd.concat(x, x, dim=1)
z = nd.stack(v, v)
w = nd.concatenate([x, x], axis=0)
y = x.as_np_ndarray(); z = y.as_nd_ndarray(); z[:] = 0
y = x.as_np_ndarray(); y[:] = 0
y = np.asarray(x.asnumpy())
y = x.asnumpy(); y[:] = 0
y = x == x; z = x != 3; w = v > 0; a = v >= v; b = (v < 2) + (v <= 2)
y = x.tostype('default'); y[:] = 0
y = nd.moveaxis(x, 0, 2); z = x.swapaxes(0, 1); w = x.transpose((2, 0, 1))
y = x.broadcast_to((2, 3, 4)); z = v.broadcast_to((2, 6))
y = x.reshape((-1, 2))
z = x.reshape((0, -3))
w = x.reshape((-4, 1, 2, -2))
a = x.reshape(shape=(-1,))
y = x.reshape((3, -1), reverse=True)
y = x.expand_dims(0); y[:] = 0
y = x.flatten(); y[:] = 0
y = x[:]; y[:] = 0; z = y is x
y = x.detach(); y[:] = 0
y = v.argmax(axis=0); z = v.sort(); w = v.argsort(); a = v.topk(k=2)
y = x.sum()
z = x.mean(axis=0)
w = x.max(axis=(0, 1))
a = x.norm()
b = x.prod(axis=1)
y = x.slice_axis(axis=1, begin=0, end=2)
z = x.slice((0, 1), (2, 3))
w = x.take(nd.array([1], ctx=ctx))
a = x.split(3, axis=1)
y = hash(x) != 0
y = x.context.device_id; z = x.ctx == x.context
y = x.grad; z = v._fresh_grad
y = nd.array(np.ones((2, 3))).as_in_context(ctx)
y = nd.from_numpy(np.ones(3)).as_in_context(ctx)
y = nd.maximum(x, 5)
z = nd.minimum(v, v)
w = nd.add(x, 1)
a = nd.power(2, v)
b = nd.logical_and(v, 1)
c = nd.modulo(v, 3)
y = nd.histogram(v, bins=3, range=(-5, 5))
y = float(v[0].asscalar()); z = bool(v[3]); w = bool(v[0])
y = -x; z = abs(v); w = x ** 2; a = 2 ** v; b = 1 / (x + 1); c = 7 - x
nd.waitall(); x.wait_to_read(); v.wait_to_read()
y = nd.to_dlpack_for_read(x); z = nd.from_dlpack(y); z[:] = 0; nd.waitall()
y = nd.from_dlpack(x.to_dlpack_for_write()); y += 1; del x; z = y * 2
y = nd.from_dlpack(x[1].to_dlpack_for_write()); y += 1; nd.waitall()
import copy; y = copy.deepcopy(x); y[:] = 0; z = copy.copy(v)
import pickle; y = pickle.loads(pickle.dumps([x[1:, 2], v.astype('int32')]))
'''.strip().split('\n')

REFUSED = '''
y = x[1:0]
y = x[5]
y = x['a']
y = x[1.5]
y = x[0, 0, 0, 0]
x[:] = nd.zeros((5,), ctx=ctx)
x[0] = nd.zeros((5,), ctx=ctx)
x[5] = 1
x += nd.ones((2, 2, 3, 4), ctx=ctx)
nd.dot(x[0], x[1].T, out=x[0])
y = nd.zeros((6,), ctx=ctx); nd.sum(x, axis=2, out=y)
y = nd.zeros((7,), ctx=ctx); nd.sum(x, axis=2, out=y)
y = nd.zeros((6, 4), ctx=ctx); z = x.copyto(y)
y = nd.zeros((7, 4), ctx=ctx); z = x.copyto(y)
y = x.asscalar()
y = bool(x)
y = nd.array([[1, 2], [3]], ctx=ctx)
y = x.tostype('csr')
y = x.reshape((5, 5))
y = x.reshape((-1, -1))
y = x.sum(axis=3)
y = nd.dot(x, v)
y = x + v
y = x + v.astype('int32')[0:4]
y = v + None
y = v + 'a'
'''.strip().split('\n')


@pytest.mark.parametrize('read', READS)
def test_elements_are_read_as_on_the_cpu(read):
    assert_alike('y = %s; z = y + 0' % read)


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('code', STATEMENTS)
def test_statements_do_the_same_on_both_devices(code):
    assert_alike(code)


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('code', REFUSED)
def test_both_devices_refuse(code):
    assert_alike(code, refused=True)
