"""Start trainings by several processes: `python -m d2l.launch`."""
import sys


def report(message):
    """Print a message of the launcher to stderr."""
    print(f'd2l.launch: {message}', file=sys.stderr, flush=True)
