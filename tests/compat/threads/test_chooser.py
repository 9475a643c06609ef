"""The number of threads follows the load wherever MXNet computes."""
import os

import pytest
from interpreters import run_python

# A process that believes in two cores and in the load that the test tells.
PROCESS = '''
import sys
from d2l.compat.threads import chooser, settings
settings.cores = chooser.cores = lambda: 2
settings.sample = settings.sample if settings.sample() else lambda: 1
import mxnet as mx
import d2l, small
from mxnet import autograd, gluon, nd
from d2l.compat import threads
from d2l.compat.threads.load import Load
from engine import count_threads
chooser._INTERVAL = 0


def tell(others, waited=0):
    chooser.between = lambda first, last: Load(others, waited)


'''


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in list(os.environ):
        if name.startswith(('OMP_', 'GOMP_')):
            monkeypatch.delenv(name)


@pytest.fixture
def run(tmp_path):
    helpers = os.path.join(os.path.dirname(__file__), '..', '..', 'helpers')

    def run(code, **environ):
        done = run_python(
            PROCESS + code, '-Wignore', cwd=tmp_path,
            PYTHONPATH=os.pathsep.join([helpers, *sys_path()]), **environ)
        assert done.returncode == 0, done.stdout
        return done.stdout.splitlines()

    return run


def sys_path():
    import d2l
    return [os.path.dirname(os.path.dirname(d2l.__file__))]


LOOPS = {
    'by hand': '''
    w = nd.ones(2)
    w.attach_grad()
    with autograd.record():
        l = (w * w).sum()
    l.backward()''',
    'evaluation': '''
    net = gluon.nn.Dense(10)
    net.initialize()
    d2l.evaluate_accuracy(small.data()[1], net, mx.cpu())'''}


@pytest.mark.parametrize('loop', sorted(LOOPS))
def test_every_loop_looks(loop, run):
    assert run('''
def loop():%s


print(threads.count(), count_threads())
tell(1)
loop()
print(threads.count(), count_threads())
chooser._chooser.policy.patience = 0
tell(0)
for _ in range(3):
    loop()
print(threads.count(), count_threads())
''' % LOOPS[loop]) == ['2 2', '1 1', '2 2']


def test_nothing_is_chosen_where_the_reader_has_decided(run):
    assert run('''
tell(1)
with autograd.record():
    pass
print(threads.count(), count_threads())''', OMP_NUM_THREADS='2') == ['2 2']


def test_not_within_a_step(run):
    assert run('''
tell(1)
with autograd.record():
    tell(0)
    chooser._chooser.policy.patience = 0
    for _ in range(5):
        d2l.evaluate_accuracy(small.data()[1], lambda X: X.flatten(), mx.cpu())
    print(threads.count())
threads.look()
print(threads.count())''') == ['1', '2']


def test_says_once_that_no_core_is_idle(run):
    train = "small.train(1)\n"
    printed = run('tell(1.25)\n' + train + train)
    assert [line for line in printed if 'Other programs' in line] == [
        'Other programs use 1.2 of the 2 processor cores, so MXNet computes '
        'with one thread, and with more when they leave some idle.']
    assert not any('Other' in line for line in run('tell(0.2)\n' + train))


def test_a_checkpoint_keeps_the_number_of_its_first_epoch(run):
    """Also if the training resumes beside other programs."""
    train = '''
tell({others})
h = d2l.History()
found = small.train({epochs}, checkpoint={folder!r}, history=h)
print(h.threads)
'''
    changing = '''
append = d2l.History.append
def append_and_tell(self, **figures):
    append(self, **figures)
    tell(len(self) % 2)
d2l.History.append = append_and_tell
chooser._chooser.policy.patience = 0
'''
    whole = run(train.format(others=1, epochs=4, folder='whole')
                + 'print(hash(str(found)))', PYTHONHASHSEED='0')
    run(changing + train.format(others=1, epochs=1, folder='broken'))
    run(changing + train.format(others=0, epochs=3, folder='broken'))
    broken = run(changing + train.format(others=0, epochs=4, folder='broken')
                 + 'print(hash(str(found)))', PYTHONHASHSEED='0')
    assert whole[-2:] == broken[-2:] and whole[-2] == '[1, 1, 1, 1]'


def test_a_checkpoint_says_if_it_cannot_keep_the_number(run):
    run("tell(0)\nsmall.train(1, checkpoint='folder')")
    printed = '\n'.join(run(
        "import warnings\nwarnings.simplefilter('always')\n"
        "small.train(2, checkpoint='folder')", OMP_NUM_THREADS='1'))
    assert ('was computed with 2 threads, and continues with 1, so the last '
            'digits can differ') in printed
    assert 'epoch 2, loss' in printed


def test_a_checkpoint_of_an_earlier_version_is_read(run):
    assert 'epoch 2, loss' in run('''
from d2l.checkpoints import statefile
small.train(1, checkpoint='folder')
state = statefile.read('folder/state.d2l')
del state['threads'], state['history']['threads']
statefile.write('folder/state.d2l', state)
h = d2l.History()
small.train(2, checkpoint='folder', history=h)
print(h.threads)''')[-2]
