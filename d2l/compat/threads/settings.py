"""The number of threads that MXNet starts with, and how they wait.

MXNet's default is half of the processors, because it assumes two of them to a
core; on a machine with one to a core, half of the machine stays idle. MXNet
and OpenMP read their settings when MXNet's library is loaded.
"""
import contextlib
import os

from ..cuda import library_files
from .load import sample

# The smallest copy, in elements, that MXNet spreads over threads: none at all.
# Copies run in Python's own thread. If that thread gets a team of OpenMP
# threads in addition to the team of MXNet's engine, there are more threads
# than cores; OpenMP then puts them to sleep between operators instead of
# letting them spin, and small nets take twice as long.
_COPY_SIZE = str(2 ** 31 - 1)
# How often a waiting thread checks for work before it sleeps. OpenMP's default
# is to spin for milliseconds. Some tens of microseconds bridge the time from
# one operator of a small net to the next, if every thread has a core.
_SPIN_COUNT = '10000'
# Where the number of threads is fixed: less harm beside other programs.
_SHORT_SPIN_COUNT = '300'

_is_adaptable = False


@contextlib.contextmanager
def library_environment():
    """Set the environment variables for loading MXNet's library.

    Variables that the user has set stay. The variables of OpenMP are removed
    afterwards, because other libraries and child processes read them too.
    """
    global _is_adaptable
    _is_adaptable = _may_adapt()
    os.environ.setdefault('MXNET_CPU_PARALLEL_SIZE', _COPY_SIZE)
    added = {}
    if 'OMP_NUM_THREADS' not in os.environ:
        added['OMP_NUM_THREADS'] = str(cores())
    if not {'GOMP_SPINCOUNT', 'OMP_WAIT_POLICY'} & set(os.environ):
        added['GOMP_SPINCOUNT'] = (_SPIN_COUNT if _is_adaptable
                                   else _SHORT_SPIN_COUNT)
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def is_adaptable():
    """Whether MXNet was loaded for a number of threads that changes."""
    return _is_adaptable


def _may_adapt():
    """Whether the number of threads may follow what other programs do.

    It may not if the user has set anything about threads or the engine, nor
    in a process that the launcher started, since all workers should compute
    alike.
    """
    is_decided = any(
        name.startswith(('OMP_', 'GOMP_')) or name in (
            'MXNET_ENGINE_TYPE', 'MXNET_CPU_WORKER_NTHREADS',
            'MXNET_OMP_MAX_THREADS', 'DMLC_ROLE')
        for name in os.environ)
    return (not is_decided and cores() > 1 and sample() is not None
            and not library_files())    # those of the CUDA build


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
    """The number of processors that the cgroups allow (a float), or None."""
    limits = []
    for folder in _cgroup_folders():
        # cgroup version 2, else version 1
        quota, _, period = (_read_file(folder + '/cpu.max')
                            or '').partition(' ')
        quota = quota or _read_file(folder + '/cpu.cfs_quota_us')
        period = period or _read_file(folder + '/cpu.cfs_period_us')
        with contextlib.suppress(TypeError, ValueError):    # 'max', no cgroup
            if int(quota) > 0:
                limits.append(int(quota) / int(period))
    return min(limits, default=None)


def _cgroup_folders():
    """The folders of this process's cgroup and of those it is in.

    In a container, the root may be the container's own cgroup.
    """
    for line in (_read_file('/proc/self/cgroup') or '0::/').splitlines():
        number, controllers, path = line.split(':', 2)
        if number == '0':
            root = '/sys/fs/cgroup'
        elif 'cpu' in controllers.split(','):
            root = '/sys/fs/cgroup/cpu'
        else:
            continue
        while path.strip('/'):
            yield root + path
            path = os.path.dirname(path)
        yield root


def _read_file(path):
    """The content of a file, or None if it cannot be read."""
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None
