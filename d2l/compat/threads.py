"""How many threads MXNet computes with on a CPU, and how they wait.

MXNet's default is half of the processors, because it assumes two of them to a
core; on a machine with one to a core, half of the machine stays idle. MXNet
and OpenMP read their settings when MXNet's library is loaded. The settings
here follow from the measurements in docs/performance.md.
"""
import contextlib
import os

# The smallest copy, in elements, that MXNet spreads over threads: none at all.
# Copies run in Python's own thread. If that thread gets a team of OpenMP
# threads in addition to the team of MXNet's engine, there are more threads
# than cores; OpenMP then puts them to sleep between operators instead of
# letting them spin, and small nets take twice as long.
_COPY_SIZE = str(2 ** 31 - 1)
# How often a waiting thread checks for work before it sleeps. OpenMP's default
# is to spin for milliseconds, which is fast while one process has the machine
# to itself, but two processes that share it would take each other's time.
_SPIN_COUNT = '300'


@contextlib.contextmanager
def library_environment():
    """Set the environment variables for loading MXNet's library.

    Variables that the user has set stay. The variables of OpenMP are removed
    afterwards, because other libraries and child processes read them too.
    """
    os.environ.setdefault('MXNET_CPU_PARALLEL_SIZE', _COPY_SIZE)
    added = {}
    if 'OMP_NUM_THREADS' not in os.environ:
        added['OMP_NUM_THREADS'] = str(cores())
    if not {'GOMP_SPINCOUNT', 'OMP_WAIT_POLICY'} & set(os.environ):
        added['GOMP_SPINCOUNT'] = _SPIN_COUNT
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def cores():
    """The processor cores that this process may use, at least 1.

    The processors of one core count once, and the CPU limit of the cgroup
    (the container) applies.
    """
    try:
        processors = os.sched_getaffinity(0)
    except AttributeError:      # not on Linux
        return max(1, (os.cpu_count() or 2) // 2)
    # the processors of one core list the same siblings
    siblings = {_read_file(f'/sys/devices/system/cpu/cpu{i}/topology/'
                           'thread_siblings_list') or i for i in processors}
    return max(1, min(len(siblings), int(_cgroup_limit() or len(siblings))))


def _cgroup_limit():
    """The number of processors the cgroup allows (a float), or None."""
    # cgroup version 2, else version 1
    quota, _, period = (_read_file('/sys/fs/cgroup/cpu.max')
                        or '').partition(' ')
    quota = quota or _read_file('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')
    period = period or _read_file('/sys/fs/cgroup/cpu/cpu.cfs_period_us')
    try:
        return int(quota) / int(period) if int(quota) > 0 else None
    except (TypeError, ValueError):     # 'max', or no cgroup
        return None


def _read_file(path):
    """The content of a file, or None if it cannot be read."""
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None
