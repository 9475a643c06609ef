"""Run the examples in MXNet's own docstrings; print those that pass.

    python docstrings.py > docstrings.txt

made the list, on Python 3.11 with NumPy 1.23.5 and without d2l: what MXNet
was written for. Many of its examples are sketches, which fail there too.
A line holds the name of a docstring and the numbers of its examples.
"""
import doctest
import importlib
import os
import pkgutil
import re
import sys
import tempfile
import warnings

import mxnet as mx
import numpy as np

# What examples are left out for: minutes of drawing distributions, downloads,
# GPUs, and a race between two arrays that share their memory.
LEFT_OUT = re.compile('matplotlib|pretrained|MNIST|gpu|u = mx.nd.from_dlpack')


class Runner(doctest.DocTestRunner):
    """Keeps which examples passed, and what the others gave."""

    def __init__(self):
        super().__init__(optionflags=doctest.NORMALIZE_WHITESPACE
                         | doctest.ELLIPSIS)
        self.passed, self.failed = [], {}

    def report_start(self, out, test, example):
        pass

    def report_success(self, out, test, example, got):
        self.passed.append(test.examples.index(example))

    def report_failure(self, out, test, example, got):
        self.failed[test.examples.index(example)] = '%s%s-> %s' % (
            example.source, example.want, got)

    def report_unexpected_exception(self, out, test, example, exc_info):
        self.report_failure(out, test, example, repr(exc_info[1]))


def docstrings():
    """All docstrings of MXNet that hold examples."""
    for module in pkgutil.walk_packages(mx.__path__, 'mxnet.',
                                        onerror=lambda name: None):
        try:
            module = importlib.import_module(module.name)
            tests = doctest.DocTestFinder().find(module, module.__name__)
        # what needs other packages, docstrings that doctest can't read, a
        # setup.py
        except (ImportError, AttributeError, OSError, ValueError, SystemExit):
            continue
        yield from (test for test in tests if test.examples and not any(
            LEFT_OUT.search(e.source) for e in test.examples))


def run(test):
    """Run one docstring's examples; returns the runner."""
    # some examples import what they use, the others mean these; NumPy as
    # MXNet sees it
    numpy = mx.np if 'numpy' in test.name else mx.ndarray.ndarray.np
    test.globs.update(mx=mx, mxnet=mx, np=numpy, npx=mx.npx, nd=mx.nd,
                      sym=mx.sym, gluon=mx.gluon, autograd=mx.autograd)
    mx.random.seed(0)
    np.random.seed(0)
    runner = Runner()
    with open(os.devnull, 'w') as nowhere:
        runner.run(test, out=nowhere.write, clear_globs=False)
    return runner


def main():
    warnings.simplefilter('ignore')
    if np.lib.NumpyVersion(np.__version__) >= '2.0.0b1':
        # the examples print NumPy's numbers, which NumPy 1 printed so
        np.set_printoptions(legacy='1.25')
    only = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)        # some write files
        for test in docstrings():
            if only and test.name not in only:
                continue
            runner = run(test)
            if only:
                for number, text in runner.failed.items():
                    print(test.name, number, text, file=sys.stderr)
            if runner.passed:
                print(test.name, *runner.passed, flush=True)
        os.chdir('/')


if __name__ == '__main__':
    main()
