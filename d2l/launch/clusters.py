"""MXNet's own launcher for a cluster manager, ended when one process fails.

    python -m d2l.launch.clusters --cluster NAME ... -- COMMAND ...

`python -m d2l.launch` runs this under the guard, which ends the processes that
MXNet's launcher leaves behind.
"""
import importlib
import os
import shlex
import sys
import threading

from . import report
from .guard import exit_status
from .machines import Here

# kubernetes is experimental: it was tried without a cluster only.
NAMES = ('slurm', 'mpi', 'kubernetes')


def run(args, options):
    """Run this module for the arguments of `python -m d2l.launch`.

    `options` are those of MXNet's launcher. Returns an exit status.
    """
    command = [sys.executable, '-m', 'd2l.launch.clusters',
               '--cluster', args.launcher,
               '--num-workers', str(args.num_workers),
               '--num-servers', str(args.num_servers)]
    if args.hostfile:
        command += ['--host-file', args.hostfile]
    process = Here().start(command + options + ['--'] + args.command, {})
    try:
        return process.wait()
    finally:
        process.stdin.close()
        process.wait()


def main(argv):
    """Submit the job to the cluster manager; return an exit status."""
    from dmlc_tracker import opts
    at = argv.index('--')
    args = opts.get_opts(argv[:at] + ['command'])
    unknown = args.command[1:]      # where get_opts leaves them
    if unknown:
        report(f'the launcher {args.cluster} has no option {unknown[0]}')
        return 2
    args.command = argv[at + 1:]
    if args.cluster != 'kubernetes':    # the others write a line for a shell
        args.command = [shlex.quote(word) for word in args.command]
    # a worker that fails would leave the others waiting in srun
    os.environ.setdefault('SLURM_KILL_BAD_EXIT', '1')
    threading.excepthook = _exit_with_thread(args.cluster)
    try:
        importlib.import_module('dmlc_tracker.' + args.cluster).submit(args)
    except Exception as error:  # of MXNet's launcher or a manager's client
        report(f'{args.cluster}: {type(error).__name__}: {error}')
        return 1
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join()           # it still runs the manager's client
    return 0


def _exit_with_thread(cluster):
    """Return a hook that exits when a thread fails.

    MXNet's launcher runs each client in a thread; its main thread waits
    forever for the scheduler's thread.
    """
    def exit_(hook):
        reason = str(hook.exc_value).rstrip('.')
        report(f'{cluster}: {reason}; stopping all processes')
        os._exit(exit_status(getattr(hook.exc_value, 'returncode', 1)))

    return exit_


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
