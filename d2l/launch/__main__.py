"""The command line: `python -m d2l.launch`."""
import argparse
import os
import signal
import sys
import tempfile

from . import clusters, report
from .job import Job
from .machines import Here, read_hostfile


def main(argv=None):
    """Start the processes of a command line; return an exit status."""
    _open_standard_streams()
    args, options = parse(argv)
    handlers = [(number, signal.signal(number, _exit))
                for number in (signal.SIGTERM, signal.SIGHUP)
                # nohup lets it be ignored
                if signal.getsignal(number) != signal.SIG_IGN]
    try:
        if args.launcher in clusters.NAMES:
            return clusters.run(args, options)
        with tempfile.TemporaryDirectory() as folder:
            machines = (read_hostfile(args.hostfile, folder)
                        if args.hostfile else [Here()])
            return Job(args.command, args.num_workers, args.num_servers,
                       machines).run()
    except OSError as error:
        report(error)
        return 1
    except KeyboardInterrupt:   # a second one, or before the job was watched
        return 128 + signal.SIGINT
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)


def _open_standard_streams():
    """Connect streams that are closed, as cron may have them, to nothing.

    A pipe to a process would get their numbers, and be taken for them there.
    """
    for number, name in enumerate(('stdin', 'stdout', 'stderr')):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, 'w' if number else 'r',
                                    closefd=False))


def parse(argv):
    """Return the arguments, and the options for MXNet's own launcher."""
    parser = argparse.ArgumentParser(
        prog='python -m d2l.launch',
        usage='%(prog)s -n N [-s S] [-H FILE] [--launcher NAME] COMMAND ...',
        description='Run COMMAND in N processes that train together, and in '
        'S servers and a scheduler that connect them.')
    parser.add_argument('-n', '--num-workers', type=_positive, required=True)
    parser.add_argument('-s', '--num-servers', type=_positive,
                        help='default: as many as workers')
    parser.add_argument('-H', '--hostfile', metavar='FILE',
                        help='a line for each machine that ssh reaches: HOST '
                        'or HOST:PORT')
    parser.add_argument(
        '--launcher', choices=('local', 'ssh') + clusters.NAMES,
        help='default: ssh with a hostfile, else local. slurm, mpi and '
        "kubernetes hand over to MXNet's own launcher, dmlc_tracker, whose "
        'further options are written --name=value. kubernetes is '
        'experimental: untested on a cluster')
    parser.add_argument('command', nargs=argparse.REMAINDER,
                        metavar='COMMAND ...')
    args, options = parser.parse_known_args(argv)
    if not args.command:
        parser.error('expected a COMMAND to run, such as python train.py')
    args.launcher = args.launcher or ('ssh' if args.hostfile else 'local')
    args.num_servers = args.num_servers or args.num_workers
    if args.launcher not in clusters.NAMES:
        if options:
            parser.error(f'the launcher {args.launcher} has no option '
                         f'{options[0]}')
        if (args.launcher == 'ssh') != bool(args.hostfile):
            parser.error('the launcher ssh needs a hostfile (-H FILE), and '
                         'the launcher local takes none')
    return args, options


def _positive(text):
    # no machine has a million cores; int() refuses thousands of digits
    if not text.isdecimal() or len(text) > 6 or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f'expected a positive integer, but got {text!r}')
    return int(text)


def _exit(number, frame):
    sys.exit(128 + number)


if __name__ == '__main__':
    sys.exit(main())
