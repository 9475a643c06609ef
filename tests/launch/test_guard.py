"""The guard of one process, as the launcher starts it."""
import signal
import subprocess
import sys

import jobs
import pytest
from limits import LIMIT

from d2l.launch import guard

SLEEP = ['sh', '-c', 'sleep 3600; true']


@pytest.fixture
def start(tmp_path):
    """Starts a guard from its source; processes name tmp_path."""
    with open(guard.__file__) as file:
        source = file.read()
    started = []

    def start(*command, nohup=False):
        started.append(subprocess.Popen(
            ['nohup'] * nohup + [sys.executable, '-S', '-E', '-c', source,
                                 *command, str(tmp_path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        process.communicate(timeout=LIMIT)  # closes its stdin
    jobs.nothing_left(tmp_path)


def wait_for_line(process):
    """Wait until the command has written one."""
    assert process.stdout.readline()


def test_the_exit_status_is_the_commands(start):
    assert start('sh', '-c', 'exit 3').wait(LIMIT) == 3


def test_a_signal_that_ends_the_command_becomes_its_exit_status(start):
    process = start('sh', '-c', 'kill -9 $$')
    assert process.wait(LIMIT) == 128 + signal.SIGKILL


def test_a_command_that_does_not_exist_is_explained(start):
    process = start('nowhere')
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 127
    assert b'nowhere: No such file' in err


def test_children_that_outlive_the_command_are_ended(start):
    process = start('sh', '-c', 'sh -c "sleep 3600; true" $0 & exit 3')
    assert process.wait(LIMIT) == 3


def test_the_command_is_ended_at_the_end_of_stdin(start):
    process = start(*SLEEP)
    process.stdin.close()
    process.stdin = None
    assert process.wait(LIMIT) == 128 + signal.SIGTERM


def test_the_command_is_ended_when_the_guard_is_terminated(start):
    process = start('sh', '-c', 'echo; sleep 3600; true')
    wait_for_line(process)
    process.terminate()
    assert process.wait(LIMIT) == 128 + signal.SIGTERM


def test_a_command_that_ignores_sigterm_is_killed(start):
    process = start('sh', '-c', 'trap "" TERM; echo; sleep 3600; true')
    wait_for_line(process)
    process.terminate()
    assert process.wait(LIMIT) == 128 + signal.SIGKILL


def test_nothing_outlives_a_guard_that_is_killed(start):
    """The kernel kills the shell; `start` looks for what that has started."""
    process = start('sh', '-c', 'sh -c "echo; sleep 3600; true" $0; true')
    wait_for_line(process)
    process.kill()
    assert process.wait(LIMIT) == -signal.SIGKILL


def test_nothing_outlives_a_guard_that_is_killed_at_once(tmp_path):
    """As soon as it has started the command."""
    process = subprocess.Popen([sys.executable, '-c', '''
import os, signal, subprocess, sys
from d2l.launch import guard

class Popen(subprocess.Popen):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs, stdout=subprocess.PIPE)
        assert self.stdout.readline()
        os.kill(os.getpid(), signal.SIGKILL)

subprocess.Popen = Popen
guard.run(sys.argv[1:])''', 'sh', '-c', 'sh -c "echo; sleep 3600; true" $0;'
        'true', str(tmp_path)], stdin=subprocess.PIPE)
    assert process.wait(LIMIT) == -signal.SIGKILL
    process.stdin.close()
    jobs.nothing_left(tmp_path)


# These two do not interrupt Python's time.sleep: a signal that arrives just
# before it begins raises KeyboardInterrupt only when it is over.
def test_a_guard_ignores_what_nohup_lets_it_ignore(start):
    # exec: a shell that has just started a child waits for it instead
    process = start('sh', '-c', 'echo; exec sleep 3600', nohup=True)
    wait_for_line(process)
    process.send_signal(signal.SIGHUP)
    process.stdin.write(b'i')   # the next thing that it hears of
    process.stdin.flush()
    assert process.wait(LIMIT) == 128 + signal.SIGINT


def test_an_i_interrupts_the_command(start):
    process = start('sh', '-c', 'trap "exit 5" INT; echo\n'
                    'while :; do sleep 0.1; done')
    wait_for_line(process)
    process.stdin.write(b'i')
    process.stdin.flush()
    assert process.wait(LIMIT) == 5


def test_ctrl_c_in_the_terminal_does_not_end_the_guard(start):
    process = start('sh', '-c', 'echo; sleep 3600; true')
    wait_for_line(process)
    process.send_signal(signal.SIGINT)
    process.terminate()
    assert process.wait(LIMIT) == 128 + signal.SIGTERM


def test_the_command_is_ended_when_the_heartbeat_stops(tmp_path):
    process = subprocess.Popen(
        [sys.executable, '-c', 'import sys\nfrom d2l.launch import guard\n'
         'sys.exit(guard.run(sys.argv[1:], silence=1))', *SLEEP,
         str(tmp_path)], stdin=subprocess.PIPE)
    process.stdin.write(b'.')
    process.stdin.flush()
    assert process.wait(LIMIT) == 128 + signal.SIGTERM
    process.stdin.close()
    jobs.nothing_left(tmp_path)
