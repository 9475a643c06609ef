"""The launcher with the real ssh. Two machines each have an sshd of the test's
own; they are network namespaces or, where none can be made, 127.0.0.1 and
127.0.0.2.
"""
import contextlib
import getpass
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import jobs
import machines
import numpy as np
import pytest
import worker
from limits import LIMIT

SSH, KEYGEN = shutil.which('ssh'), shutil.which('ssh-keygen')
SSHD = shutil.which('sshd', path=os.environ['PATH'] + ':/usr/sbin')
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (SSH and KEYGEN and SSHD), reason='it needs ssh and sshd. On '
        'Debian: apt install openssh-client openssh-server')]
SERVER = '''
ListenAddress {address}:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
PasswordAuthentication no
PidFile none
SetEnv PATH={folder}/bin:/usr/bin:/bin
'''
CLIENT = '''
IdentityFile {folder}/user_key
IdentitiesOnly yes
UserKnownHostsFile {folder}/known_hosts
GlobalKnownHostsFile none
'''
LOST = 'could not be reached by ssh, or the connection was lost'
UNREACHED = 'worker process 2 of 2 on %s could not be reached by ssh'
PRIVATE = '''
if [ $(id -u) = 0 ]; then   # sshd wants this folder, but keeps nothing there
    mount -t tmpfs tmpfs /run && mkdir /run/sshd || exit 1
fi
exec "$@"
'''


class Machines:
    """Two machines that ssh logs in to without a question.

    Attributes
    ----------
    names : dict
        Address to network namespace, or to None where it has none.
    hosts : list of str
        The same machines as a hostfile names them.
    """

    def __init__(self, folder, names):
        self.folder, self.names, self.daemons = folder, names, []
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self.hosts = ['%s:%d' % (name, self.port) for name in names]
        for name in ('host_key', 'user_key', 'other_key'):
            subprocess.run([KEYGEN, '-q', '-t', 'ed25519', '-N', '', '-f',
                            str(folder / name)], check=True)
        self.configure('client', CLIENT)
        machines.program(folder, 'ssh', '#!/bin/sh\nexec %s -F %s "$@"\n'
                         % (SSH, folder / 'client'))
        machines.program(folder, 'python3', '#!/bin/sh\nexec %s "$@"\n'
                         % sys.executable)

    def configure(self, name, text, **values):
        (self.folder / name).write_text(text.format(
            folder=self.folder, port=self.port, **values))

    def start(self):
        for address, namespace in self.names.items():
            self.configure(address, SERVER, address=address)
            command = [SSHD, '-D', '-f', str(self.folder / address),
                       '-E', str(self.folder / (address + '.log'))]
            if namespace:
                command = ['ip', 'netns', 'exec', namespace, 'sh', '-c',
                           PRIVATE, 'sh'] + command
            self.daemons.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL))
        deadline = time.time() + LIMIT
        while not all('listening' in self.log(name) for name in self.names):
            assert time.time() < deadline, [
                self.log(name) for name in self.names]
            time.sleep(0.05)

    def stop(self):
        for pid in self.sessions():     # of a test that failed
            os.kill(pid, signal.SIGKILL)
        for daemon in self.daemons:
            daemon.terminate()
            daemon.wait()

    def log(self, name):
        path = self.folder / (name + '.log')
        return path.read_text() if path.exists() else ''

    def sessions(self):
        """Return the processes of sshd that each serve a connection."""
        daemons = [daemon.pid for daemon in self.daemons]
        pids = []
        for path in glob.glob('/proc/[0-9]*/stat'):
            try:
                with open(path) as file:
                    fields = file.read().rpartition(') ')[2].split()
            except OSError:     # it has just ended
                continue
            if int(fields[1]) in daemons and fields[0] != 'Z':
                pids.append(int(path.split('/')[2]))
        return pids

    def nothing_left(self, folder):
        """Wait until all processes and connections have ended."""
        jobs.nothing_left(folder)
        deadline = time.time() + LIMIT
        while self.sessions():
            assert time.time() < deadline
            time.sleep(0.1)


@pytest.fixture
def two(tmp_path_factory, monkeypatch):
    """Two machines; their programs come first in PATH."""
    folder = tmp_path_factory.mktemp('sshd')
    with contextlib.ExitStack() as stack:
        try:
            names = stack.enter_context(machines.namespaces())
        except machines.NoNamespaces:
            names = {'127.0.0.1': None, '127.0.0.2': None}
            if os.getuid() == 0 and not os.path.exists('/run/sshd'):
                os.mkdir('/run/sshd')   # as the service does
                stack.callback(os.rmdir, '/run/sshd')
        two = Machines(folder, names)
        monkeypatch.setenv('PATH', '%s:%s' % (folder / 'bin',
                                              os.environ['PATH']))
        stack.callback(two.stop)
        two.start()
        yield two


@pytest.fixture
def training(tmp_path, two, sigint):
    """The launcher's process, training on both; see jobs.start."""
    job, pids = jobs.start(tmp_path, 2, 2, how='not',
                           launch=machines.hostfile(tmp_path, *two.hosts))
    yield job, pids
    job.kill()      # in case that the test failed
    job.communicate()


def launched(folder, hosts, *words):
    """Run the launcher for these hosts to its end."""
    return jobs.launch(folder, *machines.hostfile(folder, *hosts), *words)


def run_sleep(folder, hosts):
    """Run a command on them that does not end without the launcher."""
    return launched(folder, hosts, '-n', '2', '-s', '1', 'sleep', '3600')


def names_a_process(err, two):
    """Return whether the launcher named a process and its machine."""
    return any(' of 2 on %s ' % name in err for name in two.names)


def test_two_machines_compute_what_one_process_computes(tmp_path, two):
    worker.train(str(tmp_path), distributed=False)
    expected = jobs.results(tmp_path, 1)[0]
    job = jobs.run(tmp_path, 2, 2,
                   launch=machines.hostfile(tmp_path, *two.hosts))
    assert job.returncode == 0, job.stderr
    first, second = jobs.results(tmp_path, 2)
    for name in expected:
        np.testing.assert_allclose(first[name], expected[name], rtol=1e-3,
                                   atol=1e-5)
        np.testing.assert_array_equal(first[name], second[name])
    for name in two.names:  # a worker and a server on each
        assert two.log(name).count(
            'Accepted publickey for %s ' % getpass.getuser()) == 2
    two.nothing_left(tmp_path)


# -- while all train
def test_a_killed_worker_ends_all(tmp_path, two, training):
    job, pids = training
    os.kill(pids['worker'][1], signal.SIGKILL)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == 128 + signal.SIGKILL
    assert 'was ended by the signal SIGKILL' in err
    assert names_a_process(err, two)
    two.nothing_left(tmp_path)


def test_a_killed_connection_ends_all(tmp_path, two, training):
    job, _ = training
    os.kill(two.sessions()[-1], signal.SIGKILL)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == 255
    assert LOST in err and names_a_process(err, two)
    two.nothing_left(tmp_path)


def test_a_cut_network_ends_all_on_both_sides(tmp_path, two, training):
    if '127.0.0.1' in two.names:
        pytest.skip('the loopback cannot be cut')
    job, _ = training
    link = list(two.names.values())[1]
    subprocess.run(['ip', 'link', 'set', link, 'down'], check=True)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == 255
    assert LOST in err and names_a_process(err, two)
    jobs.nothing_left(tmp_path)     # while the network is still cut


def test_ctrl_c_interrupts_the_workers(tmp_path, two, training):
    job, _ = training
    job.send_signal(signal.SIGINT)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == 130
    assert 'interrupted between two batches' in err
    two.nothing_left(tmp_path)


def test_no_process_outlives_a_killed_launcher(tmp_path, two, training):
    job, _ = training
    job.kill()
    job.communicate(timeout=LIMIT)
    assert job.returncode == -signal.SIGKILL
    two.nothing_left(tmp_path)


# -- machines that cannot be reached
def test_a_port_that_refuses_is_explained(tmp_path, two):
    name = two.hosts[0].split(':')[0]
    job = run_sleep(tmp_path, [two.hosts[0], name + ':1'])
    assert job.returncode == 255
    assert UNREACHED % name in job.stderr


def test_an_address_that_is_silent_is_explained(tmp_path, two):
    name, port = two.hosts[0].split(':')
    if name == '127.0.0.1':
        pytest.skip('every address of the loopback can be reached')
    silent = name.rpartition('.')[0] + '.99'
    job = run_sleep(tmp_path, [two.hosts[0], silent + ':' + port])
    assert job.returncode == 255
    assert UNREACHED % silent in job.stderr


def test_an_unknown_name_is_explained(tmp_path, two):
    job = run_sleep(tmp_path, [two.hosts[0], 'nowhere.invalid'])
    assert job.returncode == 1
    assert 'no route to nowhere.invalid of the hostfile' in job.stderr


def test_a_host_key_that_changed_is_explained(tmp_path, two):
    key = (two.folder / 'other_key.pub').read_text()
    (two.folder / 'known_hosts').write_text('[%s]:%s %s' % (
        *two.hosts[1].split(':'), key))
    job = run_sleep(tmp_path, two.hosts)
    assert job.returncode == 255
    assert 'REMOTE HOST IDENTIFICATION HAS CHANGED' in job.stderr
    assert 'ssh-keygen -f' in job.stderr    # ssh says how to forget the key
    assert UNREACHED % list(two.names)[1] in job.stderr


def test_a_key_that_is_not_let_in_is_explained(tmp_path, two):
    two.configure('client', CLIENT.replace('user_key', 'other_key'))
    job = run_sleep(tmp_path, two.hosts)
    assert job.returncode == 255
    assert 'Permission denied (publickey' in job.stderr
    assert any('"ssh -p %d %s true" must work' % (two.port, name)
               in job.stderr for name in two.names)


def test_many_processes_start_on_one_machine(tmp_path, two):
    """sshd refuses some of those that log in all at once."""
    job = launched(tmp_path, two.hosts[:1], '-n', '16', '-s', '16', 'true')
    assert job.returncode == 0, job.stderr
