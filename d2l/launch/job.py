"""`python -m d2l.launch`: start a distributed training.

MXNet's own launcher, `dmlc_tracker`, finds a port and starts the scheduler;
servers and workers are started and watched here, on this machine or by ssh.
Where a cluster manager starts processes, all of it is left to MXNet's
launcher, which is watched here.
"""
import argparse
import itertools
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

from ..compat.threads import cores
from . import guard
from . import machines as remote

_CLUSTERS = ('slurm', 'mpi', 'yarn', 'kubernetes')
_AT_ONCE = 5        # sshd refuses some where more than 10 are logging in
_PATIENCE = 10      # seconds for what should take a moment


def main(argv=None):
    """Start what the command line says; returns an exit status."""
    parser = argparse.ArgumentParser(
        prog='python -m d2l.launch',
        usage='%(prog)s -n N [-s S] [-H FILE] [--launcher NAME] COMMAND ...',
        description='Run COMMAND in N processes that train together, and in '
        'S servers and a scheduler that connect them.')
    parser.add_argument('-n', '--num-workers', type=_positive, required=True)
    parser.add_argument('-s', '--num-servers', type=_positive,
                        help='as many as workers, if it is not said')
    parser.add_argument('-H', '--hostfile', metavar='FILE',
                        help='a line for each machine: HOST or HOST:PORT, of '
                        'ssh')
    parser.add_argument(
        '--launcher', choices=('local', 'ssh') + _CLUSTERS,
        help='ssh with a hostfile, else local; the others are left to '
        "MXNet's dmlc_tracker, whose further options are written "
        '--name=value')
    parser.add_argument('command', nargs=argparse.REMAINDER,
                        metavar='COMMAND ...')
    args, others = parser.parse_known_args(argv)
    if not args.command:
        parser.error('there is no COMMAND, such as python train.py')
    args.launcher = args.launcher or ('ssh' if args.hostfile else 'local')
    args.num_servers = args.num_servers or args.num_workers
    cluster = args.launcher in _CLUSTERS
    if others and not cluster:
        parser.error('%s is no option of the launcher %s'
                     % (others[0], args.launcher))
    if (args.launcher == 'ssh') != bool(args.hostfile) and not cluster:
        parser.error('a hostfile (-H) belongs to the launcher ssh')
    before = [(number, signal.signal(number, _end))
              for number in (signal.SIGTERM, signal.SIGHUP)]
    try:
        if cluster:
            return _submit(args, others)
        hosts = remote.hosts(args.hostfile) if args.hostfile else [None]
        return Launch(args, hosts).run()
    except OSError as error:
        return _say(error)
    except KeyboardInterrupt:   # while all were ending
        return 130
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _positive(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError('it must be a positive integer, but '
                                         'is %r' % text)
    return int(text)


def _submit(args, others):
    """Leave it to MXNet's launcher for a cluster manager, and watch that."""
    command = [sys.executable, '-m', 'd2l.launch.clusters',
               '--cluster', args.launcher,
               '--num-workers', str(args.num_workers),
               '--num-servers', str(args.num_servers)]
    if args.hostfile:
        command += ['--host-file', args.hostfile]
    part = _start(_guarded(command + others + ['--'] + args.command))
    try:
        return part.wait()
    finally:
        part.stdin.close()
        part.wait()


def _guarded(command):
    return [sys.executable, '-S', '-E', guard.__file__] + command


def _start(command, env=None):
    """Ctrl-C does not reach it; it learns by its stdin when we are gone."""
    return subprocess.Popen(command, env=env, start_new_session=True,
                            stdin=subprocess.PIPE)


class Launch:
    """The processes of one training."""

    def __init__(self, args, hosts):
        self.args, self.hosts = args, hosts
        self.parts = []         # (what it is called, its process, its host)
        self.scheduler = self.scheduler_status = None
        self.status = 0

    def run(self):
        from dmlc_tracker import tracker
        address = self._address()
        threading.excepthook = self._scheduler_failed
        # the scheduler's guard inherits stdin, and so knows when we are gone
        read, write = os.pipe()
        os.dup2(read, 0)
        os.environ['PYTHONUNBUFFERED'] = '1'
        os.environ['DMLC_NODE_HOST'] = address
        scheduler = _guarded(self.args.command)

        def start_and_watch(num_workers, num_servers, envs):
            try:
                self._start(envs)
                self._watch()
                if self.status == 0:
                    self._leave()
            finally:
                os.close(write)
                self._end()

        try:
            with tempfile.TemporaryDirectory() as self.folder:
                tracker.submit(self.args.num_workers, self.args.num_servers,
                               start_and_watch, address,
                               ' '.join(map(shlex.quote, scheduler)))
        except AttributeError as error:
            if "'port'" not in str(error):
                raise
            self.status = _say('no port from 9091 to 9998 is free on this '
                               'machine for the scheduler')
        return self.status

    def _address(self):
        """Where the other processes find the scheduler."""
        if self.hosts == [None]:
            return '127.0.0.1'
        addresses = [remote.way_to(host) for host, _ in self.hosts]
        return next(itertools.filterfalse(remote.loopback, addresses),
                    addresses[0])

    def _start(self, envs):
        self.scheduler = 'the scheduler on %s, port %s' % (
            envs['DMLC_PS_ROOT_URI'], envs['DMLC_PS_ROOT_PORT'])
        num_workers = self.args.num_workers
        if self.hosts == [None] and 'OMP_NUM_THREADS' not in os.environ:
            envs['OMP_NUM_THREADS'] = max(1, cores() // num_workers)
        for role, n in (('server', self.args.num_servers),
                        ('worker', num_workers)):
            for i in range(n):
                host = self.hosts[i % len(self.hosts)]
                env = dict(os.environ, DMLC_ROLE=role,
                           **{name: str(envs[name]) for name in envs})
                command = _guarded(self.args.command)
                if host is not None:
                    if not remote.loopback(remote.way_to(host[0])):
                        env['DMLC_NODE_HOST'] = host[0].rpartition('@')[2]
                    arrived = self._wait_for_others(host)
                    command = remote.command(host, self.args.command, env,
                                             'touch ' + arrived)
                self.parts.append((
                    '%s process %d of %d on %s' % (
                        role, i + 1, n, host[0] if host else 'this machine'),
                    _start(command, env), host))

    def _wait_for_others(self, host):
        """Until few are logging in there.

        Returns the name of a file that is to be made after the next login.
        """
        deadline = time.time() + _PATIENCE
        while time.time() < deadline:
            coming = [i for i, (_, process, other) in enumerate(self.parts)
                      if other == host and process.poll() is None
                      and not os.path.exists(self._arrived(i))]
            if len(coming) < _AT_ONCE:
                break
            time.sleep(0.02)
        return shlex.quote(self._arrived(len(self.parts)))

    def _arrived(self, i):
        return os.path.join(self.folder, str(i))

    def _watch(self):
        """Until the workers are done, or something ended that should not."""
        interrupted = None
        for tick in itertools.count():
            try:
                time.sleep(0.1)
                if tick % 50 == 0:
                    for _, process, host in self.parts:
                        if host is not None:
                            _tell(process, b'.')
                failed = [(name, process.returncode, host) for
                          name, process, host in self.parts if process.poll()]
                if self.scheduler_status:
                    failed.append((self.scheduler, self.scheduler_status,
                                   None))
                if interrupted and (
                        failed or time.time() > interrupted + _PATIENCE / 2):
                    return
                for name, status, host in reversed(failed):
                    self.status = _say('%s %s, so all others are ended'
                                       % (name, _reason(status, host)), status)
                if failed or self._all_done('worker'):
                    return
            except KeyboardInterrupt:
                self.status = 130
                if interrupted:
                    return
                interrupted = time.time()
                for name, process, _ in self.parts:
                    if name.startswith('worker'):
                        _tell(process, b'i')

    def _all_done(self, role=''):
        return all(process.poll() is not None
                   for name, process, _ in self.parts if name.startswith(role))

    def _leave(self):
        """Servers end with the workers, if these have used them."""
        deadline = time.time() + _PATIENCE
        while not self._all_done():
            if time.time() > deadline:
                self.status = _say(
                    'the workers ended, but never asked the servers for '
                    "anything: make the trainer with kvstore='dist_sync'")
                return
            time.sleep(0.1)

    def _end(self):
        for _, process, _ in self.parts:
            try:
                process.stdin.close()
            except OSError:     # it is gone
                pass
        for _, process, _ in self.parts:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()

    def _scheduler_failed(self, hook):
        """Called in the thread of dmlc_tracker in which it ran."""
        self.scheduler_status = getattr(hook.exc_value, 'returncode', 1)


def _tell(process, word):
    """One of the words that its guard knows."""
    try:
        process.stdin.write(word)
        process.stdin.flush()
    except OSError:     # it is gone
        pass


def _reason(status, host):
    if status == 255 and host is not None:
        return ('could not be reached by ssh, or was lost (see above; it must '
                'be possible to say "ssh %s true" without being asked for '
                'anything)' % ' '.join(remote.destination(host)))
    number = -status if status < 0 else status - 128
    if number > 0:
        try:
            return 'was ended by the signal %s' % signal.Signals(number).name
        except ValueError:
            pass
    return 'failed with exit status %d' % status


def _end(number, frame):
    sys.exit(128 + number)


def _say(message, status=1):
    print('d2l.launch: %s' % message, file=sys.stderr, flush=True)
    return status if status > 0 else 128 - status


