"""How many threads MXNet computes with on a CPU.

As many as there are cores that other programs leave idle. Two threads are
faster than one if each has a core to itself. Beside a busy program they are
several times slower, because they wait for each other and spin while they
wait. So the number follows the load.

- `settings` is what MXNet's library is loaded with.
- `load` measures how busy the other programs keep the cores.
- `policy` decides on a number, with hysteresis.
- `team` gives MXNet's engine another number of threads.
- `chooser` connects them: loops and `autograd.record()` call `look()`, which
  changes the number; `keep()` holds it.

docs/performance.md has the measurements.
"""
import importlib

_HOME = dict.fromkeys(('announce', 'count', 'is_choosing', 'keep', 'look'),
                      'chooser')
_HOME.update(dict.fromkeys(('cores', 'library_environment'), 'settings'))

__all__ = sorted(_HOME)


def __getattr__(name):
    """Import a function at its first use; d2l.compat says why not before."""
    if name not in _HOME:
        raise AttributeError('module %r has no attribute %r'
                             % (__name__, name))
    module = importlib.import_module('.' + _HOME[name], __name__)
    globals()[name] = getattr(module, name)
    return globals()[name]
