"""How exactly GPUs compute."""
import os

import mxnet.contrib.amp.amp
import numpy as np
import torch
from mxnet import nd

_amp = mxnet.contrib.amp.amp
_FLOATS = (np.float16, np.float32, _amp.bfloat16)


def install():
    """Let float32 be float32, and equal seeds give equal numbers.

    cuDNN computes float32 in TensorFloat-32 unless it is told not to, with 10
    bits of precision for 23. And the fastest of its algorithms add in an
    order that differs from run to run: then no training could be resumed
    with the numbers of an uninterrupted one, and no two runs compared.
    MXNET_ENFORCE_DETERMINISM=0, MXNet's own default, allows them.
    """
    _set_tf32(False)
    torch.backends.cudnn.deterministic = os.environ.get(
        'MXNET_ENFORCE_DETERMINISM', '').lower() not in ('0', 'false')
    torch.backends.cudnn.benchmark = False
    _amp._cast_symbol_NDArray = _cast_on_any_device(_amp._cast_symbol_NDArray)


def allow_tf32():
    """Let products and convolutions of float32 use TensorFloat-32."""
    _set_tf32(True)


def find_precisions():
    """How products and convolutions compute float32.

    Once somebody has set a newer torch's fp32_precision, it refuses to tell
    by allow_tf32.
    """
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    if hasattr(cudnn, 'conv'):
        return matmul.fp32_precision, cudnn.conv.fp32_precision
    return matmul.allow_tf32, cudnn.allow_tf32


def _set_tf32(is_allowed):
    torch.backends.cuda.matmul.allow_tf32 = is_allowed
    torch.backends.cudnn.allow_tf32 = is_allowed


def _cast_on_any_device(theirs):
    """Mixed precision of MXNet knows bfloat16 on the CPU only."""
    def cast(x, dtype):
        if isinstance(x, nd.NDArray) and x.context.device_type == 'gpu':
            return (nd.amp_cast(x, dtype=dtype)
                    if x.dtype in _FLOATS and x.dtype != dtype else x)
        return theirs(x, dtype)
    return cast
