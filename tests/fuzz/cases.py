"""Random arguments for the public functions; a number gives each case.

A case, made by a function of the list CASES, is a function that calls d2l; it
takes the list of the warnings so far. It raises Nonsense at a wrong result.

    PYTHONPATH=tests/fuzz:tests/helpers python -m cases FIRST LAST

runs the cases FIRST to LAST - 1 and prints a line of JSON before and after
each: its number, and what was wrong.
"""
import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import warnings

import cases_data
import cases_figures
import cases_functions
import cases_others
import cases_training
from values import STATE, Gen, Nonsense

CASES = [case for module in (cases_training, cases_data, cases_functions,
                             cases_figures, cases_others)
         for case in module.CASES]
MAY_CHANGE = {'out.csv', 'in.csv', 's.d2l', 'state.d2l', 'lock'}


def set_up():
    """Import everything, in an empty home folder that becomes STATE's."""
    home = tempfile.mkdtemp(prefix='d2l-fuzz-')
    work = os.path.join(home, 'x', 'work')
    os.makedirs(work)
    os.chdir(work)
    os.environ.update(HOME=home, MPLBACKEND='Agg', D2L_MAX_BATCHES='2')
    logging.disable(logging.CRITICAL)
    import mxnet as mx
    import numpy as np
    from mxnet import nd

    import d2l
    root = os.path.join(home, 'data')
    iters = d2l.load_data_fashion_mnist(32, root=root)
    STATE.update(home=home, d2l=d2l, mx=mx, np=np, nd=nd, root=root,
                 iters=iters)
    d2l.plt.figure()    # matplotlib writes a list of fonts
    d2l.plt.close('all')


def list_files():
    found = {}
    for folder, _, names in os.walk(STATE['home']):
        for name in names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            found[path] = status.st_size, status.st_mtime_ns
    return found


def run(i):
    """What is wrong with case i, or None.

    Half of the cases have arguments that fit. Of the others, any error of
    d2l is in order.
    """
    case, g = CASES[i % len(CASES)], Gen(i)
    before = list_files()
    with warnings.catch_warnings(record=True) as seen, \
            contextlib.redirect_stdout(io.StringIO()), \
            contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter('always')
        call = case(g, STATE['d2l'])
        wrong = _call(call, seen, g.fits)
    after = list_files()
    changed = [path for path in set(before) | set(after)
               if before.get(path) != after.get(path)
               and os.path.basename(path) not in MAY_CHANGE
               and '/r/' not in path and '/.cache/' not in path]
    if changed:
        wrong = 'files changed: %s' % changed[:2]
    return wrong and '%s: %s' % (case.__name__, wrong)


def _call(call, seen, fits):
    try:
        call(seen)
        STATE['nd'].waitall()
    except Nonsense as error:
        return str(error)
    except NameError as error:      # no argument is the reason for one
        return repr(error)
    except Exception as error:  # noqa: BLE001  of arguments of any kind
        with contextlib.suppress(STATE['mx'].MXNetError):
            STATE['nd'].waitall()   # or the next case would raise the rest
        if fits:
            return 'its arguments fit, but: %r' % error
    return None


if __name__ == '__main__':
    out = os.fdopen(os.dup(1), 'w', buffering=1)
    set_up()
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        print(json.dumps([number, 'began']), file=out)
        print(json.dumps([number, run(number)]), file=out)
