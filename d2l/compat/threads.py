"""How many threads MXNet computes with on a CPU, and how they wait.

By itself MXNet takes half the processors that it sees, for it assumes that
they are two to a core; on a machine where they are not, half of it is idle.
It reads the number, and OpenMP how long a thread spins, when the library is
loaded. What docs/performance.md measured led to these settings.
"""
import contextlib
import os

# The smallest copy, in elements, that MXNet spreads over threads. Copies run
# in the thread of Python itself: once that has a team of OpenMP threads beside
# the one of MXNet's engine, there are more threads than cores, and OpenMP
# puts them to sleep between any two operators instead of letting them wait
# awake. Small nets then take twice as long. So no copy is spread.
_COPY_SIZE = str(2 ** 31 - 1)
# How often a waiting thread looks before it sleeps. By itself OpenMP lets it
# spin for milliseconds, which is fast where a process has the machine for
# itself; two that share it would burn most of each other's time.
_SPIN_COUNT = '300'


@contextlib.contextmanager
def environment():
    """The environment to load MXNet's library in.

    What the user has set stays. What is OpenMP's is taken back afterwards:
    it would speak to other libraries and to child processes too.
    """
    os.environ.setdefault('MXNET_CPU_PARALLEL_SIZE', _COPY_SIZE)
    ours = {}
    if 'OMP_NUM_THREADS' not in os.environ:
        ours['OMP_NUM_THREADS'] = str(cores())
    if not {'GOMP_SPINCOUNT', 'OMP_WAIT_POLICY'} & set(os.environ):
        ours['GOMP_SPINCOUNT'] = _SPIN_COUNT
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]


def cores():
    """The processor cores that this process may use, at least 1.

    Its processors, two of a core counted once, and no more than the cgroup
    (a container's limit) allows.
    """
    try:
        processors = os.sched_getaffinity(0)
    except AttributeError:      # not on Linux
        return max(1, (os.cpu_count() or 2) // 2)
    found = {_read('/sys/devices/system/cpu/cpu%d/topology/'
                   'thread_siblings_list' % i) or i for i in processors}
    return max(1, min(len(found), int(_quota() or len(found))))


def _quota():
    """How many processors' time the cgroup may use; None for no limit."""
    # version 2, else version 1
    quota, _, period = (_read('/sys/fs/cgroup/cpu.max') or '').partition(' ')
    quota = quota or _read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')
    period = period or _read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')
    try:
        return int(quota) / int(period) if int(quota) > 0 else None
    except (TypeError, ValueError):     # 'max', or no cgroup
        return None


def _read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None
