"""What the stand-in for MXNet's C library answers, by kinds of calls."""
from . import (autograd, devices, files, graphs,  # noqa: F401: they register
               ndarrays)
