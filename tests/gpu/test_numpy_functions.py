"""Functions of mx.np and mx.npx, with their gradients: as on the CPU."""

from test_numpy_programs import run

EXPRESSIONS = '''
np.linalg.norm(x)
np.linalg.norm(x, axis=1)
np.linalg.norm(x, ord="fro")
np.linalg.norm(x, ord=1, axis=0)
np.linalg.norm(x, ord=numpy.inf)
np.linalg.svd(x)[0]
np.linalg.svd(x)[1]
np.linalg.cholesky(s)
np.linalg.inv(s)
np.linalg.det(s)
np.linalg.slogdet(s)[1]
np.linalg.solve(s, x)
np.linalg.tensorinv(s.reshape(3, 3), ind=1)
np.linalg.tensorsolve(s, x[:, 0])
np.linalg.eigvalsh(s)
np.linalg.eigh(s)[0]
np.linalg.eigvals(s)
np.linalg.eig(s)[0]
np.linalg.pinv(x)
np.einsum("ij, ij->i", x, y)
np.einsum("ij, kj", x, y)
np.einsum("ii", s)
np.einsum("ii->i", s)
np.einsum("ij->ji", x)
np.einsum("...j, ...j->...", x, y)
np.einsum("ij, jk, kl->il", x, y.T, y)
np.einsum("ij, jk, kl->il", x, y.T, y, optimize=True)
np.einsum("ij->", x)
np.einsum("ij, ij->i", i, i)
np.pad(x, ((1, 1), (2, 0)))
np.pad(x, ((1, 1), (1, 1)), mode="edge")
np.pad(x, ((1, 1), (1, 1)), mode="reflect")
np.pad(x, ((1, 1), (1, 1)), mode="symmetric")
np.pad(x, ((1, 1), (1, 1)), mode="constant", constant_values=3)
np.pad(x, ((1, 1), (1, 1)), mode="maximum")
np.pad(x, ((1, 1), (1, 1)), mode="minimum")
np.pad(i, ((1, 1), (1, 1)))
np.insert(x, 1, 5)
np.insert(x, np.array([0, 2], dtype="int64", ctx=ctx), y[:, :2], axis=1)
np.insert(x, 1, y[0], axis=0)
np.delete(x, 1, axis=0)
np.delete(x, slice(0, 2), axis=1)
np.delete(x, np.array([0, 2], dtype="int64", ctx=ctx), axis=1)
np.delete(x, 1)
np.unique(i)
np.unique(i, return_index=True)[1]
np.unique(i, return_inverse=True)[1]
np.unique(i, return_counts=True)[1]
np.unique(i, axis=0)
x[x>0]
x[i>0]
x[:, np.array([True, False, True, False], dtype=bool, ctx=ctx)]
x[np.array([True, False, True], dtype=bool, ctx=ctx)]
x[np.array([True, False, True], dtype=bool, ctx=ctx), 1:3]
x[np.array([0, 2], dtype="int64", ctx=ctx)]
x[np.array([0, 2], dtype="int32", ctx=ctx), [1, 3]]
x[:, [0, 2]]
x[numpy.array([0, 1])]
x[-1]
x[..., 1]
x[None, :, None]
x[1:2, ::2]
x[(i * 0 + 1)[0, 0]]
np.nonzero(x>0)[1]
np.where(x>0)[0]
np.where(x>0, x, 0)
np.where(x>0, 1, y)
np.all(x>0)
np.any(x>0, axis=0)
np.cumsum(x)
np.cumsum(i, axis=0)
np.diff(x)
np.diff(x, n=2, axis=0)
np.ediff1d(x)
np.around(x, 1)
np.round(x)
np.clip(x, None, 0.5)
np.nan_to_num(x)
np.percentile(x, 30)
np.quantile(x, .3)
np.average(x)
np.average(x, axis=1, weights=y)
np.bincount(np.abs(i).reshape(-1).astype("int64"))
np.histogram(x, bins=4, range=(-2, 2))[0]
np.polyval(y[0], x)
np.outer(x[0], y[0])
np.inner(x, y)
np.vdot(x, y)
np.trace(s)
np.tril(x)
np.diag(x)
np.diagonal(x)
np.diagflat(x)
np.diag_indices_from(s)[0]
np.rot90(x)
np.flipud(x)
np.fliplr(x)
np.roll(x, 1, axis=1)
np.vstack([x, y])
np.hstack([x, y])
np.dstack([x, y])
np.column_stack([x, y])
np.hsplit(x, 2)[1]
np.vsplit(x, 3)[1]
np.array_split(x, 3, axis=1)[0]
np.split(x, [1, 3], axis=1)[1]
np.atleast_1d(x[0, 0])
np.atleast_2d(x[0])
np.atleast_3d(x)
np.swapaxes(x, 0, 1)
np.expand_dims(x, 1)
np.broadcast_to(x[0], (2, 4))
np.broadcast_arrays(x, y[0])[1]
np.meshgrid(x[0], y[0])[0]
np.indices((2, 3), ctx=ctx)
np.copysign(x, y)
np.arctan2(x, 2)
np.hypot(x, 3.)
np.ldexp(x, 2)
np.lcm(i, 4)
np.bitwise_and(i, 1)
np.bitwise_xor(i, i)
np.bitwise_not(i)
np.bitwise_or(i, 2)
np.invert(i)
np.maximum(i, 1)
np.remainder(x, 2)
np.true_divide(i, 2)
np.matmul(x, y.T)
np.argmax(x)
np.argsort(x, axis=0)
np.sort(x, axis=None)
np.logspace(0, 1, 4, ctx=ctx)
np.hanning(4, ctx=ctx)
np.hamming(4, ctx=ctx)
np.blackman(4, ctx=ctx)
np.zeros_like(i)
np.full_like(x, 3)
np.eye(3, k=1, ctx=ctx)
np.squeeze(x[:, :1])
np.take(x, np.array([0, 1], ctx=ctx), axis=1)
np.tensordot(x, y, axes=([0, 1], [0, 1]))
np.concatenate([x, i.astype("float32")])
np.append(x, y, axis=0)
np.logical_not(x>0)
np.equal(x, y)
npx.layer_norm(x, y[0], y[0])
npx.gather_nd(x, np.array([[0, 1], [1, 2]], ctx=ctx))
npx.reshape(x, (-2, -1))
npx.arange_like(x, axis=0)
npx.sequence_mask(x, y[0] * 0 + 2, use_sequence_length=True)
npx.nonzero(x>0)
npx.erf(x)
npx.leaky_relu(x)
npx.smooth_l1(x)
npx.batch_dot(x[None], y.T[None])
npx.embedding(i, np.ones((5, 2), ctx=ctx), 5, 2)
np.array_split(x, 5, axis=1)[1]
np.insert(x, 1, y[:, 0], axis=1)
'''.strip().split('\n')

PROGRAM = '''
import mxnet as mx, numpy, sys
from mxnet import autograd, np, npx
npx.set_np()

def compute(text, ctx):
    random = numpy.random.RandomState(0)
    x, y = (np.array(random.normal(size=(3, 4)), dtype='float32', ctx=ctx)
            for _ in range(2))
    a = random.normal(size=(3, 3))
    s = np.array(a @ a.T + numpy.eye(3), dtype='float32', ctx=ctx)
    i = (x * 2).astype('int32')
    x.attach_grad(), y.attach_grad(), s.attach_grad()
    with autograd.record():
        results = eval(text, dict(globals(), x=x, y=y, s=s, i=i, ctx=ctx))
    if not isinstance(results, (list, tuple)):
        results = [results]
    assert all(r.ctx == ctx for r in results), text
    gradient = None
    if 'float' in str(results[0].dtype):
        try:
            results[0].backward()
            gradient = [v.grad.asnumpy() for v in (x, y, s)]
        except (mx.MXNetError, NotImplementedError) as error:
            pass
    return [r.asnumpy() for r in results], gradient

def differ(theirs, ours, *tolerances):
    return len(theirs) != len(ours) or any(
        a.dtype != b.dtype or a.shape != b.shape or not numpy.allclose(
            a, b, *tolerances, equal_nan=True) for a, b in zip(theirs, ours))

for text in EXPRESSIONS:
    (cpu, cpu_gradient), (gpu, gpu_gradient) = (
        compute(text, ctx) for ctx in (mx.cpu(), mx.gpu(0)))
    if differ(cpu, gpu, 1e-4, 1e-5):
        print(text, cpu, gpu)
    if (cpu_gradient is None) != (gpu_gradient is None) or (
            cpu_gradient and differ(cpu_gradient, gpu_gradient, 1e-3, 1e-4)):
        print('the gradient of', text, cpu_gradient, gpu_gradient)
print('compared', len(EXPRESSIONS))
'''


def test_functions_are_as_on_the_cpu():
    result = run('EXPRESSIONS = %r\n%s' % (EXPRESSIONS, PROGRAM))
    assert result.stdout == 'compared %d\n' % len(EXPRESSIONS), (
        result.stdout + result.stderr)


REFUSED = '''
import mxnet as mx, numpy
from mxnet import np, npx
npx.set_np()
x = np.ones((2, 3), ctx=mx.gpu(0))
for text, operator in {
        'np.insert(x, 9, x, axis=0)': '_npi_insert_scalar',
        'np.linalg.cholesky(x)': '_npi_cholesky',
        'np.linalg.inv(x)': '_linalg_inverse',
        'np.linalg.solve(x, x)': '_npi_solve',
        'np.einsum("ij,jk", x, x)': '_npi_einsum',
        'np.pad(x, ((1, 1),))': '_npi_pad',
        'np.concatenate([x, x[:, :2]])': '_npi_concatenate'}.items():
    try:
        print(text, eval(text).asnumpy())
    except mx.MXNetError as error:
        assert operator in str(error), (text, error)
        assert '(2, 3)' in str(error), (text, error)
print('refused')
'''


def test_errors_name_the_operator_and_the_shapes():
    result = run(REFUSED)
    assert result.stdout == 'refused\n', result.stdout + result.stderr
