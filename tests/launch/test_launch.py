"""The launcher: whatever ends, all ends, and it says what."""
import os
import signal
import subprocess
import sys
import time

import jobs
import pytest
from machines import hostfile, namespaces, program

from d2l.launch import guard
from d2l.launch import job as launch
from d2l.launch import machines as remote

SSH = '''#!/bin/sh
# ssh without a network between: HOST is a network namespace of that name
while [ "$1" != "${1#-}" ]; do shift 2; done
host=$1; shift
case $host in 127.0.0.9) echo "ssh: no route to host" >&2; exit 255;; esac
exec %s sh -c "$*"
'''

def ends(job, *, within=60):
    """The launcher's output, once all of it has ended."""
    start = time.time()
    out, err = job.communicate(timeout=300)
    assert time.time() - start < within
    return out, err


# -- what dies
def test_a_worker_killed(tmp_path):
    job = jobs.run(tmp_path, 2, how='kill')
    assert job.returncode == 128 + signal.SIGKILL
    assert 'd2l.launch: worker process' in job.stderr
    assert 'of 2 on this machine was ended by the signal SIGKILL' in job.stderr


@pytest.mark.slow
@pytest.mark.parametrize('how, message', [
    ('raise', 'RuntimeError: the data is broken'),
    ('exit', 'failed with exit status 1')])
def test_a_worker_that_leaves_the_others(how, message, tmp_path):
    """Each would wait for the other, if it were MXNet's to end them."""
    job = jobs.run(tmp_path, 2, how=how)
    assert job.returncode == 1
    assert message in job.stderr
    assert 'd2l.launch: worker process' in job.stderr


@pytest.mark.slow
@pytest.mark.parametrize('role', ['server', 'scheduler'])
def test_a_server_killed(role, tmp_path):
    job, pids = jobs.start(tmp_path, 2, 1, how='not')
    os.kill(pids[role][0], signal.SIGKILL)
    _, err = ends(job)
    assert job.returncode == 128 + signal.SIGKILL
    assert 'was ended by the signal SIGKILL' in err
    assert 'd2l.launch: %s' % ('the scheduler on 127.0.0.1, port 9'
                               if role == 'scheduler' else
                               'server process 1 of 1') in err
    jobs.nothing_left(tmp_path)


# -- whoever ends it
@pytest.mark.slow
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGKILL])
def test_the_launcher_ended(number, tmp_path, sigint):
    """Ctrl-C reaches the workers; and with the launcher all is gone."""
    job, _ = jobs.start(tmp_path, 2, 1, how='not')
    job.send_signal(number)
    _, err = ends(job)
    assert job.returncode == (-number if number == signal.SIGKILL
                              else 128 + number)
    assert err.count('interrupted between two batches') \
        == (number == signal.SIGINT)
    jobs.nothing_left(tmp_path)


@pytest.mark.parametrize('words, status', [
    (['sh', '-c', 'sleep 300; true'], 128 + signal.SIGTERM),    # silence
    (['sh', '-c', 'sh -c "sleep 300; true" $0 & exit 3'], 3)])  # its child
def test_a_guard_ends_all(words, status, tmp_path):
    with open(guard.__file__) as file:
        source = file.read()
    assert '_SILENCE = 30 ' in source
    job = subprocess.Popen(
        [sys.executable, '-c', source.replace('_SILENCE = 30', '_SILENCE = 1'),
         *words, str(tmp_path)], stdin=subprocess.PIPE)
    job.stdin.write(b'.')
    job.stdin.flush()
    assert job.wait(20) == status
    job.stdin.close()
    jobs.nothing_left(tmp_path)


# -- what cannot start
@pytest.mark.parametrize('words, message', [
    (['-n', '0', 'python'], 'must be a positive integer'),
    (['-n', '2'], 'there is no COMMAND'),
    (['-n', '2', '--queue=long', 'python'], '--queue=long is no option'),
    (['-n', '2', '--launcher', 'ssh', 'python'], 'a hostfile')])
def test_command_lines_that_say_too_little(words, message, capsys):
    with pytest.raises(SystemExit):
        launch.main(words)
    assert message in capsys.readouterr().err


def test_hostfiles(tmp_path, capsys):
    path = tmp_path / 'hosts'
    path.write_text('# two\nanna\n\nme@bob:2222 slots=2  # the old one\n')
    assert remote.hosts(str(path)) == [('anna', ''), ('me@bob', '2222')]
    path.write_text('# none\n')
    assert launch.main(['-n', '2', '-H', str(path), 'python']) == 1
    assert 'names no machine' in capsys.readouterr().err
    # children of whoever called it, such as a loader's, must still end
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_command_that_is_not_there(tmp_path):
    job = subprocess.run(
        [sys.executable, '-m', 'd2l.launch', '-n', '1', 'nowhere',
         str(tmp_path)], stderr=subprocess.PIPE, universal_newlines=True)
    assert job.returncode == 127
    assert 'nowhere: No such file' in job.stderr
    jobs.nothing_left(tmp_path)


def in_python(code, *words):
    """The launcher, after some lines of code."""
    return subprocess.run(
        [sys.executable, '-c', code + '\nimport sys\n'
         'from d2l.launch import job as launch\n'
         'sys.exit(launch.main(sys.argv[1:]))', *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=300)


def test_all_ports_taken():
    job = in_python('import socket\ndef bind(*args): raise OSError(98, "")\n'
                    'socket.socket.bind = bind', '-n', '2', 'python')
    assert job.returncode == 1
    assert 'no port from 9091 to 9998 is free' in job.stderr


@pytest.mark.slow
def test_the_port_taken_in_between(tmp_path):
    """By somebody else, after it was found free."""
    script = tmp_path / 'train.py'
    script.write_text('''
import os, socket
if os.environ['DMLC_ROLE'] == 'scheduler':
    other = socket.socket()
    other.bind(('', int(os.environ['DMLC_PS_ROOT_PORT'])))
    other.listen()
import mxnet
mxnet.kv.create('dist_sync')
''')
    job = in_python('', '-n', '2', '-s', '1', sys.executable, str(script))
    assert job.returncode == 1
    assert 'bind failed' in job.stderr
    assert 'd2l.launch: the scheduler on 127.0.0.1, port 9' in job.stderr
    jobs.nothing_left(tmp_path)


@pytest.mark.slow
def test_workers_that_do_not_train_together(tmp_path):
    job = in_python('launch = __import__("d2l.launch").launch\n'
                    'launch._PATIENCE = 1', '-n', '2', '-s', '1',
                    sys.executable, '-c', '''
import os, time
if os.environ['DMLC_ROLE'] != 'worker':
    time.sleep(300)''', str(tmp_path))
    assert job.returncode == 1
    assert "make the trainer with kvstore='dist_sync'" in job.stderr
    jobs.nothing_left(tmp_path)


# -- other machines
@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """Programs of the test's own, and this Python as python3."""
    program(tmp_path, 'python3', '#!/bin/sh\nexec %s "$@"' % sys.executable)
    monkeypatch.setenv('PATH', '%s:%s' % (tmp_path / 'bin',
                                          os.environ['PATH']))


@pytest.fixture
def two():
    with namespaces() as found:
        if isinstance(found, str):
            pytest.skip(found)
        yield found


@pytest.mark.slow
@pytest.mark.usefixtures('on_path')
def test_two_machines(tmp_path, two):
    """A worker and a server on each; one of these is then killed."""
    cases = ' '.join('%s) host=%s;;' % item for item in two.items())
    program(tmp_path, 'ssh', SSH.replace(
        'exec %s', 'case $host in %s esac\nexec ip netns exec $host' % cases))
    launch_options = hostfile(tmp_path, *two)
    job = jobs.run(tmp_path, 2, 2, launch=launch_options)
    assert job.returncode == 0, job.stderr
    first, second = jobs.results(tmp_path, 2)
    assert (first['param0'] == second['param0']).all()
    job, pids = jobs.start(tmp_path, 2, 2, launch=launch_options, how='not')
    os.kill(pids['server'][1], signal.SIGKILL)
    _, err = ends(job)
    assert any('of 2 on %s was ended by the signal SIGKILL' % host in err
               for host in two)
    jobs.nothing_left(tmp_path)


@pytest.mark.usefixtures('on_path')
def test_a_machine_that_cannot_be_reached(tmp_path):
    program(tmp_path, 'ssh', SSH.replace('%s ', ''))
    job = subprocess.run(
        [sys.executable, '-m', 'd2l.launch', '-n', '2', '-s', '1',
         *hostfile(tmp_path, '127.0.0.1', '127.0.0.9'), 'sh', '-c',
         'sleep 300', str(tmp_path)],
        stderr=subprocess.PIPE, universal_newlines=True, timeout=300)
    assert job.returncode == 255
    assert ('worker process 2 of 2 on 127.0.0.9 could not be reached by ssh'
            in job.stderr)
    jobs.nothing_left(tmp_path)
