"""The examples in MXNet's own docstrings give what they once gave."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def examples(text):
    return {(name, int(number)) for name, *numbers in map(
        str.split, text.splitlines()) for number in numbers}


def test_what_passed_on_numpy_1_23_passes():
    expected = examples((HERE / 'docstrings.txt').read_text())
    run = subprocess.run(
        [sys.executable, str(HERE / 'docstrings.py'),
         *sorted({name for name, _ in expected})],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
        universal_newlines=True)
    missing = expected - examples(run.stdout)
    assert len(expected) > 1000 and not missing, (
        '%s\nmissing: %s' % (run.stderr, sorted(missing)))
