"""kill -9, again and again, and what is left goes on to the same end."""
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import small

from d2l.checkpoints import statefile

HERE = os.path.dirname(os.path.abspath(small.__file__))
NUM_EPOCHS = 8

# Trains as a cell that is run again would, and prints what it ends with.
# With a number, it is killed at that moment of all those in its writing:
# before, in the middle of and after every write, fsync and rename.
CODE = '''
import hashlib, os, signal, sys
sys.path.insert(0, %r)
import small
from d2l.checkpoints import statefile

folder, number = sys.argv[1], int(sys.argv[2])
passed = 0

def moment():
    global passed
    passed += 1
    if passed == number:
        os.kill(os.getpid(), signal.SIGKILL)

def write(self, data):
    data = bytes(data)
    moment()
    self.file.write(data[:len(data) // 2])
    self.file.flush()
    moment()
    self.file.write(data[len(data) // 2:])
    self.file.flush()
    self.sha256.update(data)

def around(function):
    def wrapper(*args):
        moment()
        result = function(*args)
        moment()
        return result
    return wrapper

if number:
    statefile._Hashed.write = write
    os.fsync, os.replace = around(os.fsync), around(os.replace)
found = small.train(%d, net=small.make_net(4000), checkpoint=folder)
print('ended', passed, hashlib.sha256(repr(found).encode()).hexdigest())
''' % (HERE, NUM_EPOCHS)


def start(folder, number=0):
    return subprocess.Popen(
        [sys.executable, '-u', '-c', CODE, str(folder), str(number)],
        stdout=subprocess.PIPE, universal_newlines=True)


def end(process):
    """What it printed last, or None if it was killed."""
    with process:
        lines = process.stdout.read().splitlines()
    if process.returncode == -signal.SIGKILL:
        return None
    assert process.returncode == 0 and lines[-1].startswith('ended')
    return lines[-1].split()[1:]


def go_on(tmp_path, kill, expected, num_kills):
    """Kill and begin again; whatever comes to an end is as `expected`."""
    kills = ends = 0
    while kills < num_kills or not ends:
        folder = tmp_path / str(ends)
        result = kill(folder)
        if result is None:
            kills += 1
            path = folder / 'state.d2l'
            if path.exists():       # and then it is whole
                assert 1 <= statefile.read(str(path))['epoch'] <= NUM_EPOCHS
        else:
            ends += 1
            assert result[1] == expected
            assert sorted(os.listdir(str(folder))) == ['lock', 'state.d2l']
    # the last one was broken off as well
    if (tmp_path / str(ends)).exists():
        assert end(start(tmp_path / str(ends)))[1] == expected
    return kills, ends


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """Moments in the writing of a whole run, and what it ends with."""
    moments, expected = end(start(tmp_path_factory.mktemp('whole'), -1))
    assert int(moments) > 100
    return int(moments), expected


@pytest.mark.slow
def test_killed_while_writing(whole, tmp_path):
    moments, expected = whole
    rng = random.Random(5)

    def kill(folder):
        # within two epochs, so that it is killed several times on its way
        return end(start(folder, rng.randint(1, moments * 2 // NUM_EPOCHS)))
    kills, ends = go_on(tmp_path, kill, expected, 20)
    print('%d kills while writing, %d ends' % (kills, ends))


@pytest.mark.slow
def test_killed_at_any_time(whole, tmp_path):
    _, expected = whole
    rng = random.Random(6)

    def kill(folder):
        process = start(folder)
        assert process.stdout.readline()    # it trains, or goes on
        begun = time.time()
        delay = rng.uniform(0, 0.5)
        while process.poll() is None and time.time() - begun < delay:
            time.sleep(0.001)
        process.kill()
        return end(process)
    kills, ends = go_on(tmp_path, kill, expected, 20)
    print('%d kills at any time, %d ends' % (kills, ends))
