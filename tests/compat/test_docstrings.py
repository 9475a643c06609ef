"""The examples in MXNet's docstrings give their documented results."""
import pathlib
import subprocess
import sys

from limits import LIMIT

HERE = pathlib.Path(__file__).parent


def examples(text):
    return {(name, int(number)) for name, *numbers in map(
        str.split, text.splitlines()) for number in numbers}


def test_examples_that_passed_on_numpy_1_23_pass():
    expected = examples((HERE / 'docstrings.txt').read_text())
    run = subprocess.run(
        [sys.executable, str(HERE / 'docstrings.py'),
         *sorted({name for name, _ in expected})],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=2 * LIMIT,
        universal_newlines=True)
    missing = expected - examples(run.stdout)
    assert len(expected) > 1000 and not missing, (
        '%s\nmissing: %s' % (run.stderr, sorted(missing)))
