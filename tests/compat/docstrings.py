"""Run the examples in MXNet's own docstrings; print those that pass.

    python docstrings.py > docstrings.txt

made the list on Python 3.11 with NumPy 1.23.5, which MXNet was written for,
and without d2l. Many of the examples are sketches that fail there, too. A line
holds the name of a docstring and the numbers of its examples that pass.
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

# Examples that are left out: they draw distributions for minutes, download
# files, need a GPU, or have a race between arrays that share their memory.
LEFT_OUT = re.compile('matplotlib|pretrained|MNIST|gpu|u = mx.nd.from_dlpack')


class Runner(doctest.DocTestRunner):
    """Records which examples passed, and the output of the others."""

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
        # modules that need other packages or are a setup.py, and docstrings
        # that doctest cannot read
        except (ImportError, AttributeError, OSError, ValueError, SystemExit):
            continue
        yield from (test for test in tests if test.examples and not any(
            LEFT_OUT.search(e.source) for e in test.examples))


def run(test):
    """Run one docstring's examples; returns the runner."""
    # the names that examples use without an import; np is MXNet's view
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
        # the examples show NumPy's numbers as NumPy 1 printed them
        np.set_printoptions(legacy='1.25')
    only = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)        # some examples write files
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
