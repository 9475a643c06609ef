"""Start trainings by several processes: `python -m d2l.launch`.

`job` starts, watches and ends the processes of one training, `machines` knows
the machines that they run on, and `guard` ends a process with its launcher.
`clusters` hands over to MXNet's own launcher.
"""
import sys


def report(message):
    """Print a message of the launcher to stderr."""
    print(f'd2l.launch: {message}', file=sys.stderr, flush=True)
