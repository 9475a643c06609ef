"""Cluster managers: MXNet's own launcher, ended when one process fails."""
import json
import os
import shutil
import signal
import subprocess

import jobs
import pytest
from limits import LIMIT
from machines import program

SRUN = '''#!/bin/bash
# srun without Slurm: starts -n processes here; when one fails, ends all
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


@pytest.fixture(params=['stand-in for srun', 'slurm', 'mpi'])
def launch(request, tmp_path, monkeypatch):
    """The launcher's options for a cluster manager on this machine."""
    if request.param == 'mpi':
        version = shutil.which('mpirun') and subprocess.run(
            ['mpirun', '--version'], stdout=subprocess.PIPE).stdout
        if b'Open MPI' not in (version or b''):
            pytest.skip('it needs Open MPI. On Debian: apt install '
                        'openmpi-bin')
        # more processes than cores, and as root
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
        pytest.skip('it needs a running Slurm, which sinfo shows')
    return ['--launcher', 'slurm', '--jobname=a', '--slurm-worker-nodes=1',
            '--slurm-server-nodes=1']


def test_two_workers_train_together(launch, tmp_path):
    job = jobs.run(tmp_path, 2, 1, launch=launch)
    assert job.returncode == 0, job.stderr
    first, second = jobs.results(tmp_path, 2)
    assert (first['param0'] == second['param0']).all()


def test_a_killed_worker_ends_all(launch, tmp_path):
    """MXNet's launcher would wait for its scheduler for ever."""
    job = jobs.run(tmp_path, 2, 1, launch=launch, how='kill')
    assert job.returncode > 0
    assert 'd2l.launch: %s: Command ' % launch[1] in job.stderr
    assert '; stopping all processes' in job.stderr


@pytest.mark.parametrize('number, status', [
    (signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_process_outlives_the_launcher(number, status, launch, tmp_path,
                                          sigint):
    job, _ = jobs.start(tmp_path, 2, 1, launch=launch, how='not')
    job.send_signal(number)
    job.communicate(timeout=LIMIT)
    assert job.returncode == status
    jobs.nothing_left(tmp_path)


def test_a_killed_scheduler_ends_all(launch, tmp_path):
    job, pids = jobs.start(tmp_path, 2, 1, launch=launch, how='not')
    os.kill(pids['scheduler'][0], signal.SIGKILL)
    _, err = job.communicate(timeout=LIMIT)
    assert job.returncode == 128 + signal.SIGKILL
    assert 'died with <Signals.SIGKILL: 9>' in err
    jobs.nothing_left(tmp_path)


# -- what is missing, or unknown
def submit(folder, name, *options):
    return jobs.launch(folder, '-n', '2', '-s', '1', '--launcher', name,
                       *options, 'sleep', '3600', str(folder))


def is_explained(job, message):
    """Return whether the launcher failed with it, without a traceback."""
    return (job.returncode > 0 and message in job.stderr
            and 'Traceback' not in job.stderr)


def test_an_option_unknown_to_mxnets_launcher_is_refused(tmp_path):
    job = submit(tmp_path, 'mpi', '--quue=long')
    assert is_explained(job, 'the launcher mpi has no option --quue=long')


def test_a_program_that_is_missing_is_explained(tmp_path, monkeypatch):
    (tmp_path / 'bin').mkdir()
    os.symlink('/bin/sleep', str(tmp_path / 'bin' / 'sleep'))
    monkeypatch.setenv('PATH', str(tmp_path / 'bin'))   # no srun
    assert is_explained(submit(tmp_path, 'slurm'), 'srun: not found')


def test_a_package_that_is_missing_is_explained(tmp_path, monkeypatch):
    (tmp_path / 'kubernetes.py').write_text('raise ImportError')
    monkeypatch.setenv('PYTHONPATH', '%s:%s' % (
        tmp_path, os.environ.get('PYTHONPATH', '')))
    assert is_explained(submit(tmp_path, 'kubernetes'),
                        "ImportError: MXNet's launcher needs two more")


# -- Kubernetes, with a stand-in for its client
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


@pytest.fixture
def created(tmp_path, monkeypatch):
    """What the launcher creates: a service, and each process's job."""
    created = tmp_path / 'created'
    (tmp_path / 'kubernetes.py').write_text(KUBERNETES % str(created))
    (tmp_path / 'yaml.py').write_text('')
    monkeypatch.setenv('PYTHONPATH', '%s:%s' % (
        tmp_path, os.environ.get('PYTHONPATH', '')))
    job = jobs.launch(
        tmp_path, '-n', '2', '-s', '1', '--launcher', 'kubernetes',
        '--kube-worker-image=mine', 'python', '-c', 'print("a b")')
    assert job.returncode == 0, job.stderr
    first, service, *others = map(json.loads,
                                  created.read_text().splitlines())
    containers = []
    for each in [first] + others:
        container, = each['spec']['template']['spec']['containers']
        container['env'] = {variable['name']: variable['value']
                            for variable in container['env']}
        containers.append(container)
    return service, containers


def test_kubernetes_gets_a_job_for_each_process(created):
    assert [(container['env']['DMLC_ROLE'], container['image'])
            for container in created[1]] == [
        ('scheduler', 'mxnet/python'), ('server', 'mxnet/python'),
        ('worker', 'mine'), ('worker', 'mine')]


def test_kubernetes_gets_the_command_unquoted(created):
    """No shell reads it there."""
    for container in created[1]:
        assert container['command'] == ['python', '-c', 'print("a b")']


def test_kubernetes_processes_find_the_scheduler_by_its_service(created):
    service, containers = created
    assert service['metadata']['name'] == 'mx-sched'
    for container in containers:
        env = container['env']
        assert (env['DMLC_PS_ROOT_URI'], env['DMLC_NUM_WORKER'],
                env['DMLC_NUM_SERVER']) == ('mx-sched', '2', '1')
