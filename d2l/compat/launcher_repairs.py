"""Repairs of MXNet's own launcher, the package dmlc_tracker.

`repairs` lists them, and explains how they are applied.
"""
import builtins
import subprocess
import types

from .repairs import after, before


@before('dmlc_tracker.kubernetes')
def make_kubernetes_optional(module):
    """MXNet 1.9.1's launcher imports kubernetes and yaml on any cluster.

    MXNet does not install them, and only Kubernetes clusters need them.
    """
    def import_(name, *args):
        try:
            return builtins.__import__(name, *args)
        except ImportError:
            if name in ('kubernetes', 'yaml'):
                return _Missing()
            raise

    vars(module)['__builtins__'] = dict(vars(builtins), __import__=import_)


class _Missing:
    """A missing package; using any of its names raises ImportError."""

    # MXNet imports these two from kubernetes
    client = config = property(lambda self: _Missing())

    def __getattr__(self, name):
        raise ImportError("MXNet's launcher needs two more packages for "
                          'Kubernetes: pip install kubernetes pyyaml')


@after('dmlc_tracker.mesos')
def close_null_device(module):
    """Python 3.14 reports at exit a file that MXNet's launcher leaves open."""
    if hasattr(module, 'DEVNULL'):      # not with pymesos
        module.DEVNULL.close()
        module.DEVNULL = subprocess.DEVNULL


@after('dmlc_tracker.slurm')
def replace_srun_share(module):
    """Slurm 22 has no srun --share; the option is now --oversubscribe."""
    def check_call(prog, **options):
        return subprocess.check_call(prog.replace(
            ' srun --share ', ' srun --oversubscribe ', 1), **options)

    module.subprocess = types.SimpleNamespace(check_call=check_call)


@after('dmlc_tracker.tracker')
def restore_is_alive(module):
    """Python 3.9 removed Thread.isAlive, which MXNet's launcher calls."""
    class Thread(module.Thread):
        isAlive = module.Thread.is_alive

    module.Thread = Thread
