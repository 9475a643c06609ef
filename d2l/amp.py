"""Mixed precision."""
import mxnet as mx
import numpy as np
from mxnet import gluon, nd
from mxnet.contrib import amp

from . import gluon_internals
from .compat import gpus

_BFLOAT16 = amp.amp.bfloat16
_used = []      # the type that this process computes in, once it does
_no_cpu = []    # why the CPU cannot compute in it


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
        'float16', for GPUs: 11 bits of precision. Small gradients would
        become 0, so `d2l.train` and `d2l.train_ch5` scale the loss, and
        leave out the steps in which a gradient became infinite; a loop of
        your own needs `mxnet.contrib.amp.scale_loss`.

        'bfloat16': float32 with 8 bits of precision. For CPUs with AVX-512,
        and GPUs that PyTorch serves. CPUs with instructions for it
        (avx512_bf16 in /proc/cpuinfo: AMD since Zen 4, Intel's Cooper Lake
        and Sapphire Rapids) are faster with it, others emulate it.

        'tf32', for GPUs that PyTorch serves: all arrays stay float32, but
        products of matrices and convolutions may round what they multiply to
        11 bits. GPUs of NVIDIA since 2020 are faster with it.

    Raises
    ------
    ValueError
        `dtype` is none of these.
    RuntimeError
        This machine cannot compute in it, or `amp.init`, or `use_amp` with
        another type, was called before.

    Examples
    --------
    >>> d2l.use_amp('bfloat16')  # doctest: +SKIP
    """
    if dtype not in ('float16', 'bfloat16', 'tf32'):
        raise ValueError(
            "use_amp computes in 'float16' or 'tf32' on a GPU, and in "
            "'bfloat16' on either, but got %r" % (dtype,))
    if dtype in _used:
        return
    if _used or is_initialized():
        raise RuntimeError(
            '%s is in use already, and holds until Python ends: restart it%s'
            % ('d2l.use_amp(%r)' % _used[0] if _used
               else 'mxnet.contrib.amp',
               '' if _used else ', and leave amp.init out, which use_amp '
               'calls'))
    if dtype == 'bfloat16':
        _require_bfloat16()
    elif dtype == 'float16':
        _require_gpu(dtype, mx.context.num_gpus())
    else:
        _require_gpu(dtype, gpus.serve().engine == 'torch')
        from .gpu import precision
        precision.allow_tf32()
    if dtype != 'tf32':
        amp.init(dtype)
    _used.append(dtype)


def _require_gpu(dtype, is_there):
    if not is_there:
        raise RuntimeError(
            'use_amp(%r) is for GPUs%s, but there is none (python -m d2l '
            "says why). Leave use_amp out, or use 'bfloat16' on the CPU"
            % (dtype, '' if dtype == 'float16' else
               ' that PyTorch serves'))


def _require_bfloat16():
    """Raises RuntimeError where neither CPU nor GPU can compute in it."""
    try:
        X = nd.amp_cast(nd.ones((1, 1), ctx=mx.cpu()), dtype=_BFLOAT16)
        nd.FullyConnected(X, X, num_hidden=1, no_bias=True).asnumpy()
    except mx.MXNetError as error:
        if gpus.serve().engine != 'torch':
            raise RuntimeError(
                'this machine cannot compute in bfloat16: MXNet needs a '
                'processor with AVX-512 for it (avx512bw among the flags in '
                '/proc/cpuinfo) and a build with oneDNN. Leave use_amp out; '
                'everything works in float32. MXNet said: %s'
                % str(error).strip().splitlines()[-1]) from error
        _no_cpu.append('this processor has no AVX-512')


def settings():
    """The type in use, by name: numbers depend on it, so runs compare it."""
    return {'use_amp': _used[0]} if _used else {}


def is_initialized():
    """Whether mixed precision is on, by use_amp or by amp.init itself."""
    return amp.amp._amp_initialized


def as_float32(y_hat):
    """Scores in float32, as losses and metrics need them."""
    dtype = getattr(y_hat, 'dtype', None)
    if dtype == _BFLOAT16 or ('float16' in _used and dtype == np.float16):
        return y_hat.astype('float32')
    return y_hat


def require_devices(ctxs):
    """Raises ValueError for a device that cannot compute in the type in use.
    """
    for ctx in ctxs:
        is_gpu = ctx.device_type == 'gpu'
        if 'float16' in _used and not is_gpu:
            kind = 'GPUs'
        elif 'bfloat16' in _used and (
                gpus.serve().engine != 'torch' if is_gpu else _no_cpu):
            kind = ('CPUs and GPUs that PyTorch serves' if is_gpu
                    else 'a GPU here, because ' + _no_cpu[0])
        else:
            continue
        raise ValueError(
            'd2l.use_amp(%r) is for %s, but this is a training on %s: '
            'restart Python and leave use_amp out, or train on another '
            'device' % (_used[0], kind, ctx))


# -- scaled losses: float16 has no numbers below 6e-8
def prepare_trainer(trainer):
    """Let a trainer scale its losses, where float16 is in use.

    Raises
    ------
    TypeError
        It is no trainer of gluon.
    ValueError
        It updates parameters where it cannot check their gradients.
    """
    if 'float16' not in _used or trainer is None or _is_prepared(trainer):
        return
    if not isinstance(trainer, gluon.Trainer):
        raise TypeError(
            "d2l.use_amp('float16') scales the loss, which needs a "
            'gluon.Trainer, but the parameters are updated by a %s'
            % type(trainer).__name__)
    options = gluon_internals.kvstore_options(trainer)
    if options['update_on_kvstore'] \
            or gluon_internals.updates_on_kvstore(trainer):
        raise ValueError(
            "d2l.use_amp('float16') leaves out steps with infinite "
            'gradients, but this trainer updates on its KVStore, where they '
            'are not looked at: make a new one without update_on_kvstore='
            'True')
    # with several devices it would, by default
    options['update_on_kvstore'] = False
    amp.init_trainer(trainer)


def scale_losses(ls, trainer):
    """Losses to differentiate; in float16, scaled as `trainer` knows.

    Without a trainer they are not: a loop that has none computes from
    scratch, with operators that stay float32.
    """
    if not _used:
        return ls
    require_devices([l.context for l in ls])
    prepare_trainer(trainer)
    if not _is_prepared(trainer):
        return ls
    with amp.scale_loss(ls, trainer) as scaled:
        return scaled


def unscale_gradients(trainer):
    """Divide the gradients by the scale, for a loop that looks at them."""
    if _is_prepared(trainer):
        amp.unscale(trainer)


def _is_prepared(trainer):
    return gluon_internals.loss_scaler(trainer) is not None
