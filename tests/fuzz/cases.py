"""Random arguments for the public functions; a number gives each case.

    PYTHONPATH=tests/fuzz python -m cases FIRST LAST

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

from cases_data import c_data_iter, c_history, c_load, c_statefile, c_text
from cases_functions import c_figures, c_models
from cases_others import c_others
from cases_training import (
    Nonsense,
    c_accuracy,
    c_train,
    c_train_ch3,
    c_train_ch5,
)
from values import STATE, Gen

CASES = [c_accuracy, c_accuracy, c_accuracy, c_train_ch5, c_train_ch5,
         c_train, c_train_ch3, c_load, c_data_iter, c_text, c_models,
         c_models, c_models, c_figures, c_history, c_statefile, c_others,
         c_others]
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
    """What is wrong with case i, or None; an error of d2l is in order."""
    case = CASES[i % len(CASES)]
    before = list_files()
    with warnings.catch_warnings(record=True) as seen, \
            contextlib.redirect_stdout(io.StringIO()), \
            contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter('always')
        name, call, look = case(Gen(i), STATE['d2l'])
        wrong = _call(call, look, seen)
    after = list_files()
    changed = [path for path in set(before) | set(after)
               if before.get(path) != after.get(path)
               and os.path.basename(path) not in MAY_CHANGE
               and '/r/' not in path and '/.cache/' not in path]
    if changed:
        wrong = 'files changed: %s' % changed[:2]
    return wrong and '%s: %s' % (name, wrong)


def _call(call, look, seen):
    result, ended = None, False
    try:
        result = call()
        STATE['nd'].waitall()
        ended = True
        STATE['results'] = STATE.get('results', 0) + 1
    except Nonsense as error:
        return str(error)
    except NameError as error:      # no argument is the reason for one
        return repr(error)
    except Exception:   # noqa: BLE001  most arguments are wrong
        pass
    if look is None:
        return None
    if look.__code__.co_argcount == 2:
        return look(result, seen)
    return look(result) if ended else None


if __name__ == '__main__':
    out = os.fdopen(os.dup(1), 'w', buffering=1)
    set_up()
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        print(json.dumps([number, 'began']), file=out)
        print(json.dumps([number, run(number)]), file=out)
    print(json.dumps(['results', STATE.get('results', 0)]), file=out)
