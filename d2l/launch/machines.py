"""The machines of a training: this one (`Here`), and others (`Ssh`).

Both start a command under the guard (guard.py), explain its exit status, and
know the addresses at which the processes reach each other.
"""
import os
import shlex
import signal
import socket
import subprocess
import sys
import time

from . import guard

# Variables of this machine's environment that are set on others, too.
_PASSED_ON = ('D2L_', 'DMLC_', 'MXNET_', 'OMP_', 'PS_', 'PYTHONUNBUFFERED')
_SSH_OPTIONS = [
    '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5',
    '-o', 'StrictHostKeyChecking=accept-new',
    '-o', 'PermitLocalCommand=yes',     # see Ssh.start
    # a machine that is silent for 15 s is gone
    '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3']
_MAX_LOGINS = 5         # sshd refuses some where more than 10 are logging in
_LOGIN_PATIENCE = 10    # seconds to wait for earlier logins


class Here:
    """The machine that the launcher runs on."""

    title = 'this machine'
    needs_heartbeat = False     # a guard here sees the end of its stdin

    def start(self, command, env):
        """Start a command with these variables in its environment.

        Returns its guard, a Popen that listens at stdin.
        """
        return _popen([sys.executable, '-S', '-E', guard.__file__] + command,
                      dict(os.environ, **env))

    def launcher_address(self):
        """Return the launcher's address as this machine sees it."""
        return '127.0.0.1'

    def address(self, launcher):
        """Return this machine's address as the others see it.

        `launcher` is the launcher's address as they see it.
        """
        return launcher

    def explain(self, returncode):
        """Return why a process ended here, to follow its title."""
        return _explain(returncode)


class Ssh:
    """A machine that ssh logs in to; its methods are those of `Here`.

    Parameters
    ----------
    title : str
        What ssh calls it: HOST or USER@HOST.
    port : str
        Of its sshd; '' for the one of ssh's configuration.
    folder : str
        An existing folder for this object's files.
    """

    needs_heartbeat = True

    def __init__(self, title, port, folder):
        self.title, self.port, self.folder = title, port, folder
        self._host = title.rpartition('@')[2]
        self._logins = []       # (ssh, the file that it makes once logged in)

    def destination(self):
        """Return ssh's destination arguments."""
        return (['-p', self.port] if self.port else []) + [self.title]

    def start(self, command, env):
        self._wait_for_logins()
        logged_in = os.path.join(self.folder, '%s-%s-%d' % (
            self.title, self.port, len(self._logins)))
        env = dict(os.environ, **env)
        process = _popen(
            ['ssh'] + _SSH_OPTIONS
            # which ssh runs here once it has logged in there
            + ['-o', 'LocalCommand=touch ' + shlex.quote(logged_in)]
            + self.destination() + [_remote_line(command, env)], env)
        self._logins.append((process, logged_in))
        return process

    def _wait_for_logins(self):
        deadline = time.monotonic() + _LOGIN_PATIENCE
        while (sum(ssh.poll() is None and not os.path.exists(path)
                   for ssh, path in self._logins) >= _MAX_LOGINS
               and time.monotonic() < deadline):
            time.sleep(0.02)

    def launcher_address(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((self._host, 22))     # sends nothing
            except OSError as error:
                raise OSError(f'no route to {self._host} of the hostfile: '
                              f'{error.strerror}') from None
            return probe.getsockname()[0]

    def address(self, launcher):
        if is_loopback(self.launcher_address()):    # it is this machine
            return launcher
        return self._host

    def explain(self, returncode):
        if returncode != 255:       # ssh's own failure
            return _explain(returncode)
        return ('could not be reached by ssh, or the connection was lost (see '
                'above); "ssh %s true" must work without asking for anything'
                % ' '.join(self.destination()))


def _popen(command, env):
    """Start a guard, or ssh to one; Ctrl-C in the terminal does not reach it.

    Its stdin ends when the launcher does.
    """
    return subprocess.Popen(command, env=env, start_new_session=True,
                            stdin=subprocess.PIPE)


def _remote_line(command, env):
    """Return the line for the other machine's shell."""
    with open(guard.__file__) as file:
        source = file.read()
    words = ['env'] + [f'{name}={value}' for name, value in sorted(env.items())
                       if name.startswith(_PASSED_ON)]
    words += ['python3', '-c', source] + command
    return 'cd %s && exec %s' % (shlex.quote(os.getcwd()),
                                 ' '.join(map(shlex.quote, words)))


def _explain(returncode):
    status = guard.exit_status(returncode)
    try:
        name = signal.Signals(status - 128).name
    except ValueError:
        return f'failed with exit status {status}'
    return f'was ended by the signal {name}'


def is_loopback(address):
    return address.startswith('127.')


def read_hostfile(path, folder):
    """Return the machines of a hostfile, one for each line.

    Lines that name the same machine give the same object.

    Parameters
    ----------
    path : str
    folder : str
        An existing folder for files of the machines.
    """
    machines, by_destination = [], {}
    with open(path) as file:
        for line in file:
            words = line.partition('#')[0].split()
            if words:       # the first one; MPI's slots=2 may follow
                name, _, port = words[0].partition(':')
                machines.append(by_destination.setdefault(
                    (name, port), Ssh(name, port, folder)))
    if not machines:
        raise OSError(f'{path} names no machine; write HOST or HOST:PORT on '
                      'a line for each')
    return machines
