"""Which of its arrays an operator of MXNet's has no gradient for."""

_COMPARED = ('equal not_equal greater greater_equal lesser lesser_equal less '
             'less_equal logical_and logical_or logical_xor').split()

# Operators that have no gradient of integers, and many none at all
_NONE = frozenset('''
    BlockGrad _contrib_allclose _contrib_arange_like _contrib_index_array
    _contrib_isfinite _contrib_isinf _contrib_isnan _contrib_quantize
    _contrib_quantize_v2 _mod_scalar _np_all _np_any _npi_argmax _npi_argmin
    _npi_around _npi_bincount _npi_bitwise_and _npi_bitwise_and_scalar
    _npi_bitwise_not _npi_bitwise_or _npi_bitwise_or_scalar _npi_bitwise_xor
    _npi_bitwise_xor_scalar _npi_ceil _npi_fix _npi_floor _npi_full_like
    _npi_isfinite _npi_isinf _npi_isnan _npi_isneginf _npi_isposinf _npi_lcm
    _npi_lcm_scalar _npi_logical_not _npi_mod_scalar _npi_rint
    _npi_rmod_scalar _npi_sign _npi_trunc _npi_unique _npx_nonzero
    _ravel_multi_index _rmod_scalar _unravel_index
    argmax argmax_channel argmin argsort ceil fix floor logical_not one_hot
    ones_like rint round shape_array sign size_array trunc zeros_like
'''.split()) | {form % name for name in _COMPARED for form in (
    'broadcast_%s', '_%s', '_%s_scalar', '_npi_%s', '_npi_%s_scalar')}

# Besides those that registry.op(constants=...) names
_PLACES = {'SoftmaxOutput': (1,), 'softmax': (1,), 'log_softmax': (1,),
           'softmin': (1,), 'broadcast_mod': (0,), '_mod': (0,)}


def find_constants(function, p, places):
    """The places of integers for which there is no gradient.

    Parameters
    ----------
    function : callable
        Computes the operator.
    p : types.SimpleNamespace
        Its parameters.
    places : range
        Those of all its arrays.

    Returns
    -------
    container of int
    """
    if p.op in _NONE or (p.op == 'topk' and p.ret_typ in ('indices', 'mask')):
        return places
    if hasattr(p, 'graphs'):    # of a loop or branch: its operators are asked
        return places
    return getattr(function, 'constants', None) or _PLACES.get(p.op, ())
