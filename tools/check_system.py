"""Say what this system lacks for MXNet; the exit status is then 1.

    python tools/check_system.py

Called by the Makefile twice: before MXNet is installed, whether a wheel of it
fits, and afterwards whether the libraries that it needs are there.
"""
import importlib.util
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from d2l.compat import installing  # noqa: E402


def find_problem():
    """What is lacking, and what to do; None if nothing is."""
    mxnet = importlib.util.find_spec('mxnet')
    if mxnet is None:
        return installing.find_obstacle()
    path = os.path.join(os.path.dirname(mxnet.origin), 'libmxnet.so')
    missing = installing.find_missing_libraries(path)
    return missing and installing.explain_missing_libraries(path, missing)


if __name__ == '__main__':
    sys.exit(find_problem() or 0)
