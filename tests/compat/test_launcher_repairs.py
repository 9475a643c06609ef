"""Each repair of MXNet's launcher: without it, its test fails."""
import os
import sys

import pytest
from interpreters import run_python


def test_mxnets_launcher_has_thread_is_alive():
    from dmlc_tracker import tracker
    thread = tracker.Thread(target=lambda: None)
    assert not thread.isAlive()


def test_mxnets_launcher_loads_without_kubernetes(monkeypatch):
    for name in ('kubernetes', 'yaml'):
        monkeypatch.setitem(sys.modules, name, None)    # not to be imported
    for name in ('dmlc_tracker.submit', 'dmlc_tracker.kubernetes'):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from dmlc_tracker import kubernetes, submit
    assert submit.kubernetes is kubernetes
    with pytest.raises(ImportError, match='pip install kubernetes pyyaml'):
        kubernetes.create_sched_svc_manifest('scheduler', 9091)
    for stand_in in (kubernetes.config, kubernetes.yaml):
        with pytest.raises(ImportError, match='Kubernetes'):
            stand_in.load  # noqa: B018


def test_mxnets_launcher_calls_srun_with_oversubscribe(tmp_path, monkeypatch):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\ncase $* in *--share*) exit 1;; esac\n'
                    'echo $A $* > %s/called\n' % tmp_path)
    srun.chmod(0o755)
    monkeypatch.setenv('PATH', '%s:%s' % (tmp_path, os.environ['PATH']))
    from dmlc_tracker import slurm
    slurm.subprocess.check_call('A=1  srun --share -n 2 echo', shell=True)
    assert (tmp_path / 'called').read_text() \
        == '1 --oversubscribe -n 2 echo\n'


def test_mxnets_launcher_leaves_no_file_open():
    run = run_python('from dmlc_tracker import mesos\n'
                     'mesos.subprocess.check_call("echo no; echo yes >&2", '
                     'shell=True, stdout=mesos.DEVNULL)', '-W', 'always')
    assert run.stdout == 'yes\n', run.stdout


def test_mxnets_launcher_runs_workers_and_a_server(tmp_path):
    """On this machine, by its own local launcher: a sum over two workers."""
    script = tmp_path / 'worker.py'
    script.write_text('''
import os
import mxnet as mx
kv = mx.kv.create('dist_sync')
kv.init(0, mx.nd.zeros((1,)))
kv.push(0, mx.nd.ones((1,)) * (kv.rank + 1))
out = mx.nd.zeros((1,))
kv.pull(0, out=out)
os.write(1, b'sum %.1f\\n' % out.asscalar())    # one write: lines do not mix
''')
    run = run_python('''
import sys
from dmlc_tracker import local, opts
sys.argv = ['launch', '--num-workers=2', '--num-servers=1',
            '--host-ip=127.0.0.1', '--cluster=local', sys.executable, %r]
local.submit(opts.get_opts())''' % str(script))
    assert run.stdout.count('sum 3.0') == 2, run.stdout
