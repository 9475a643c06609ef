"""MXNet's launcher for a cluster manager, ended when one part of it fails.

    python -m d2l.launch.clusters --cluster NAME ... -- COMMAND ...

`python -m d2l.launch` runs it, under a guard that ends what it leaves.
"""
import importlib
import os
import shlex
import sys
import threading


def main(argv):
    """Submit what the command line says; returns an exit status."""
    at = argv.index('--')
    from dmlc_tracker import opts
    args = opts.get_opts(argv[:at] + ['command'])
    if args.command[1:]:
        return _say('%s is no option of the launcher %s'
                    % (args.command[1], args.cluster), 2)
    args.command = argv[at + 1:]
    if args.cluster != 'kubernetes':    # the others write a line for a shell
        args.command = [shlex.quote(word) for word in args.command]

    def failed(hook):   # in a thread; the one that waits would wait for ever
        reason = str(hook.exc_value).rstrip('.')
        _say('%s: %s, so all is ended' % (args.cluster, reason))
        status = getattr(hook.exc_value, 'returncode', 1)
        os._exit(status if status > 0 else 128 - status)

    threading.excepthook = failed
    # a worker that fails would leave the others waiting in srun
    os.environ.setdefault('SLURM_KILL_BAD_EXIT', '1')
    try:
        importlib.import_module('dmlc_tracker.' + args.cluster).submit(args)
    except Exception as error:      # any of its, the manager's or a client's
        return _say('%s: %s: %s' % (args.cluster, type(error).__name__, error))
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join()           # the manager's client has more to say
    return 0


def _say(message, status=1):
    print('d2l.launch: %s' % message, file=sys.stderr, flush=True)
    return status


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
