"""Updates of optimizers: weights and states are changed in place."""
import torch

from ..compute import writable
from ..registry import OPS
from ..registry import op as _op
from ..state import state


def op(*names):
    """Decorator: an update, which changes a weight that is its output."""
    def register(function):
        def compute(p, w, *xs):
            return function(p, writable(0, w), *xs)
        return _op(*names)(compute)
    return register


def _grad(p, w, g, wd_first=False):
    """Rescaled, clipped; some operators add weight decay before clipping."""
    g = g.to(w.dtype) * p.rescale_grad
    if wd_first and p.wd:
        g = g.add_(w, alpha=p.wd)
    limit = getattr(p, 'clip_gradient', getattr(p, 'clip_grad', -1))
    return g.clamp_(-limit, limit) if limit >= 0 else g


def _sgd(p, w, g, lr, wd):
    if p.clip_gradient >= 0 or g.dtype != w.dtype:
        g, scale = _grad(p, w, g), 1.
    else:
        scale = p.rescale_grad
    if wd:
        w.mul_(1 - lr * wd)
    w.add_(g, alpha=-lr * scale)


def _sgd_mom(p, w, g, mom, lr, wd):
    g = _grad(p, w, g)
    mom.mul_(p.momentum).add_(w, alpha=-lr * wd).add_(g, alpha=-lr)
    w.add_(mom)


@op('sgd_update')
def sgd_update(p, w, g):
    _sgd(p, w, g, p.lr, p.wd)
    return w


@op('sgd_mom_update')
def sgd_mom_update(p, w, g, mom):
    _sgd_mom(p, w, g, mom, p.lr, p.wd)
    return w


@op('mp_sgd_update')
def mp_sgd_update(p, w, g, w32):
    _sgd(p, w32, g, p.lr, p.wd)
    return w.copy_(w32)


@op('mp_sgd_mom_update')
def mp_sgd_mom_update(p, w, g, mom, w32):
    _sgd_mom(p, w32, g, mom, p.lr, p.wd)
    return w.copy_(w32)


def _multi(count, update):
    def compute(p, *xs):
        weights = []
        for i in range(p.num_weights):
            w, *part = xs[i * count:(i + 1) * count]
            weights.append(update(p, p.lrs[i], p.wds[i], writable(i, w),
                                  *part))
        return tuple(weights)
    return compute


def _one(p, lr, wd, w, g):
    _sgd(p, w, g, lr, wd)
    return w


def _one_mom(p, lr, wd, w, g, mom):
    _sgd_mom(p, w, g, mom, lr, wd)
    return w


def _one_mp(p, lr, wd, w, g, w32):
    _sgd(p, w32, g, lr, wd)
    return w.copy_(w32)


def _one_mp_mom(p, lr, wd, w, g, mom, w32):
    _sgd_mom(p, w32, g, mom, lr, wd)
    return w.copy_(w32)


OPS.update({'multi_sgd_update': _multi(2, _one),
            'multi_sgd_mom_update': _multi(3, _one_mom),
            'multi_mp_sgd_update': _multi(3, _one_mp),
            'multi_mp_sgd_mom_update': _multi(4, _one_mp_mom)})


def _nag(p, w, g, mom):
    g = _grad(p, w, g).add_(w, alpha=p.wd)
    mom.mul_(p.momentum).add_(g, alpha=-p.lr)
    w.add_(mom, alpha=p.momentum).add_(g, alpha=-p.lr)


@op('nag_mom_update')
def nag_mom_update(p, w, g, mom):
    _nag(p, w, g, mom)
    return w


@op('mp_nag_mom_update')
def mp_nag_mom_update(p, w, g, mom, w32):
    _nag(p, w32, g, mom)
    return w.copy_(w32)


@op('adam_update')
def adam_update(p, w, g, mean, var):
    g = _grad(p, w, g, True)
    mean.mul_(p.beta1).add_(g, alpha=1 - p.beta1)
    var.mul_(p.beta2).addcmul_(g, g, value=1 - p.beta2)
    return w.addcdiv_(mean, torch.sqrt(var).add_(p.epsilon), value=-p.lr)


def _clip_weights(p, w):
    return w.clamp_(-p.clip_weights, p.clip_weights) \
        if p.clip_weights >= 0 else w


@op('rmsprop_update')
def rmsprop_update(p, w, g, n):
    g = _grad(p, w, g, True)
    n.mul_(p.gamma1).addcmul_(g, g, value=1 - p.gamma1)
    return _clip_weights(p, w.addcdiv_(g, torch.sqrt(n + p.epsilon),
                                       value=-p.lr))


@op('rmspropalex_update')
def rmspropalex_update(p, w, grad, n, g, delta):
    grad = _grad(p, w, grad, True)
    n.mul_(p.gamma1).addcmul_(grad, grad, value=1 - p.gamma1)
    g.mul_(p.gamma1).add_(grad, alpha=1 - p.gamma1)
    delta.mul_(p.gamma2).addcdiv_(
        grad, torch.sqrt(n - g * g + p.epsilon), value=-p.lr)
    return _clip_weights(p, w.add_(delta))


@op('ftrl_update')
def ftrl_update(p, w, g, z, n):
    g = _grad(p, w, g)
    z.add_(g - (torch.sqrt(n + g * g) - torch.sqrt(n)) / p.lr * w)
    n.addcmul_(g, g)
    d = -torch.sign(z) * (torch.abs(z) - p.lamda1).clamp(min=0)
    return w.copy_(d / ((p.beta + torch.sqrt(n)) / p.lr + p.wd))


@op('ftml_update')
def ftml_update(p, w, g, d, v, z):
    g = _grad(p, w, g, True)
    v.mul_(p.beta2).addcmul_(g, g, value=1 - p.beta2)
    now = (1 - p.beta1 ** p.t) / p.lr * (
        torch.sqrt(v / (1 - p.beta2 ** p.t)) + p.epsilon)
    z.mul_(p.beta1).add_(g, alpha=1 - p.beta1).sub_(
        (now - p.beta1 * d) * w)
    d.copy_(now)
    return w.copy_(-z / d)


@op('signsgd_update')
def signsgd_update(p, w, g):
    return w.mul_(1 - p.lr * p.wd).add_(torch.sign(g), alpha=-p.lr)


@op('signum_update')
def signum_update(p, w, g, mom):
    g = _grad(p, w, g)
    m = p.momentum
    mom.mul_(m).add_(w, alpha=-(1 - m) * p.wd).add_(g, alpha=-(1 - m))
    return w.mul_(1 - p.lr * p.wd_lh).add_(torch.sign(mom), alpha=p.lr)


@op('lamb_update_phase1')
def lamb_phase1(p, w, g, mean, var):
    g = _grad(p, w, g)
    mean.mul_(p.beta1).add_(g, alpha=1 - p.beta1)
    var.mul_(p.beta2).addcmul_(g, g, value=1 - p.beta2)
    m, v = mean, var
    if p.bias_correction:
        m, v = m / (1 - p.beta1 ** p.t), v / (1 - p.beta2 ** p.t)
    return m / (torch.sqrt(v) + p.epsilon) + p.wd * w


@op('lamb_update_phase2')
def lamb_phase2(p, w, g, r1, r2):
    if p.lower_bound >= 0:
        r1 = r1.clamp(min=p.lower_bound)
    if p.upper_bound >= 0:
        r1 = r1.clamp(max=p.upper_bound)
    ratio = torch.where((r1 == 0) | (r2 == 0), 1., r1 / r2)
    return w.sub_(p.lr * ratio * g)


@_op('all_finite', 'multi_all_finite')
def all_finite(p, *xs):
    good = torch.stack([torch.isfinite(x).all() for x in xs]).all()
    if not p.init_output and state.outputs:     # for a part of many arrays
        good = good & (state.outputs[0].data != 0).all()
    return good.to(torch.float32).reshape(1)


@_op('reset_arrays')
def reset_arrays(p, *xs):
    for x in xs:
        x.zero_()
    return ()


@_op('multi_sum_sq')
def multi_sum_sq(p, *xs):
    return torch.stack([(x.float() ** 2).sum() for x in xs])
