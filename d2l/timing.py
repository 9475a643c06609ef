"""Timing of code."""
import time


class Benchmark:
    """Context manager that prints how long its block took.

    MXNet computes in the background. To measure the computation, call
    `nd.waitall()` inside the block.

    Parameters
    ----------
    prefix : str, optional
        Text to print before the time.

    Examples
    --------
    >>> with d2l.Benchmark('Workloads are queued.'):
    ...     x = nd.random.uniform(shape=(2000, 2000))  # doctest: +SKIP
    Workloads are queued. time: 0.0008 sec
    """

    def __init__(self, prefix=None):
        self.prefix = prefix + ' ' if prefix else ''

    def __enter__(self):
        self.start = time.time()

    def __exit__(self, *args):
        print('%stime: %.4f sec' % (self.prefix, time.time() - self.start))
