"""Layers of neural networks."""
import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..registry import op
from ..state import NAMES, state
from . import random

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
CONV_T = {1: F.conv_transpose1d, 2: F.conv_transpose2d,
          3: F.conv_transpose3d}
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


@op('FullyConnected')
def fully_connected(p, x, weight, bias=None):
    if p.flatten and x.dim() != 2:
        x = x.reshape(x.shape[0], -1)
    if x.shape[-1] != weight.shape[1]:
        raise MXNetError('FullyConnected: the weight is for %d inputs, not '
                         'for %d' % (weight.shape[1], x.shape[-1]))
    return F.linear(x, weight, bias)


def _last(p):
    """Whether channels are the last axis."""
    return p.layout is not None and p.layout.endswith('C')


def _first_channel(x):
    return x.movedim(-1, 1)


@op('Convolution')
def convolution(p, x, weight, bias=None):
    n = len(p.kernel)
    one = (1,) * n
    if _last(p):
        x, weight = _first_channel(x), _first_channel(weight)
    y = CONV[n](x, weight, bias, p.stride or one, p.pad or (0,) * n,
                p.dilate or one, p.num_group)
    return y.movedim(1, -1) if _last(p) else y


@op('Deconvolution')
def deconvolution(p, x, weight, bias=None):
    n = len(p.kernel)
    stride, dilate = p.stride or (1,) * n, p.dilate or (1,) * n
    pad, adj = p.pad or (0,) * n, p.adj or (0,) * n
    if p.target_shape:
        pad, adj = [], []
        for i in range(n):
            total = (stride[i] * (x.shape[i + 2] - 1)
                     + dilate[i] * (p.kernel[i] - 1) + 1 - p.target_shape[i])
            adj.append(total % 2)
            pad.append((total + 1) // 2)
    return CONV_T[n](x, weight, bias, stride, pad, adj, p.num_group, dilate)


@op('Pooling')
def pooling(p, x):
    if _last(p):
        x = _first_channel(x)
    n = x.dim() - 2
    if p.global_pool:
        over = tuple(range(2, x.dim()))
        y = (torch.amax(x, over, keepdim=True) if p.pool_type == 'max'
             else torch.mean(x, over, keepdim=True) if p.pool_type == 'avg'
             else torch.sum(x, over, keepdim=True))
        return y.movedim(1, -1) if _last(p) else y
    kernel, stride = p.kernel, p.stride or (1,) * n
    pad = p.pad or (0,) * n
    if p.pooling_convention == 'same' or p.pool_type == 'lp':
        raise MXNetError('Pooling: %s is not supported on this GPU' % (
            p.pool_type if p.pool_type == 'lp' else 'same'))
    y = _pool(p, x, kernel, stride, pad, n)
    return y.movedim(1, -1) if _last(p) else y


def _pool(p, x, kernel, stride, pad, n):
    """Pooling; windows that torch would leave out are padded for."""
    extra = [0] * n
    if p.pooling_convention == 'full':
        for i in range(n):
            size = x.shape[i + 2] + 2 * pad[i] - kernel[i]
            extra[i] = -size % stride[i]
    plain = not any(extra) and all(
        2 * b <= k for b, k in zip(pad, kernel))
    flat = [m for b, e in zip(reversed(pad), reversed(extra))
            for m in (b, b + e)]
    include = p.count_include_pad is None or p.count_include_pad
    if p.pool_type == 'max':
        if plain:
            return MAX[n](x, kernel, stride, pad)
        return MAX[n](F.pad(x, flat, value=torch.finfo(
            x.dtype).min), kernel, stride)
    if plain and p.pool_type == 'avg':
        return AVG[n](x, kernel, stride, pad, False, include)
    size = 1
    for k in kernel:
        size *= k
    total = AVG[n](F.pad(x, flat), kernel, stride) * size
    if p.pool_type == 'sum':
        return total
    # what a window is divided by: the elements, and the padding but for the
    # extra one
    ones = torch.ones((1, 1) + x.shape[2:], dtype=x.dtype, device=x.device)
    if include:
        ones = F.pad(ones, [m for b in reversed(pad) for m in (b, b)],
                     value=1)
        flat = [m for e in reversed(extra) for m in (0, e)]
    return total / (AVG[n](F.pad(ones, flat), kernel, stride) * size)


@op('UpSampling')
def upsampling(p, *xs):
    if p.sample_type != 'nearest':
        raise MXNetError('UpSampling: bilinear is not supported')
    ys = [F.interpolate(x, scale_factor=p.scale * xs[0].shape[2]
                        // x.shape[2], mode='nearest') for x in xs]
    return ys[0] if len(ys) == 1 else torch.cat(ys, 1) \
        if p.multi_input_mode == 'concat' else sum(ys)


@op('_contrib_BilinearResize2D')
def bilinear_resize(p, x, like=None):
    if p.mode == 'like':
        size = like.shape[2:]
    elif p.scale_height is not None:
        size = (int(x.shape[2] * p.scale_height),
                int(x.shape[3] * p.scale_width))
    else:
        size = (p.height, p.width)
    return F.interpolate(x, size, mode='bilinear',
                         align_corners=p.align_corners)


@op('_contrib_AdaptiveAvgPooling2D')
def adaptive_avg(p, x):
    size = p.output_size or (1, 1)
    return F.adaptive_avg_pool2d(x, size * 2 if len(size) == 1 else size)


# -- activations
@op('Activation')
def activation(p, x):
    return {'relu': torch.relu, 'sigmoid': torch.sigmoid, 'tanh': torch.tanh,
            'softrelu': F.softplus, 'softsign': F.softsign}[p.act_type](x)


@op('LeakyReLU')
def leaky_relu(p, x, gamma=None):
    kind = p.act_type
    if kind == 'leaky':
        return F.leaky_relu(x, p.slope)
    if kind == 'prelu':
        shape = [1] * x.dim()
        if x.dim() > 1:
            shape[1] = -1
        return torch.where(x > 0, x, x * gamma.reshape(shape))
    if kind == 'elu':
        return F.elu(x, p.slope)
    if kind == 'selu':
        return F.selu(x)
    if kind == 'gelu':
        return F.gelu(x)
    if state.training:
        slope = torch.empty_like(x).uniform_(
            p.lower_bound, p.upper_bound, generator=random.generator(x))
    else:
        slope = (p.lower_bound + p.upper_bound) / 2
    slope = torch.as_tensor(slope, dtype=x.dtype, device=x.device)
    mask = torch.where(x > 0, 1, slope)
    return x * mask, mask


@op('Dropout')
def dropout(p, x):
    if p.p == 0 or not (state.training or p.mode == 'always'):
        return x
    shape = list(x.shape)
    for axis in p.axes or ():
        shape[axis] = 1
    keep = 1 - p.p
    mask = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(
        keep, generator=random.generator(x)).div_(keep)
    return x * mask


def _softmax(function, sign):
    def compute(p, x, length=None):
        dtype = NAMES.get(p.dtype, x.dtype)
        if sign < 0:
            x = -x
        if p.temperature not in (None, 1.0):
            x = x / p.temperature
        if length is not None and p.use_length:
            n = x.shape[p.axis]
            axis = p.axis % x.dim()
            shape = [1] * x.dim()
            shape[axis] = n
            place = torch.arange(n, device=x.device).reshape(shape)
            inside = place < length.unsqueeze(axis)
            y = function(x.masked_fill(~inside, -torch.inf), p.axis)
            return torch.where(inside, y, 0).to(dtype)
        return function(x, p.axis).to(dtype)
    return compute


op('softmax')(_softmax(torch.softmax, 1))
op('log_softmax')(_softmax(torch.log_softmax, 1))
op('softmin')(_softmax(torch.softmax, -1))


@op('SoftmaxActivation')
def softmax_activation(p, x):
    if p.mode == 'channel':
        return torch.softmax(x, 1)
    return torch.softmax(x.reshape(x.shape[0], -1), 1).reshape(x.shape)


# -- normalization
@op('_contrib_SyncBatchNorm')
def sync_batch_norm(p, *tensors):
    if p.ndev > 1:
        raise MXNetError(
            'SyncBatchNorm over %d devices does not work on GPUs that '
            'PyTorch serves: use BatchNorm, or one device' % p.ndev)
    return batch_norm(p, *tensors)


@op('BatchNorm')
def batch_norm(p, x, gamma, beta, moving_mean, moving_var):
    axis = getattr(p, 'axis', 1) % x.dim()
    moved = x if axis == 1 else x.movedim(axis, 1)
    dtype = gamma.dtype     # float32 where x is float16
    if p.fix_gamma:
        gamma.data.fill_(1)         # as MXNet does
        gamma = torch.ones_like(gamma)
    if state.training and not p.use_global_stats:
        mean, var = torch.zeros_like(moving_mean), torch.ones_like(
            moving_var)
        y = torch.batch_norm(moved, gamma, beta, mean, var, True, 1.0,
                             p.eps, torch.backends.cudnn.enabled)
        n = moved.numel() // moved.shape[1]
        var = var * ((n - 1) / n) if n > 1 else torch.zeros_like(var)
        # torch keeps the unbiased variance, MXNet the other
        moving_mean.mul_(p.momentum).add_(mean, alpha=1 - p.momentum)
        moving_var.mul_(p.momentum).add_(var, alpha=1 - p.momentum)
    else:
        mean, var = moving_mean, moving_var
        y = torch.batch_norm(moved, gamma, beta, mean, var, False, 0., p.eps,
                             torch.backends.cudnn.enabled)
    y = y if axis == 1 else y.movedim(1, axis)
    if p.output_mean_var:
        return y, mean.to(dtype), torch.rsqrt(var + p.eps).to(dtype)
    return y


@op('_contrib_BatchNormWithReLU')
def batch_norm_relu(p, *xs):
    results = batch_norm(p, *xs)
    if p.output_mean_var:
        return (torch.relu(results[0]), *results[1:])
    return torch.relu(results)


@op('LayerNorm')
def layer_norm(p, x, gamma, beta):
    axis = p.axis % x.dim()
    moved = x.movedim(axis, -1)
    y = F.layer_norm(moved, gamma.shape, gamma, beta, p.eps).movedim(-1,
                                                                    axis)
    if p.output_mean_var:
        mean = x.mean(axis)
        var = x.var(axis, unbiased=False)
        return y, mean, torch.sqrt(var + p.eps)
    return y


@op('InstanceNorm')
def instance_norm(p, x, gamma, beta):
    over = tuple(range(2, x.dim()))
    mean = x.mean(over, keepdim=True)
    var = x.var(over, unbiased=False, keepdim=True)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return ((x - mean) * torch.rsqrt(var + p.eps) * gamma.reshape(shape)
            + beta.reshape(shape))


@op('GroupNorm')
def group_norm(p, x, gamma, beta):
    # 1.9.1 has one gamma and beta for each group, not for each channel
    shape = (1, p.num_groups) + (1,) * (x.dim() - 1)
    y = F.group_norm(x, p.num_groups, None, None, p.eps)
    y = y.reshape(x.shape[0], p.num_groups, -1, *x.shape[2:])
    return (y * gamma.reshape(shape) + beta.reshape(shape)).reshape(x.shape)


@op('LRN')
def lrn(p, x):
    return F.local_response_norm(x, p.nsize, p.alpha, p.beta, p.knorm)
