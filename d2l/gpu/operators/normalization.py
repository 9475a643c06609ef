"""Normalization."""
import torch
import torch.nn.functional as F
from mxnet.base import MXNetError

from ..registry import op
from ..state import state
from .convolutions import check_shape


def _shape_of_channels(x, axis=1):
    return [-1 if i == axis else 1 for i in range(x.dim())]


@op('_contrib_SyncBatchNorm')
def sync_batch_norm(p, *tensors):
    if p.ndev > 1:
        raise MXNetError(
            'SyncBatchNorm over %d devices does not work on GPUs that '
            'PyTorch serves: use BatchNorm, or one device' % p.ndev)
    return batch_norm(p, *tensors)


def _move(momentum, *pairs):
    """As in MXNet, averages move in backward, and with each one."""
    def move(grad):
        for average, value in pairs:
            average.mul_(momentum).add_(value, alpha=1 - momentum)
    return move


@op('BatchNorm')
def batch_norm(p, x, gamma, beta, moving_mean, moving_var):
    axis = getattr(p, 'axis', 1) % x.dim()
    moved = x if axis == 1 else x.movedim(axis, 1)
    dtype = gamma.dtype     # float32 where x is float16
    if p.fix_gamma:
        gamma.data.fill_(1)         # as MXNet does
        gamma = gamma * 0 + 1       # its gradient is 0
    if state.training and not p.use_global_stats:
        mean, var = torch.zeros_like(moving_mean), torch.ones_like(
            moving_var)
        y = torch.batch_norm(moved, gamma, beta, mean, var, True, 1.0,
                             p.eps, torch.backends.cudnn.enabled)
        n = moved.numel() // moved.shape[1]
        var = var * ((n - 1) / n) if n > 1 else torch.zeros_like(var)
        # torch keeps the unbiased variance, MXNet the other
        if y.requires_grad:
            y.register_hook(_move(p.momentum, (moving_mean.data, mean),
                                  (moving_var.data, var)))
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
    for name, parameter in ('gamma', gamma), ('beta', beta):
        check_shape(p, name, parameter, (x.shape[axis],))
    y = F.layer_norm(x.movedim(axis, -1), gamma.shape, gamma, beta,
                     p.eps).movedim(-1, axis)
    if p.output_mean_var:
        var, mean = torch.var_mean(x.detach(), axis, unbiased=False,
                                   keepdim=True)
        return y, mean, torch.sqrt(var + p.eps)
    return y


@op('InstanceNorm')
def instance_norm(p, x, gamma, beta):
    if x.dim() < 3:
        raise MXNetError('operator InstanceNorm: data must have 3 axes or '
                         'more, but have %d' % x.dim())
    over = tuple(range(2, x.dim()))
    var, mean = torch.var_mean(x, over, unbiased=False, keepdim=True)
    shape = _shape_of_channels(x)
    return ((x - mean) * torch.rsqrt(var + p.eps) * gamma.reshape(shape)
            + beta.reshape(shape))


@op('GroupNorm')
def group_norm(p, x, gamma, beta):
    # 1.9.1 has one gamma and beta for each group, not for each channel
    shape = (1, p.num_groups) + (1,) * (x.dim() - 1)
    y = F.group_norm(x, p.num_groups, None, None, p.eps)
    grouped = (x.shape[0], p.num_groups, -1, *x.shape[2:])
    y = (y.reshape(grouped) * gamma.reshape(shape)
         + beta.reshape(shape)).reshape(x.shape)
    if p.output_mean_var:
        var, mean = torch.var_mean(
            x.detach().reshape(x.shape[0], p.num_groups, -1), 2,
            unbiased=False)
        return y, mean, torch.sqrt(var + p.eps)
    return y


@op('LRN')
def lrn(p, x):
    return F.local_response_norm(x, p.nsize, p.alpha, p.beta, p.knorm)
