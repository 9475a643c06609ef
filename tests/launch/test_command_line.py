"""python -m d2l.launch: its options, messages and exit statuses."""
import os
import signal
import subprocess
import sys

import jobs
import pytest
from limits import LIMIT

from d2l.launch.__main__ import main


@pytest.mark.parametrize('words, message', [
    (['-n', '0', 'python'], "expected a positive integer, but got '0'"),
    (['-n', '9' * 5000, 'python'], "expected a positive integer, but got '99"),
    (['-n', '2'], 'expected a COMMAND to run'),
    (['-n', '2', '--queue=long', 'python'],
     'the launcher local has no option --queue=long'),
    (['-n', '2', '--launcher', 'ssh', 'python'], 'needs a hostfile'),
    (['-n', '2', '-H', 'hosts', '--launcher', 'local', 'python'],
     'the launcher local takes none'),
    (['-n', '2', '--launcher', 'yarn', 'python'], "invalid choice: 'yarn'")])
def test_a_wrong_command_line_is_explained(words, message, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_the_help_says_that_kubernetes_is_an_experiment(capsys):
    with pytest.raises(SystemExit) as caught:
        main(['--help'])
    assert caught.value.code == 0
    text = ' '.join(capsys.readouterr().out.split())
    assert 'kubernetes is experimental' in text


def test_a_hostfile_without_machines_is_explained(tmp_path, capsys):
    path = tmp_path / 'hosts'
    path.write_text('# none\n')
    assert main(['-n', '2', '-H', str(path), 'python']) == 1
    err = capsys.readouterr().err
    assert err.startswith('d2l.launch: %s names no machine' % path)


def test_a_hostfile_that_is_missing_is_explained(tmp_path, capsys):
    assert main(['-n', '2', '-H', str(tmp_path / 'hosts'), 'python']) == 1
    assert 'No such file' in capsys.readouterr().err


def test_signal_handlers_are_restored(tmp_path, capsys):
    """Children of the caller, such as a loader's, must still end."""
    main(['-n', '2', '-H', str(tmp_path / 'hosts'), 'python'])
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_every_process_runs_the_command_with_its_role(tmp_path):
    job = jobs.launch(tmp_path, '-n', '2', '-s', '1', sys.executable, '-c', '''
import os
os.write(1, (os.environ['DMLC_ROLE'] + '\\n').encode())''', str(tmp_path))
    assert job.returncode == 0, job.stderr
    assert sorted(job.stdout.split()) == ['scheduler', 'server', 'worker',
                                          'worker']


def test_there_are_as_many_servers_as_workers_by_default(tmp_path):
    job = jobs.launch(tmp_path, '-n', '3', sys.executable, '-c', '''
import os
os.write(1, (os.environ['DMLC_ROLE'] + '\\n').encode())''', str(tmp_path))
    assert job.stdout.split().count('server') == 3


def test_a_command_that_does_not_exist_is_explained(tmp_path):
    job = jobs.launch(tmp_path, '-n', '1', 'nowhere', str(tmp_path))
    assert job.returncode == 127
    assert 'nowhere: No such file' in job.stderr


# -- streams and signals that the launcher is started with
PRINT_ROLE = 'echo $DMLC_ROLE >> $0/roles'


@pytest.mark.parametrize('closed', [
    '<&-', '>&-', '2>&-', '<&- >&-', '<&- >&- 2>&-'])
def test_streams_that_are_closed_are_no_error(closed, tmp_path):
    """cron and systemd may start it without."""
    done = subprocess.run(
        ['sh', '-c', 'exec "$@" ' + closed, 'sh', sys.executable, '-m',
         'd2l.launch', '-n', '2', '-s', '1', 'sh', '-c', PRINT_ROLE,
         str(tmp_path)], stderr=subprocess.PIPE, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b''
    assert len((tmp_path / 'roles').read_text().split()) == 4


@pytest.mark.parametrize('ignores, status', [(True, 0), (False, 129)])
def test_nohup_outlives_the_terminal(ignores, status, tmp_path):
    os.mkfifo(str(tmp_path / 'go'))
    job = subprocess.Popen(
        ['nohup'] * ignores + [
            sys.executable, '-m', 'd2l.launch', '-n', '1', '-s', '1', 'sh',
            '-c', '[ $DMLC_ROLE != worker ] || { echo; cat $0/go; }',
            str(tmp_path)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        # the tests themselves may run under nohup
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    assert job.stdout.readline() == b'\n'
    job.send_signal(signal.SIGHUP)
    if ignores:
        (tmp_path / 'go').write_text('done')    # once the worker reads
    assert job.wait(LIMIT) == status
    job.stdout.close()
    jobs.nothing_left(tmp_path)
