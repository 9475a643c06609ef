"""Updates of weights with parameters and arrays that hypothesis draws."""
import numpy as np
from case import Case
from comparison import check
from hypothesis import given, settings
from hypothesis import strategies as st

drawn = settings(max_examples=60, deadline=None, derandomize=True)
ADAM = dict(beta1=(.5, .9), beta2=(.6, .999), epsilon=(1e-3, 1e-6))
RATES = dict(lr=(.1, .01), wd=(0., .1))
BOUNDS = dict(lower_bound=(-1., .1, 2.), upper_bound=(-1., .5))
# what follows weight and gradient (n: no negative numbers), and
# parameters
UPDATES = dict(
    sgd_update=('', RATES),
    sgd_mom_update=('s', dict(RATES, momentum=(0., .9))),
    nag_mom_update=('s', dict(RATES, momentum=(0., .9))),
    signsgd_update=('', RATES),
    signum_update=('s', dict(RATES, momentum=(0., .9), wd_lh=(0., .1))),
    adam_update=('sn', dict(RATES, **ADAM)),
    rmsprop_update=('n', dict(RATES, gamma1=(.5, .9),
                              clip_weights=(-1., .2))),
    ftrl_update=('sn', dict(RATES, lamda1=(.01, .5), beta=(.5, 1.))),
    ftml_update=('nns', dict(RATES, **ADAM, t=(1, 3))),
    lamb_update_phase1=('sn', dict(ADAM, t=(1, 3), wd=(0., .1),
                                   bias_correction=(True, False))))
GRADIENT = dict(rescale_grad=(1., .5), clip_gradient=(-1., .3))
MULTI = dict(
    multi_sgd=('', {}), multi_sgd_mom=('s', dict(momentum=(0., .9))),
    _multi_adamw=('sn', ADAM),
    _multi_lamb=('sn', dict(ADAM, **BOUNDS, bias_correction=(True, False))))


def choose(data, choices):
    return {name: data.draw(st.sampled_from(values), label=name)
            for name, values in choices.items()}


def normal(random, shape, kind='s', dtype='float32'):
    x = random.normal(size=shape)
    return (np.abs(x) if kind == 'n' else x).astype(dtype)


def seeds():
    return st.integers(0, 1000).map(np.random.RandomState)


def shapes():
    return st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


@drawn
@given(st.data())
def test_updates_of_one_weight(data):
    name = data.draw(st.sampled_from(sorted(UPDATES)))
    kinds, choices = UPDATES[name]
    params = choose(data, dict(GRADIENT, **choices))
    if name == 'ftml_update':
        params['clip_grad'] = params.pop('clip_gradient')
    random = data.draw(seeds())
    shape = data.draw(shapes())
    arrays = [normal(random, shape, kind) for kind in 'ss' + kinds]
    check(Case(name, arrays, params, differentiate=0,
               out=(0,) if data.draw(st.booleans()) else ()))


@drawn
@given(st.data())
def test_updates_of_a_float16_weight_with_a_float32_copy(data):
    name, kinds, choices = data.draw(st.sampled_from([
        ('mp_sgd_update', '', RATES),
        ('mp_sgd_mom_update', 's', dict(RATES, momentum=(0., .9))),
        ('mp_nag_mom_update', 's', dict(RATES, momentum=(0., .9), wd=(0.,))),
        ('mp_lamb_update_phase1', 'sn',
         UPDATES['lamb_update_phase1'][1])]))
    random, shape = data.draw(seeds()), data.draw(shapes())
    w32 = normal(random, shape)
    arrays = [w32.astype('float16'), normal(random, shape, dtype='float16'),
              *[normal(random, shape, kind) for kind in kinds], w32]
    check(Case(name, arrays, choose(data, dict(GRADIENT, **choices)),
               differentiate=0,
               out=() if 'lamb' in name else (0,)))


@drawn
@given(st.data())
def test_steps_of_lamb(data):
    random, shape = data.draw(seeds()), data.draw(shapes())
    weight, direction, w32 = [normal(random, shape) for _ in range(3)]
    norms = [np.array([data.draw(st.sampled_from([0., .1, 1., 3.]))],
                      'float32') for _ in range(2)]
    params = choose(data, dict(BOUNDS, lr=(.1, .5)))
    check(Case('lamb_update_phase2', [weight, direction, *norms], params,
               differentiate=0, out=(0,)))
    check(Case('mp_lamb_update_phase2', [
        weight.astype('float16'), direction, *norms, w32], params,
        differentiate=0, out=(0,)))


@drawn
@given(st.data())
def test_updates_by_adamw_with_a_scale(data):
    random, shape = data.draw(seeds()), data.draw(shapes())
    params = choose(data, dict(RATES, **ADAM, eta=(.5, 1.),
                               clip_gradient=(-1., .3)))
    scale = np.array([data.draw(st.sampled_from(
        [1., .5, 0., np.inf, np.nan]))], 'float32')
    arrays = [normal(random, shape, kind) for kind in 'sssn']
    check(Case('_adamw_update', [*arrays, scale], params, differentiate=0,
               out=(0,)))
    arrays = [x.astype('float16') for x in arrays[:2]] + arrays[2:]
    check(Case('_mp_adamw_update', [
        *arrays, normal(random, shape), scale], params, differentiate=0,
        out=(0,)))


@drawn
@given(st.data())
def test_updates_of_several_weights(data):
    name = data.draw(st.sampled_from(sorted(MULTI)))
    kinds, choices = MULTI[name]
    mixed = data.draw(st.booleans())
    n, random = data.draw(st.integers(1, 3)), data.draw(seeds())
    params = choose(data, dict(choices, clip_gradient=(-1., .3)))
    preloaded = name.startswith('multi') and data.draw(st.booleans())
    rates = {key: tuple(data.draw(st.sampled_from(values))
                        for _ in range(n)) for key, values in dict(
        lrs=(.1, .01), wds=(0., .1), etas=(1., .5),
        step_count=(1, 3)).items()}
    arrays = []
    for _ in range(n):
        shape = data.draw(shapes())
        kept = normal(random, shape)
        dtype = 'float16' if mixed else 'float32'
        arrays += [kept.astype(dtype), normal(random, shape, dtype=dtype),
                   *[normal(random, shape, kind) for kind in kinds]]
        arrays += [kept] if mixed else []
    if preloaded:
        arrays += [np.array(rates[key], 'float32') for key in ('lrs', 'wds')]
    else:
        params['wds'] = rates['wds']
        params['learning_rates' if 'lamb' in name else 'lrs'] = rates['lrs']
    if 'lamb' in name:
        params.update(step_count=rates['step_count'], num_tensors=n)
    else:
        params['num_weights'] = n
    if 'adamw' in name:
        params['etas'] = rates['etas']
        arrays.append(np.array([data.draw(st.sampled_from(
            [1., .5, 0., np.inf]))], 'float32'))
    else:
        params['rescale_grad'] = data.draw(st.sampled_from([1., .5]))
    step = (len(kinds) + 2 + mixed)
    check(Case('preloaded_' * preloaded + name.replace(
        'multi_', 'multi_mp_' if mixed else 'multi_') + '_update', arrays,
        params, differentiate=0, out=tuple(range(0, n * step, step))))


@drawn
@given(st.data())
def test_learning_rates_of_layers(data):
    n = data.draw(st.integers(1, 4))
    lrs, weights, grads, wds = [np.array(data.draw(st.lists(
        st.sampled_from([0., .1, 1., 9.]), min_size=n, max_size=n)),
        'float32') for _ in range(4)]
    check(Case('multi_lars', [lrs, weights, grads, wds], choose(data, dict(
        eta=(.001, .1), eps=(1e-8, .1), rescale_grad=(1., .5))),
        differentiate=0, out=data.draw(st.sampled_from([(), (0,)]))))
