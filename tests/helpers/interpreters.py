"""New Python interpreters for the tests of what an import does."""
import os
import subprocess
import sys

from limits import LIMIT


def run_python(code, *options, cwd=None, **environ):
    """Run code in a new interpreter with these environment variables.

    Returns the finished process; its output and errors are in `stdout`.
    """
    return subprocess.run(
        [sys.executable, *options, '-c', code], cwd=cwd and str(cwd),
        env=dict(os.environ, **environ), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True, timeout=LIMIT)
