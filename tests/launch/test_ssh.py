"""The launcher and the real ssh, with an sshd of the test's own for each of
two machines: network namespaces, or, where there can be none, 127.0.0.1 and
127.0.0.2.
"""
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
PRIVATE = '''
if [ $(id -u) = 0 ]; then   # where sshd keeps nothing, but wants a folder
    mount -t tmpfs tmpfs /run && mkdir /run/sshd || exit 1
fi
exec "$@"
'''


class Machines:
    """Two that ssh reaches without a question; see `hosts`."""

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
        deadline = time.time() + 20
        while not all('listening' in self.log(name) for name in self.names):
            assert time.time() < deadline, [
                self.log(name) for name in self.names]
            time.sleep(0.05)

    def log(self, name):
        path = self.folder / (name + '.log')
        return path.read_text() if path.exists() else ''

    def sessions(self):
        """The processes of sshd that each serve a connection."""
        daemons = [daemon.pid for daemon in self.daemons]
        found = []
        for path in glob.glob('/proc/[0-9]*/stat'):
            try:
                with open(path) as file:
                    rest = file.read().rpartition(') ')[2].split()
            except OSError:     # it has just ended
                continue
            if int(rest[1]) in daemons and rest[0] != 'Z':
                found.append(int(path.split('/')[2]))
        return found

    def nothing_left(self, folder):
        jobs.nothing_left(folder)
        deadline = time.time() + 10
        while self.sessions():
            assert time.time() < deadline
            time.sleep(0.1)


@pytest.fixture
def two(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp('sshd')
    with machines.namespaces() as names:
        made = None
        if isinstance(names, str):
            names = {'127.0.0.1': None, '127.0.0.2': None}
            if os.getuid() == 0 and not os.path.exists('/run/sshd'):
                made = '/run/sshd'  # as the service does
                os.mkdir(made)
        found = Machines(folder, names)
        monkeypatch.setenv('PATH', '%s:%s' % (folder / 'bin',
                                              os.environ['PATH']))
        try:
            found.start()
            yield found
        finally:
            for pid in found.sessions():    # of a test that failed
                os.kill(pid, signal.SIGKILL)
            for daemon in found.daemons:
                daemon.terminate()
                daemon.wait()
            if made:
                os.rmdir(made)


def launched(folder, hosts, *words):
    """To its end; returns it and the seconds that it took."""
    start = time.time()
    job = subprocess.run(
        [sys.executable, '-m', 'd2l.launch',
         *machines.hostfile(folder, *hosts), *words], timeout=300,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True)
    jobs.nothing_left(folder)
    print(job.stderr)
    return job, time.time() - start


def test_two_machines_are_one_process(tmp_path, two):
    """A worker and a server on each."""
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
    for name in two.names:
        assert two.log(name).count(
            'Accepted publickey for %s ' % getpass.getuser()) == 2
    two.nothing_left(tmp_path)


@pytest.mark.parametrize('what, status, message', [
    ('worker', 128 + signal.SIGKILL, 'was ended by the signal SIGKILL'),
    ('session', 255, 'could not be reached by ssh, or was lost'),
    ('network', 255, 'could not be reached by ssh, or was lost'),
    ('interrupt', 130, 'interrupted between two batches'),
    ('launcher', -signal.SIGKILL, '')])
def test_whatever_ends_on_whichever_machine(what, status, message, tmp_path,
                                            two, sigint):
    if what == 'network' and '127.0.0.1' in two.names:
        pytest.skip('the loopback cannot be cut')
    job, pids = jobs.start(tmp_path, 2, 2, how='not',
                           launch=machines.hostfile(tmp_path, *two.hosts))
    start = time.time()
    link = ['ip', 'link', 'set', list(two.names.values())[1]]
    if what == 'worker':
        os.kill(pids['worker'][1], signal.SIGKILL)
    elif what == 'session':
        os.kill(two.sessions()[-1], signal.SIGKILL)
    elif what == 'network':
        subprocess.run(link + ['down'], check=True)
    else:
        job.send_signal(signal.SIGINT if what == 'interrupt'
                        else signal.SIGKILL)
    _, err = job.communicate(timeout=120)
    seconds = time.time() - start
    print(what, '%.1f s' % seconds, err)
    assert seconds < (40 if what == 'network' else 20)
    assert job.returncode == status
    assert message in err
    if status > 0 and status != 130:
        assert any(' of 2 on %s ' % name in err for name in two.names)
    jobs.nothing_left(tmp_path)     # while the network is still cut
    if what != 'network':
        two.nothing_left(tmp_path)


@pytest.mark.parametrize('how', ['refused', 'unreachable', 'unknown'])
def test_a_machine_that_ssh_does_not_reach(how, tmp_path, two):
    name, port = two.hosts[0].split(':')
    if how == 'unreachable' and name == '127.0.0.1':
        pytest.skip('every address of the loopback can be reached')
    other = {'refused': name + ':1',
             'unreachable': name.rpartition('.')[0] + '.99:' + port,
             'unknown': 'nowhere.invalid'}[how]
    job, seconds = launched(tmp_path, [two.hosts[0], other], '-n', '2', '-s',
                            '1', 'sleep', '300')
    assert seconds < 20
    if how == 'unknown':
        assert 'there is no way to nowhere.invalid, which' in job.stderr
        assert job.returncode == 1
    else:
        assert ('worker process 2 of 2 on %s could not be reached by ssh'
                % other.split(':')[0] in job.stderr)
        assert job.returncode == 255


def test_a_machine_that_has_another_key_now(tmp_path, two):
    key = (two.folder / 'other_key.pub').read_text()
    (two.folder / 'known_hosts').write_text('[%s]:%s %s' % (
        *two.hosts[1].split(':'), key))
    job, seconds = launched(tmp_path, two.hosts, '-n', '2', '-s', '1',
                            'sleep', '300')
    assert job.returncode == 255 and seconds < 20
    assert 'REMOTE HOST IDENTIFICATION HAS CHANGED' in job.stderr
    assert 'ssh-keygen -f' in job.stderr    # ssh says how to forget the key
    assert 'worker process 2 of 2 on %s could not be reached' % (
        list(two.names)[1]) in job.stderr


def test_a_machine_that_does_not_let_us_in(tmp_path, two):
    two.configure('client', CLIENT.replace('user_key', 'other_key'))
    job, seconds = launched(tmp_path, two.hosts, '-n', '2', '-s', '1',
                            'sleep', '300')
    assert job.returncode == 255 and seconds < 20
    assert 'Permission denied (publickey' in job.stderr
    assert any('"ssh -p %d %s true" without being' % (two.port, name)
               in job.stderr for name in two.names)


def test_many_processes_on_one_machine(tmp_path, two):
    """sshd refuses some of those that connect all at once."""
    job, _ = launched(tmp_path, two.hosts[:1], '-n', '16', '-s', '16', 'true')
    assert job.returncode == 0, job.stderr
