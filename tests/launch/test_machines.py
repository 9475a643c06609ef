"""Machines that processes run on: this one, and others by a stand-in for ssh.

test_ssh.py has the real ssh.
"""
import os
import signal
import socket
import sys

import jobs
import pytest
from limits import LIMIT
from machines import NoNamespaces, hostfile, namespaces, program

from d2l.launch.machines import Here, Ssh, read_hostfile

# HOST is a network namespace; {cases} maps its address to its name
SSH = '''#!/bin/sh
[ "$1" != -G ] || exit 0
while [ "$1" != -- ]; do shift 2; done
host=$2; shift 2
case $host in 127.0.0.9) echo "ssh: no route to host" >&2; exit 255;; esac
{cases}
exec {enter} sh -c "$*"
'''


# -- hostfiles
def test_a_hostfile_names_a_machine_on_each_line(tmp_path):
    path = tmp_path / 'hosts'
    path.write_text('# two\nanna\n\nme@bob:2222 slots=2  # the old one\n')
    machines = read_hostfile(str(path), str(tmp_path))
    assert [(machine.title, machine.port) for machine in machines] == [
        ('anna', ''), ('me@bob', '2222')]


def test_a_machine_named_twice_is_one_object(tmp_path):
    """So that not too many log in at once."""
    path = tmp_path / 'hosts'
    path.write_text('anna\nbob\nanna\nanna:22\n')
    first, _, again, other_port = read_hostfile(str(path), str(tmp_path))
    assert first is again is not other_port


def test_a_hostfile_without_machines_is_refused(tmp_path):
    path = tmp_path / 'hosts'
    path.write_text('# none\n')
    with pytest.raises(OSError, match='names no machine; write HOST'):
        read_hostfile(str(path), str(tmp_path))


@pytest.mark.parametrize('line', [
    '-oProxyCommand=x', '-oProxyCommand=x@127.0.0.1', '-Fx@127.0.0.1',
    '::1', '[::1]:22', 'anna:', 'anna:x', 'anna:0', 'anna:99999', ':22', '@',
    'me@', 'me@-anna', 'b\u00fccher', 'a\0b', '$(id)', '\u2024anna',
    '/etc@/anna', '\ud83d'])
def test_a_line_that_names_no_machine_is_refused(line, tmp_path):
    path = tmp_path / 'hosts'
    path.write_bytes(b'# two\nbob\n' + line.encode('utf-8', 'surrogatepass'))
    with pytest.raises(OSError, match='hosts, line 3: expected HOST or '
                       'HOST:PORT, .* but found'):
        read_hostfile(str(path), str(tmp_path))


def test_a_hostfile_in_latin_1_is_refused(tmp_path):
    path = tmp_path / 'hosts'
    path.write_bytes(b'h\xffst\n')
    with pytest.raises(OSError, match=r"line 1: .* but found 'h\\+xffst'"):
        read_hostfile(str(path), str(tmp_path))


def test_a_byte_order_mark_and_windows_line_ends_are_no_names(tmp_path):
    path = tmp_path / 'hosts'
    path.write_bytes(b'\xef\xbb\xbfanna\r\nme@realm@bob:22\r\n')
    machines = read_hostfile(str(path), str(tmp_path))
    assert [machine.title for machine in machines] == ['anna', 'me@realm@bob']


# -- machines
@pytest.mark.parametrize('port, words', [
    ('', ['me@bob']), ('2222', ['-p', '2222', 'me@bob'])])
def test_sshs_destination_arguments(port, words):
    assert Ssh('me@bob', port, '').destination() == words


def test_others_reach_a_machine_by_its_address(monkeypatch):
    """MXNet would fail to listen at a name."""
    machine = Ssh('me@bob', '', '')
    monkeypatch.setattr(socket, 'getaddrinfo', lambda name, *args: {
        'bob': [(0, 0, 0, '', ('10.0.0.2', 0))]}[name])
    monkeypatch.setattr(machine, 'launcher_address', lambda: '10.0.0.1')
    assert machine.address('10.0.0.1') == '10.0.0.2'


def test_a_name_that_no_dns_can_hold_has_no_route(monkeypatch):
    def encode(name, *args):
        raise UnicodeError('label empty or too long')

    monkeypatch.setattr(socket, 'getaddrinfo', encode)
    with pytest.raises(OSError, match='no route to a..b of the hostfile: '
                       'label empty'):
        Ssh('a..b', '', '').launcher_address()


def test_others_reach_the_loopback_at_the_launchers_address(loopback):
    assert Ssh('127.0.0.1', '', '').address('10.0.0.1') == '10.0.0.1'


def test_others_reach_this_machine_at_the_launchers_address():
    assert Here().address('127.0.0.1') == '127.0.0.1'


@pytest.mark.parametrize('machine', [Here(), Ssh('me@bob', '', '')])
@pytest.mark.parametrize('returncode, reason', [
    (3, 'failed with exit status 3'),
    (-9, 'was ended by the signal SIGKILL'),
    (128 + 9, 'was ended by the signal SIGKILL'),
    (128 + 100, 'failed with exit status 228')])
def test_an_exit_status_is_explained(machine, returncode, reason):
    assert machine.explain(returncode) == reason


def test_sshs_own_exit_status_is_explained():
    reason = Ssh('me@bob', '22', '').explain(255)
    assert 'could not be reached by ssh, or the connection was lost' in reason
    assert '"ssh -p 22 me@bob true" must work' in reason


def test_255_is_an_exit_status_like_any_other_here():
    assert Here().explain(255) == 'failed with exit status 255'


# -- ssh's options
@pytest.mark.parametrize('configured, options', [
    ('ask', ['-o', 'StrictHostKeyChecking=accept-new']),
    ('true', []), ('false', [])])
def test_new_host_keys_are_accepted_unless_ssh_is_configured(
        configured, options, tmp_path, monkeypatch):
    program(tmp_path, 'ssh', '#!/bin/sh\necho stricthostkeychecking '
            + configured)
    monkeypatch.setenv('PATH', '%s:%s' % (tmp_path / 'bin',
                                          os.environ['PATH']))
    assert Ssh('anna', '', '').key_options == options


def test_ssh_gets_the_machine_after_all_options(tmp_path, monkeypatch):
    """And a % in the temporary folder's name is no token of ssh's."""
    program(tmp_path, 'ssh', '#!/bin/sh\nprintf "%s\\n" "$@" > '
            + str(tmp_path / 'words'))
    monkeypatch.setenv('PATH', '%s:%s' % (tmp_path / 'bin',
                                          os.environ['PATH']))
    guard = Ssh('anna', '22', str(tmp_path / '50%b')).start(['true'], {})
    guard.stdin.close()
    assert guard.wait(LIMIT) == 0
    words = (tmp_path / 'words').read_text().split('\n')
    at = words.index('--')
    assert words[at - 2:at + 2] == ['-p', '22', '--', 'anna']
    folder = str(tmp_path / '50%%b')
    assert any(word.startswith('LocalCommand=touch %s/' % folder)
               for word in words[:at])


# -- a stand-in for ssh
@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """Writes the stand-in; this Python is python3 for it."""
    program(tmp_path, 'python3', '#!/bin/sh\nexec %s "$@"' % sys.executable)
    monkeypatch.setenv('PATH', '%s:%s' % (tmp_path / 'bin',
                                          os.environ['PATH']))

    def write(cases='', enter=''):
        program(tmp_path, 'ssh', SSH.format(cases=cases, enter=enter))

    return write


@pytest.fixture
def hosts(ssh):
    """The addresses of two machines."""
    try:
        with namespaces() as names:
            ssh('case $host in %s esac' % ' '.join(
                '%s) host=%s;;' % item for item in names.items()),
                'ip netns exec $host')
            yield list(names)
    except NoNamespaces as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_two_machines_train_together(tmp_path, hosts):
    job = jobs.run(tmp_path, 2, 2, launch=hostfile(tmp_path, *hosts))
    assert job.returncode == 0, job.stderr
    first, second = jobs.results(tmp_path, 2)
    assert (first['param0'] == second['param0']).all()


@pytest.mark.slow
def test_a_server_killed_on_another_machine_ends_all(tmp_path, hosts):
    job, pids = jobs.start(tmp_path, 2, 2, how='not',
                           launch=hostfile(tmp_path, *hosts))
    os.kill(pids['server'][1], signal.SIGKILL)
    _, err = job.communicate(timeout=LIMIT)
    assert any('of 2 on %s was ended by the signal SIGKILL' % host in err
               for host in hosts)
    jobs.nothing_left(tmp_path)


def test_a_machine_that_cannot_be_reached_ends_all(tmp_path, ssh):
    ssh()
    job = jobs.launch(
        tmp_path, *hostfile(tmp_path, '127.0.0.1', '127.0.0.9'), '-n', '2',
        '-s', '1', 'sh', '-c', 'sleep 3600', str(tmp_path))
    assert job.returncode == 255
    assert ('worker process 2 of 2 on 127.0.0.9 could not be reached by ssh'
            in job.stderr)


def test_only_variables_of_the_training_are_passed_on(tmp_path, ssh,
                                                      monkeypatch):
    ssh(enter='env -i PATH="$PATH"')
    monkeypatch.setenv('D2L_MAX_BATCHES', '4')
    monkeypatch.setenv('UNRELATED', 'yes')
    job = jobs.launch(
        tmp_path, *hostfile(tmp_path, '127.0.0.1'), '-n', '1', '-s', '1',
        'sh', '-c', 'if [ $DMLC_ROLE = worker ]; then '
        'echo "$D2L_MAX_BATCHES $UNRELATED."; fi', str(tmp_path))
    assert job.returncode == 0, job.stderr
    assert job.stdout == '4 .\n'
