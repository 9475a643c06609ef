"""Mixed precision."""
import mxnet as mx
from mxnet import nd
from mxnet.contrib import amp

_BFLOAT16 = amp.amp.bfloat16
_used = []      # the type that this process computes in, once it does


def use_amp(dtype):
    """Let convolutions and dense layers compute in a shorter type.

    Parameters stay float32, and so do their gradients, sums, losses and the
    other operators that need it: `mxnet.contrib.amp` casts between the two
    (automatic mixed precision). Results differ from float32's in the third
    digit. It cannot be undone; call it before a net is made. A net that is
    called directly returns that type; for NumPy use
    `net(X).astype('float32')`.

    Parameters
    ----------
    dtype : str
        'bfloat16': float32 with 8 bits of precision. For CPUs with
        AVX-512; those with instructions for it (avx512_bf16 in
        /proc/cpuinfo: AMD since Zen 4, Intel's Cooper Lake and Sapphire
        Rapids) are faster with it, others emulate it.

    Raises
    ------
    ValueError
        `dtype` is not 'bfloat16'.
    RuntimeError
        This processor, or this build of MXNet, cannot compute in it, or
        `amp.init` was called before.

    Examples
    --------
    >>> d2l.use_amp('bfloat16')  # doctest: +SKIP
    """
    if dtype != 'bfloat16':
        raise ValueError(
            "use_amp computes in 'bfloat16', on a CPU, but got %r; for "
            'float16, on a GPU and with a scaled loss, see the help of '
            'mxnet.contrib.amp' % (dtype,))
    if _used:
        return
    if amp.amp._amp_initialized:
        raise RuntimeError(
            'mxnet.contrib.amp is in use already, and holds until Python '
            'ends: restart it, and leave amp.init out, which use_amp calls')
    try:
        X = nd.amp_cast(nd.ones((1, 1)), dtype=_BFLOAT16)
        nd.FullyConnected(X, X, num_hidden=1, no_bias=True).asnumpy()
    except mx.MXNetError as error:
        raise RuntimeError(
            'this machine cannot compute in bfloat16: MXNet needs a processor '
            'with AVX-512 for it (avx512bw among the flags in '
            '/proc/cpuinfo) and a build with oneDNN. Leave use_amp out; '
            'everything works in float32. MXNet said: %s'
            % str(error).strip().splitlines()[-1]) from error
    amp.init(dtype)
    _used.append(dtype)


def settings():
    """The type in use, by name: numbers depend on it, so runs compare it."""
    return {'use_amp': _used[0]} if _used else {}


def as_float32(y_hat):
    """Scores in float32, as losses and metrics need them."""
    if getattr(y_hat, 'dtype', None) == _BFLOAT16:
        return y_hat.astype('float32')
    return y_hat


def require_cpus(ctxs):
    """Raises ValueError for a GPU where mixed precision is in use."""
    others = [ctx for ctx in ctxs if ctx.device_type != 'cpu']
    if _used and others:
        raise ValueError(
            "d2l.use_amp(%r) is for CPUs, but this is a training on %s: "
            'restart Python and leave use_amp out, or train on mx.cpu()'
            % (_used[0], ', '.join(map(str, others))))
