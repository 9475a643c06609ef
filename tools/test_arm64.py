"""Test MXNet's aarch64 build on an x86-64 machine, under QEMU.

    python tools/test_arm64.py [SUITE]

`make test-arm64` runs it. SUITE is the Debian release that the programs are
of: trixie, with Python 3.13; or bookworm with 3.11, forky with a newer one.
LeNet's losses in a rehearsal are compared with those of this machine; tests
of d2l.compat follow. Where something is missing that cannot be installed
here, it says so and succeeds.
"""
import os
import re
import subprocess
import sys
import time

from arm64_root import ROOT, Obstacle, look_for_obstacles, make_root, run

# Those that start few other interpreters: under QEMU each takes 15 seconds.
TESTS = ['tests/compat/test_%s.py' % name for name in (
    'array_repairs', 'elf', 'gluon', 'image_repairs', 'linear_algebra',
    'mxnet', 'mxnet_models', 'scalars', 'shims')]

REHEARSAL = '''
import platform, time
start = time.time()
import d2l
import mxnet as mx
import numpy as np
from mxnet import gluon, init
from mxnet.gluon import nn
from d2l.compat.arm64 import openblas_file

print(platform.machine(), 'Python', platform.python_version(), 'NumPy',
      np.__version__, 'imported in %.0f s' % (time.time() - start))
print('BLAS:', openblas_file())
mx.random.seed(1)
np.random.seed(1)
net = nn.Sequential()
net.add(nn.Conv2D(6, kernel_size=5, padding=2, activation='sigmoid'),
        nn.AvgPool2D(), nn.Conv2D(16, kernel_size=5, activation='sigmoid'),
        nn.AvgPool2D(), nn.Dense(120, activation='sigmoid'),
        nn.Dense(84, activation='sigmoid'), nn.Dense(10))
net.initialize(init.Xavier(), ctx=mx.cpu())
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.9})
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size=256)
d2l.train_ch5(net, train_iter, test_iter, 256, trainer, mx.cpu(), 2)
'''

ENVIRON = {'D2L_MAX_BATCHES': '2', 'OMP_NUM_THREADS': '1'}


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else 'trixie'
    start = time.time()

    def report(what):
        print(f'-- {what} ({time.time() - start:.0f} s)', flush=True)

    try:
        look_for_obstacles()
        root = make_root(suite)
    except Obstacle as obstacle:
        print(f'make test-arm64 is skipped: {obstacle}')
        return 0
    report(f'{root.relative_to(ROOT)} is there')
    options = {'stdout': subprocess.PIPE, 'universal_newlines': True,
               'check': True}
    here = subprocess.run(
        [sys.executable, '-c', REHEARSAL], env=dict(
            os.environ, PYTHONPATH=str(ROOT), **ENVIRON), **options).stdout
    there = run(root, 'python3', '-c', REHEARSAL, environ=ENVIRON,
                **options).stdout
    print(there, end='')
    if not agree(here, there):
        print(f'This machine computes other losses:\n{here}')
        return 1
    report('the losses are those of this machine')
    done = run(root, 'python3', '-m', 'pytest', '-q', '-p',
               'no:cacheprovider', '-k', 'not model_zoo', *TESTS,
               environ=ENVIRON)     # large nets take minutes under QEMU
    report('done')
    return done.returncode


def agree(one, other):
    """Whether two outputs of the rehearsal have the same losses."""
    losses = [[float(loss) for loss in re.findall(r'loss (\d+\.\d+)', text)]
              for text in (one, other)]
    return len(losses[0]) == len(losses[1]) == 2 and all(
        abs(a - b) < 0.001 for a, b in zip(*losses))


if __name__ == '__main__':
    sys.exit(main())
