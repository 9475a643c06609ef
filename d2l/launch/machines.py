"""The machines of a training: this one (`Here`), and others (`Ssh`).

Both start a command under the guard (guard.py), explain its exit status, and
know the addresses at which the processes reach each other.
"""
import functools
import itertools
import os
import re
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
    '-o', 'PermitLocalCommand=yes',     # see Ssh.start
    # a machine that is silent for 15 s is gone
    '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3']
# A line of a hostfile. Nothing in it can be taken for an option of ssh.
_MACHINE = re.compile('((?:[a-zA-Z0-9_.][!-~]*@)?[a-zA-Z0-9][a-zA-Z0-9_.-]*)'
                      '(?::([0-9]{1,5}))?')
_login_count = itertools.count()
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
        return self._port_options() + [self.title]

    def _port_options(self):
        return ['-p', self.port] if self.port else []

    @functools.cached_property
    def key_options(self):
        """ssh's options for host keys: new ones are accepted by default.

        If ssh's configuration says otherwise, that holds.
        """
        done = subprocess.run(
            ['ssh', '-G'] + self._port_options() + ['--', self.title],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        found = re.search(rb'^stricthostkeychecking (\S+)', done.stdout,
                          re.MULTILINE)
        if found and found.group(1) != b'ask':
            return []
        return ['-o', 'StrictHostKeyChecking=accept-new']

    @functools.cached_property
    def _address(self):
        """The machine's IPv4 address: MXNet cannot listen at a name."""
        try:
            return socket.getaddrinfo(self._host, None, socket.AF_INET,
                                      socket.SOCK_STREAM)[0][4][0]
        except (OSError, UnicodeError) as error:
            raise OSError(f'no route to {self._host} of the hostfile: '
                          f'{error}') from None

    def start(self, command, env):
        self._wait_for_logins()
        logged_in = os.path.join(self.folder, str(next(_login_count)))
        env = dict(os.environ, **env)
        process = _popen(
            ['ssh'] + _SSH_OPTIONS + self.key_options
            # which ssh runs here once it has logged in there
            + ['-o', 'LocalCommand=touch '
               + shlex.quote(logged_in).replace('%', '%%')]
            + self._port_options() + ['--', self.title,
                                      _remote_line(command, env)], env)
        self._logins.append((process, logged_in))
        return process

    def _wait_for_logins(self):
        deadline = time.monotonic() + _LOGIN_PATIENCE
        while (sum(ssh.poll() is None and not os.path.exists(path)
                   for ssh, path in self._logins) >= _MAX_LOGINS
               and time.monotonic() < deadline):
            time.sleep(0.02)

    def launcher_address(self):
        address = self._address
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((address, 22))     # sends nothing
            except OSError as error:
                raise OSError(f'no route to {self._host} of the hostfile: '
                              f'{error.strerror}') from None
            return probe.getsockname()[0]

    def address(self, launcher):
        if is_loopback(self.launcher_address()):    # it is this machine
            return launcher
        return self._address

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
    with open(path, 'rb') as file:
        text = file.read().decode('utf-8-sig', 'backslashreplace')
    for number, line in enumerate(text.split('\n'), 1):
        words = line.partition('#')[0].split()
        if not words:
            continue
        # MPI's slots=2 may follow
        found = _MACHINE.fullmatch(words[0])
        if not found or not 0 < int(found.group(2) or 22) < 65536:
            raise OSError(
                f'{path}, line {number}: expected HOST or HOST:PORT, a name '
                f'or an IPv4 address and a number, but found {words[0]!r}')
        name, port = found.group(1), found.group(2) or ''
        machines.append(by_destination.setdefault(
            (name, port), Ssh(name, port, folder)))
    if not machines:
        raise OSError(f'{path} names no machine; write HOST or HOST:PORT on '
                      'a line for each')
    return machines
