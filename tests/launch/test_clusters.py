"""Cluster managers: MXNet's own launcher, watched."""
import json
import os
import shutil
import signal
import subprocess
import sys

import jobs
import pytest
from machines import program

SRUN = '''#!/bin/bash
# srun without Slurm: as many processes as -n says, here; one fails, all end
while [ "$1" != "${1#-}" ]; do
    case $1 in
        -n) n=$2; shift;; -N) shift;; --oversubscribe | --exclusive=user);;
        *) echo "srun: unrecognized option '$1'" >&2; exit 1;;
    esac; shift
done
[ "$SLURM_KILL_BAD_EXIT" = 1 ] || exit 1
trap 'kill $(jobs -p); exit 143' TERM
for i in $(seq $n); do "$@" & done
for i in $(seq $n); do wait -n || { kill $(jobs -p); exit 9; }; done
'''
pytestmark = pytest.mark.slow


@pytest.fixture(params=['srun in its place', 'slurm', 'mpi'])
def launch(request, tmp_path, monkeypatch):
    """The launcher's options, for what there is on this machine."""
    if request.param == 'mpi':
        version = shutil.which('mpirun') and subprocess.run(
            ['mpirun', '--version'], stdout=subprocess.PIPE).stdout
        if b'Open MPI' not in (version or b''):
            pytest.skip('it needs Open MPI. On Debian: apt install '
                        'openmpi-bin')
        # as many as there are tests for, and by anybody
        for name in ('ALLOW_RUN_AS_ROOT', 'ALLOW_RUN_AS_ROOT_CONFIRM',
                     'MCA_rmaps_base_oversubscribe'):
            monkeypatch.setenv('OMPI_' + name, '1')
        return ['--launcher', 'mpi']
    if request.param != 'slurm':
        program(tmp_path, 'srun', SRUN)
        monkeypatch.setenv('PATH', '%s:%s' % (tmp_path / 'bin',
                                              os.environ['PATH']))
    elif not shutil.which('sinfo') or subprocess.run(
            ['sinfo'], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode:
        pytest.skip('it needs a Slurm that runs, which sinfo shows')
    return ['--launcher', 'slurm', '--jobname=a', '--slurm-worker-nodes=1',
            '--slurm-server-nodes=1']


def test_two_workers_train(launch, tmp_path):
    job = jobs.run(tmp_path, 2, 1, launch=launch)
    assert job.returncode == 0, job.stderr
    first, second = jobs.results(tmp_path, 2)
    assert (first['param0'] == second['param0']).all()


def test_a_worker_killed(launch, tmp_path):
    """MXNet's launcher would wait for its scheduler, for ever."""
    job = jobs.run(tmp_path, 2, 1, launch=launch, how='kill')
    assert job.returncode > 0
    assert 'd2l.launch: %s: Command ' % launch[1] in job.stderr
    assert 'so all is ended' in job.stderr


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGKILL])
def test_the_launcher_ended(number, launch, tmp_path, sigint):
    job, _ = jobs.start(tmp_path, 2, 1, launch=launch, how='not')
    job.send_signal(number)
    job.communicate(timeout=60)
    assert job.returncode == (130 if number == signal.SIGINT else -number)
    jobs.nothing_left(tmp_path)


def test_the_scheduler_killed(launch, tmp_path):
    job, pids = jobs.start(tmp_path, 2, 1, launch=launch, how='not')
    os.kill(pids['scheduler'][0], signal.SIGKILL)
    _, err = job.communicate(timeout=60)
    assert job.returncode == 128 + signal.SIGKILL
    assert 'died with <Signals.SIGKILL: 9>' in err
    jobs.nothing_left(tmp_path)


# -- what is passed on
@pytest.mark.parametrize('words, message', [
    (['kubernetes'], 'ImportError: to start on Kubernetes'),
    (['yarn'], 'Need to set HADOOP_HOME'),
    (['mpi', '--quue=long'], '--quue=long is no option of the launcher mpi'),
    (['slurm'], 'srun: not found')])
def test_what_is_missing(words, message, tmp_path, monkeypatch):
    monkeypatch.delenv('HADOOP_HOME', raising=False)
    (tmp_path / 'kubernetes.py').write_text('raise ImportError')
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    (tmp_path / 'bin').mkdir()
    monkeypatch.setenv('PATH', str(tmp_path / 'bin'))   # no srun
    os.symlink('/bin/sleep', str(tmp_path / 'bin' / 'sleep'))
    job = subprocess.run(
        [sys.executable, '-m', 'd2l.launch', '-n', '2', '-s', '1',
         '--launcher', *words, 'sleep', '300', str(tmp_path)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
    assert job.returncode > 0
    assert message in job.stderr and 'Traceback' not in job.stderr
    jobs.nothing_left(tmp_path)


KUBERNETES = '''
import json, types
class client:
    def __getattr__(self, name):
        return lambda **values: types.SimpleNamespace(**values)
    def BatchV1Api(self):
        return types.SimpleNamespace(create_namespaced_job=create)
    def CoreV1Api(self):
        return types.SimpleNamespace(create_namespaced_service=create)
def create(namespace, body):
    with open(%r, 'a') as file:
        print(json.dumps(body, default=vars), file=file)
    return types.SimpleNamespace(kind='it', metadata=body.metadata)
client = client()
config = types.SimpleNamespace(load_kube_config=lambda: None)
'''


def test_jobs_for_kubernetes(tmp_path, monkeypatch):
    """Each gets the command as it is, since no shell reads it there."""
    created = tmp_path / 'created'
    (tmp_path / 'kubernetes.py').write_text(KUBERNETES % str(created))
    (tmp_path / 'yaml.py').write_text('')
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    job = subprocess.run(
        [sys.executable, '-m', 'd2l.launch', '-n', '2', '-s', '1',
         '--launcher', 'kubernetes', '--kube-worker-image=mine',
         'python', '-c', 'print("a b")'], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, timeout=60)
    assert job.returncode == 0, job.stderr
    first, service, *others = map(json.loads,
                                  created.read_text().splitlines())
    assert service['metadata']['name'] == 'mx-sched'
    roles = []
    for each in [first] + others:
        container, = each['spec']['template']['spec']['containers']
        assert container['command'] == ['python', '-c', 'print("a b")']
        env = {variable['name']: variable['value']
               for variable in container['env']}
        assert (env['DMLC_PS_ROOT_URI'], env['DMLC_NUM_WORKER'],
                env['DMLC_NUM_SERVER']) == ('mx-sched', '2', '1')
        roles.append((env['DMLC_ROLE'], container['image']))
    assert roles == [('scheduler', 'mxnet/python'), ('server', 'mxnet/python'),
                     ('worker', 'mine'), ('worker', 'mine')]
