"""Linear algebra against NumPy: what MXNet leaves to a BLAS and LAPACK."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

# Small: QEMU, under which these tests run for aarch64, is wrong about large
# ones, also in NumPy (np.linalg.cholesky of 40 x 40 in float64).
N = 12
LINALG = mx.np.linalg


@pytest.fixture(params=['float32', 'float64'])
def A(request):
    """A square matrix, as NumPy has it."""
    return np.random.RandomState(0).randn(N, N).astype(request.param)


@pytest.fixture
def S(A):
    """A positive definite matrix."""
    return A @ A.T + N * np.eye(N, dtype=A.dtype)


@pytest.fixture
def near(A):
    """A function that asserts that two arrays agree to most digits."""
    tolerance = 1e-4 if A.dtype == 'float32' else 1e-9

    def near(ours, numpys):
        ours = ours.asnumpy()
        assert ours.dtype == A.dtype
        np.testing.assert_allclose(ours, numpys, tolerance, tolerance)
    return near


def nd_of(x):
    return nd.array(x, dtype=x.dtype)


def np_of(x):
    return mx.np.array(x, dtype=x.dtype)


@pytest.mark.parametrize('left', [False, True])
@pytest.mark.parametrize('right', [False, True])
def test_products(A, S, near, left, right):
    x, y = A[:7].T if left else A[:7], S[:, :5].T if right else S[:, :5]
    near(nd.dot(nd_of(x), nd_of(y), transpose_a=left, transpose_b=right),
         A[:7] @ S[:, :5])


def test_a_product_with_a_vector(A, near):
    near(nd.dot(nd_of(A), nd_of(A[0])), A @ A[0])
    near(nd.dot(nd_of(A[0]), nd_of(A[1])), [A[0] @ A[1]])


def test_products_of_a_batch(A, near):
    X = np.stack([A, A + 1, A.T])
    near(nd.batch_dot(nd_of(X), nd_of(X)), X @ X)
    near(nd.linalg.gemm2(nd_of(X), nd_of(X), alpha=2), 2 * X @ X)


def test_triangles(A, S, near):
    L = np.linalg.cholesky(S)
    near(nd.linalg.syrk(nd_of(A)), A @ A.T)
    near(nd.linalg.trmm(nd_of(L), nd_of(A)), L @ A)
    near(nd.linalg.trsm(nd_of(L), nd_of(A)), np.linalg.solve(L, A))
    near(nd.linalg.potrf(nd_of(S)), L)
    near(nd.linalg.potri(nd_of(L)), np.linalg.inv(S))
    near(LINALG.cholesky(np_of(S)), L)


def test_inverse_and_determinant(S, near):
    near(nd.linalg.inverse(nd_of(S)), np.linalg.inv(S))
    sign, logarithm = nd.linalg.slogdet(nd_of(S))
    near(sign, [1])
    near(logarithm, [np.linalg.slogdet(S)[1]])
    near(LINALG.tensorinv(np_of(S), ind=1), np.linalg.inv(S))


def test_equations(A, S, near):
    near(LINALG.solve(np_of(S), np_of(A)), np.linalg.solve(S, A))
    near(LINALG.lstsq(np_of(A[:, :5]), np_of(A[:, 5]), rcond=None)[0],
         np.linalg.lstsq(A[:, :5], A[:, 5], rcond=None)[0])
    near(LINALG.pinv(np_of(A[:, :5])), np.linalg.pinv(A[:, :5]))


def test_a_lower_triangle_and_an_orthonormal_matrix(A, near):
    Q, L = nd.linalg.gelqf(nd_of(A[:5]))
    near(nd.dot(L, Q), A[:5])
    near(nd.dot(Q, Q, transpose_b=True), np.eye(5))


def test_eigenvalues(S, near):
    values = np.linalg.eigvalsh(S)
    U, found = nd.linalg.syevd(nd_of(S))
    near(found, values)
    near(nd.dot(U * found.reshape((N, 1)), U, transpose_a=True), S)
    near(LINALG.eigvalsh(np_of(S)), values)
    near(mx.np.sort(LINALG.eigvals(np_of(S))), values)


def test_singular_values(A, near):
    U, values, V = LINALG.svd(np_of(A[:5]))
    near(values, np.linalg.svd(A[:5])[1])
    near(mx.np.dot(U * values, V), A[:5])


def test_gradients(S, near):
    x = nd_of(S)
    x.attach_grad()
    with mx.autograd.record():
        half = nd.linalg.sumlogdiag(nd.linalg.potrf(x))
    half.backward()
    # half of the logarithm of the determinant; taken of both triangles
    near(x.grad, np.linalg.inv(S) / 2)
