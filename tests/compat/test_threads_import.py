"""Threads that import MXNet, its launcher and d2l at the same time.

One thread is stopped in the middle of what d2l does first, until the other
waits for it, or has ended.
"""
import pathlib
import subprocess
import sys

import pytest
from interpreters import run_python
from limits import LIMIT
from test_before_d2l import START

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent
CODE = '''
import threading, time
from importlib.machinery import PathFinder
sys.path[:0] = [%(root)r, %(folder)r]
errors = []

def start(name):
    def import_():
        try:
            __import__(name)
        except BaseException as error:
            errors.append('%%s: %%r' %% (name, error))
    thread = threading.Thread(target=import_, daemon=True)
    thread.start()
    return thread

def let_the_other_go_on():
    while not second:
        time.sleep(0.001)
    while second[0].is_alive():
        frame = sys._current_frames().get(second[0].ident)
        names = []
        while frame:
            names.append(frame.f_code.co_name)
            frame = frame.f_back
        if %(waits)r in names:
            break
        time.sleep(0.001)

class Stop:
    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if fullname == 'd2l.compat.hook':
            sys.meta_path.remove(Stop)
            spec = PathFinder.find_spec(fullname, path, target)
            execute = spec.loader.exec_module
            def exec_module(module):
                stopped.set()
                let_the_other_go_on()
                execute(module)
            spec.loader.exec_module = exec_module
            return spec

class List(list):
    def insert(self, index, finder):
        if type(finder).__name__ == 'Finder':
            stopped.set()
            let_the_other_go_on()
        super().insert(index, finder)

%(stop)s
stopped, second = threading.Event(), []
first = start(%(first)r)
stopped.wait()
second.append(start(%(second)r))
first.join(), second[0].join()
print(errors or 'fine', len(
    [f for f in sys.meta_path if type(f).__name__ == 'Finder']), flush=True)
'''
LOADING = dict(stop='sys.meta_path.insert(0, Stop)', waits='acquire')
INSTALLING = dict(stop='sys.meta_path = List(sys.meta_path)', waits='install')


@pytest.mark.parametrize('where', [LOADING, INSTALLING])
@pytest.mark.parametrize('first, second', [
    ('mxnet', 'd2l'), ('d2l', 'mxnet'), ('mxnet', 'dmlc_tracker'),
    ('d2l', 'dmlc_tracker')])
def test_threads_wait_until_mxnet_is_prepared(where, first, second, tmp_path):
    for name in ('mxnet', 'dmlc_tracker'):      # what is in them is no matter
        (tmp_path / name).mkdir()
        (tmp_path / name / '__init__.py').write_text('')
    run = run_python(START + CODE % dict(
        where, root=str(ROOT), folder=str(tmp_path), first=first,
        second=second))
    assert run.stdout == 'fine 1\n', run.stdout


@pytest.mark.parametrize('is_there', [True, False])
@pytest.mark.parametrize('name', ['mxnet', 'dmlc_tracker', 'd2lzh_pytorch'])
def test_looking_for_a_module_imports_no_other(name, is_there, tmp_path):
    """Python's lock is held meanwhile, and others may hold the module's."""
    if is_there:
        (tmp_path / (name + '.py')).write_text('')
    code = (ROOT / 'd2l_mxnet.pth').read_text().splitlines()[1] + '''
import os
sys.path[:0] = %r
before = set(sys.modules)
sys.meta_path[0].find_spec(%r)
print(set(sys.modules) - before)''' % ([str(ROOT), str(tmp_path)], name)
    run = subprocess.run([sys.executable, '-S', '-c', code],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         universal_newlines=True, timeout=LIMIT)
    assert run.stdout == "{'d2l_mxnet'}\n", run.stdout
