"""Updates of optimizers: weights and states are changed in place.

An update is a function of the parameters, the weight, its gradient and the
states; `update_forms` makes the operators of it.
"""

import torch
from mxnet.base import MXNetError

from ..compute import writable
from ..registry import OPS, op
from ..state import state
from .update_forms import mixed, multi, scaled, single, together


def _updates(name):
    """Decorator: the function is the update of this operator."""
    def register(update):
        def update_if_of_one_dtype(p, w, *arrays):
            for x in arrays:
                if x.dtype != w.dtype:
                    raise MXNetError(
                        'operator %s: all arrays must have the dtype of the '
                        'weight, %s, but one has %s' % (
                            p.op, w.dtype, x.dtype))
            update(p, w, *arrays)
        OPS[name] = single(update_if_of_one_dtype)
        return update
    return register


# -- gradients
def _grad(p, w, g, wd_first=False):
    """Rescaled, clipped; some operators add weight decay before clipping."""
    g = g.to(w.dtype) * p.rescale_grad
    if wd_first and p.wd:
        g = g.add_(w, alpha=p.wd)
    limit = getattr(p, 'clip_gradient', getattr(p, 'clip_grad', -1))
    return g.clamp_(-limit, limit) if limit >= 0 else g


def _move_averages(p, g, mean, var):
    mean.mul_(p.beta1).add_(g, alpha=1 - p.beta1)
    var.mul_(p.beta2).addcmul_(g, g, value=1 - p.beta2)


# -- updates
@_updates('sgd_update')
def sgd(p, w, g):
    if p.clip_gradient >= 0 or g.dtype != w.dtype:
        g, scale = _grad(p, w, g), 1.
    else:
        scale = p.rescale_grad
    if p.wd:
        w.mul_(1 - p.lr * p.wd)
    w.add_(g, alpha=-p.lr * scale)


def sgd_of_all(p, lr, wd, weights, grads):
    if wd:
        torch._foreach_mul_(weights, 1 - lr * wd)
    torch._foreach_add_(weights, grads, alpha=-lr * p.rescale_grad)


@_updates('sgd_mom_update')
def sgd_momentum(p, w, g, mom):
    g = _grad(p, w, g)
    mom.mul_(p.momentum).add_(w, alpha=-p.lr * p.wd).add_(g, alpha=-p.lr)
    w.add_(mom)


def sgd_momentum_of_all(p, lr, wd, weights, grads, moments):
    torch._foreach_mul_(moments, p.momentum)
    torch._foreach_add_(moments, weights, alpha=-lr * wd)
    torch._foreach_add_(moments, torch._foreach_mul(grads, p.rescale_grad),
                        alpha=-lr)
    torch._foreach_add_(weights, moments)


@_updates('nag_mom_update')
def nag(p, w, g, mom):
    g = _grad(p, w, g).add_(w, alpha=p.wd)
    mom.mul_(p.momentum).add_(g, alpha=-p.lr)
    w.add_(mom, alpha=p.momentum).add_(g, alpha=-p.lr)


@_updates('signsgd_update')
def signsgd(p, w, g):
    w.mul_(1 - p.lr * p.wd).add_(torch.sign(g), alpha=-p.lr)


@_updates('signum_update')
def signum(p, w, g, mom):
    g, rest = _grad(p, w, g), 1 - p.momentum
    mom.mul_(p.momentum).add_(w, alpha=-rest * p.wd).add_(g, alpha=-rest)
    w.mul_(1 - p.lr * p.wd_lh).add_(torch.sign(mom), alpha=p.lr)


@_updates('adam_update')
def adam(p, w, g, mean, var):
    _move_averages(p, _grad(p, w, g, True), mean, var)
    w.addcdiv_(mean, torch.sqrt(var).add_(p.epsilon), value=-p.lr)


def adamw(p, w, g, mean, var):
    _move_averages(p, _grad(p, w, g), mean, var)
    step = p.lr * mean / (torch.sqrt(var) + p.epsilon) + p.wd * w
    w.sub_(step, alpha=p.eta)


def _clip_weights(p, w):
    if p.clip_weights >= 0:
        w.clamp_(-p.clip_weights, p.clip_weights)


@_updates('rmsprop_update')
def rmsprop(p, w, g, n):
    g = _grad(p, w, g, True)
    n.mul_(p.gamma1).addcmul_(g, g, value=1 - p.gamma1)
    w.addcdiv_(g, torch.sqrt(n + p.epsilon), value=-p.lr)
    _clip_weights(p, w)


@_updates('rmspropalex_update')
def rmsprop_of_alex_graves(p, w, grad, n, g, delta):
    grad = _grad(p, w, grad, True)
    n.mul_(p.gamma1).addcmul_(grad, grad, value=1 - p.gamma1)
    g.mul_(p.gamma1).add_(grad, alpha=1 - p.gamma1)
    delta.mul_(p.gamma2).addcdiv_(
        grad, torch.sqrt(n - g * g + p.epsilon), value=-p.lr)
    w.add_(delta)
    _clip_weights(p, w)


@_updates('ftrl_update')
def ftrl(p, w, g, z, n):
    g = _grad(p, w, g)
    z.add_(g - (torch.sqrt(n + g * g) - torch.sqrt(n)) / p.lr * w)
    n.addcmul_(g, g)
    d = -torch.sign(z) * (torch.abs(z) - p.lamda1).clamp(min=0)
    w.copy_(d / ((p.beta + torch.sqrt(n)) / p.lr + p.wd))


@_updates('ftml_update')
def ftml(p, w, g, d, v, z):
    g = _grad(p, w, g, True)
    v.mul_(p.beta2).addcmul_(g, g, value=1 - p.beta2)
    now = (1 - p.beta1 ** p.t) / p.lr * (
        torch.sqrt(v / (1 - p.beta2 ** p.t)) + p.epsilon)
    z.mul_(p.beta1).add_(g, alpha=1 - p.beta1).sub_(
        (now - p.beta1 * d) * w)
    d.copy_(now)
    w.copy_(-z / d)


# -- LAMB: the operators of one weight leave its norm to the optimizer
@op('lamb_update_phase1')
def lamb_direction(p, w, g, mean, var):
    _move_averages(p, _grad(p, w, g), mean, var)
    if p.bias_correction:
        mean = mean / (1 - p.beta1 ** p.t)
        var = var / (1 - p.beta2 ** p.t)
    return mean / (torch.sqrt(var) + p.epsilon) + p.wd * w


@op('mp_lamb_update_phase1')
def mixed_lamb_direction(p, w, g, mean, var, w32):
    return lamb_direction(p, w32, g, mean, var)


@_updates('lamb_update_phase2')
def lamb_step(p, w, direction, r1, r2):
    """r1 and r2 are the norms of the weight and of the direction."""
    if p.lower_bound >= 0:
        r1 = r1.clamp(min=p.lower_bound)
    if p.upper_bound >= 0:
        r1 = r1.clamp(max=p.upper_bound)
    ratio = torch.where((r1 == 0) | (r2 == 0), 1., r1 / r2)
    w.sub_(p.lr * ratio * direction)


def lamb(p, w, g, mean, var):
    direction = lamb_direction(p, w, g, mean, var)
    lamb_step(p, w, direction, w.norm(), direction.norm())


OPS.update({
    'mp_sgd_update': single(mixed(sgd)),
    'mp_sgd_mom_update': single(mixed(sgd_momentum)),
    'mp_nag_mom_update': single(mixed(nag)),
    'mp_lamb_update_phase2': single(mixed(lamb_step)),
    'multi_sgd_update': together(sgd_of_all, sgd, 2),
    'multi_sgd_mom_update': together(sgd_momentum_of_all, sgd_momentum, 3),
    'multi_mp_sgd_update': multi(mixed(sgd), 3),
    'multi_mp_sgd_mom_update': multi(mixed(sgd_momentum), 4),
    'preloaded_multi_sgd_update': multi(sgd, 2, True),
    'preloaded_multi_sgd_mom_update': multi(sgd_momentum, 3, True),
    'preloaded_multi_mp_sgd_update': multi(mixed(sgd), 3, True),
    'preloaded_multi_mp_sgd_mom_update': multi(mixed(sgd_momentum), 4,
                                                True),
    '_adamw_update': scaled(single(adamw)),
    '_mp_adamw_update': scaled(single(mixed(adamw))),
    '_multi_adamw_update': scaled(multi(adamw, 4), 4),
    '_multi_mp_adamw_update': scaled(multi(mixed(adamw), 5), 5),
    '_multi_lamb_update': multi(lamb, 4),
    '_multi_mp_lamb_update': multi(mixed(lamb), 5)})


# -- what optimizers ask about arrays
@op('multi_lars')
def lars_rates(p, lrs, weights_sum_sq, grads_sum_sq, wds):
    lrs = writable(0, lrs)
    w, g = torch.sqrt(weights_sum_sq), torch.sqrt(grads_sum_sq)
    ratio = p.eta * w / (g * p.rescale_grad + wds * w + p.eps)
    return lrs.mul_(torch.where((w > 0) & (g > 0), ratio, 1.))


@op('multi_sum_sq')
def multi_sum_sq(p, *xs):
    return torch.stack([(x.float() ** 2).sum() for x in xs])


@op('all_finite', 'multi_all_finite')
def all_finite(p, *xs):
    good = torch.stack([torch.isfinite(x).all() for x in xs]).all()
    if not p.init_output and state.outputs:     # for a part of many arrays
        good = good & (state.outputs[0].data != 0).all()
    return good.to(torch.float32).reshape(1)


@op('reset_arrays')
def reset_arrays(p, *xs):
    for x in xs:
        x.zero_()
    return ()
