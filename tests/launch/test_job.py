"""The processes of one training: when one ends, the launcher says which and
ends the others.
"""
import os
import signal
import sys
import time

import jobs
import pytest
from limits import LIMIT

from d2l.compat.threads import cores
from d2l.launch.job import launcher_address
from d2l.launch.machines import Here


# -- processes that fail
def test_a_killed_worker_ends_the_others(tmp_path):
    job = jobs.run(tmp_path, 2, how='kill')
    assert job.returncode == 128 + signal.SIGKILL
    assert 'd2l.launch: worker process' in job.stderr
    assert ('of 2 on this machine was ended by the signal SIGKILL; stopping '
            'the others' in job.stderr)


@pytest.mark.slow
@pytest.mark.parametrize('how, message', [
    ('raise', 'RuntimeError: the data is broken'),
    ('exit', 'failed with exit status 1')])
def test_a_worker_that_fails_ends_the_others(how, message, tmp_path):
    """MXNet alone would let each wait for the other."""
    job = jobs.run(tmp_path, 2, how=how)
    assert job.returncode == 1
    assert message in job.stderr
    assert 'd2l.launch: worker process' in job.stderr


@pytest.mark.slow
@pytest.mark.parametrize('role, title', [
    ('server', 'server process 1 of 1'),
    ('scheduler', 'the scheduler on 127.0.0.1, port 9')])
def test_a_killed_server_or_scheduler_ends_the_others(role, title, tmp_path):
    job, pids = jobs.start(tmp_path, 2, 1, how='not')
    os.kill(pids[role][0], signal.SIGKILL)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == 128 + signal.SIGKILL
    assert 'was ended by the signal SIGKILL' in err
    assert 'd2l.launch: ' + title in err
    jobs.nothing_left(tmp_path)


def test_a_server_that_fails_after_the_workers_is_not_overlooked(tmp_path):
    """It waits for the end of the worker, and a little longer."""
    done = jobs.launch(tmp_path, '-n', '1', sys.executable, '-c', """
import os, pathlib, sys, time
ended = pathlib.Path(sys.argv[1], 'ended')
role = os.environ['DMLC_ROLE']
if role == 'worker':
    ended.touch()
elif role == 'server':
    while not ended.exists():
        time.sleep(0.01)
    time.sleep(1)
    sys.exit(3)
else:
    time.sleep(3600)
""", str(tmp_path))
    assert done.returncode == 3
    assert 'server process 1 of 1' in done.stderr


# -- a launcher that is ended
@pytest.mark.slow
def test_ctrl_c_interrupts_the_workers(tmp_path, sigint):
    job, _ = jobs.start(tmp_path, 2, 1, how='not')
    job.send_signal(signal.SIGINT)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == 128 + signal.SIGINT
    assert err.count('interrupted between two batches') == 1
    jobs.nothing_left(tmp_path)


@pytest.mark.slow
def test_workers_that_ignore_ctrl_c_are_ended(tmp_path, sigint):
    job = jobs.popen('-n', '2', '-s', '1', sys.executable, '-c', '''
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
if os.environ['DMLC_ROLE'] == 'worker':
    os.write(1, b'ready\\n')
time.sleep(3600)''', str(tmp_path))
    for _ in range(2):
        assert job.stdout.readline() == 'ready\n'
    job.send_signal(signal.SIGINT)
    job.communicate(timeout=LIMIT)
    assert job.returncode == 128 + signal.SIGINT
    jobs.nothing_left(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize('number, status', [
    (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_process_outlives_the_launcher(number, status, tmp_path):
    job, _ = jobs.start(tmp_path, 2, 1, how='not')
    job.send_signal(number)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == status
    assert 'interrupted' not in err
    jobs.nothing_left(tmp_path)


# -- servers and ports
@pytest.mark.slow
def test_workers_that_do_not_use_the_servers_are_explained(tmp_path):
    job = jobs.launch(tmp_path, '-n', '2', '-s', '1', sys.executable, '-c', '''
import os, time
if os.environ['DMLC_ROLE'] != 'worker':
    time.sleep(3600)''', str(tmp_path))
    assert job.returncode == 1
    assert "make the trainer with kvstore='dist_sync'" in job.stderr


@pytest.mark.slow
def test_a_port_that_another_program_takes_first_is_explained(tmp_path):
    script = tmp_path / 'train.py'
    script.write_text('''
import os, socket
if os.environ['DMLC_ROLE'] == 'scheduler':
    other = socket.socket()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(('', int(os.environ['DMLC_PS_ROOT_PORT'])))
    other.listen()
import mxnet
mxnet.kv.create('dist_sync')
''')
    job = jobs.launch(tmp_path, '-n', '2', '-s', '1', sys.executable,
                      str(script))
    assert job.returncode == 1
    assert 'bind failed' in job.stderr
    assert 'd2l.launch: the scheduler on 127.0.0.1, port 9' in job.stderr


def test_launchers_that_start_at_once_have_a_port_each(tmp_path):
    """None of their schedulers listens before all have chosen."""
    n = 10
    running = [jobs.popen('-n', '1', '-s', '1', 'sh', '-c', '''
[ $DMLC_ROLE = worker ] && touch $0/$DMLC_PS_ROOT_PORT
while ! [ -e $0/all ]; do sleep 0.1; done''', str(tmp_path))
               for _ in range(n)]
    while (len(os.listdir(str(tmp_path))) < n
           and all(job.poll() is None for job in running)):
        time.sleep(0.05)
    ports = os.listdir(str(tmp_path))
    (tmp_path / 'all').touch()
    for job in running:
        assert job.wait(LIMIT) == 0, job.communicate()
        job.communicate()
    assert len(ports) == n


# -- addresses
class Machine:
    """A machine that sees the launcher at the given address."""

    def __init__(self, address):
        self.launcher_address = lambda: address


def test_processes_here_find_the_scheduler_on_the_loopback():
    assert launcher_address([Here()]) == '127.0.0.1'


def test_processes_elsewhere_find_the_scheduler_on_the_network():
    machines = [Machine('127.0.0.1'), Machine('10.0.0.1')]
    assert launcher_address(machines) == '10.0.0.1'


# -- threads
PRINT_THREADS = """
import os
os.write(1, (os.environ['OMP_NUM_THREADS'] + '\\n').encode())"""


def test_processes_on_this_machine_share_its_cores(tmp_path, monkeypatch):
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    job = jobs.launch(tmp_path, '-n', '2', '-s', '1', sys.executable, '-c',
                      PRINT_THREADS, str(tmp_path))
    assert set(job.stdout.split()) == {str(max(1, cores() // 2))}


def test_a_number_of_threads_that_the_user_sets_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '7')
    job = jobs.launch(tmp_path, '-n', '2', '-s', '1', sys.executable, '-c',
                      PRINT_THREADS, str(tmp_path))
    assert set(job.stdout.split()) == {'7'}
