"""How many threads MXNet computes with on a CPU.

As many as there are cores that no other program uses. Who waits for such a
number must not sleep at once, and who has fewer cores than threads must not
spin: two threads beside a busy program take several times as long as one. So
the number follows what the other programs do.

- `settings` is what MXNet's library is loaded with.
- `load` measures how busy the other programs keep the cores.
- `choice` decides, with hysteresis.
- `team` gives MXNet's engine another number of threads.
- `chooser` connects them: `look()` in every loop, `keep()` where the number
  must not change.

docs/performance.md has the measurements.
"""
from .chooser import announce, count, keep, look, start
from .settings import cores, library_environment

__all__ = ['announce', 'cores', 'count', 'keep', 'library_environment',
           'look', 'start']
