"""How many threads MXNet computes with on a CPU.

As many as there are cores that other programs leave idle. Two threads are
faster than one if each has a core to itself. Beside a busy program they are
several times slower, because they wait for each other and spin while they
wait. So the number follows the load.

- `settings` is what MXNet's library is loaded with.
- `load` measures how busy the other programs keep the cores.
- `choice` decides on a number, with hysteresis.
- `team` gives MXNet's engine another number of threads.
- `chooser` connects them: loops call `look()`, and `keep()` holds the number.

docs/performance.md has the measurements.
"""
from .chooser import announce, count, is_choosing, keep, look, start
from .settings import cores, library_environment

__all__ = ['announce', 'cores', 'count', 'is_choosing', 'keep',
           'library_environment', 'look', 'start']
