"""What the stand-in for MXNet's C library answers, by kinds of calls.

Importing the modules registers their answers.
"""
from . import (  # noqa: F401
    autograd,
    devices,
    dlpack,
    executors,
    files,
    graphs,
    ndarrays,
)
