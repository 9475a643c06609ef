"""Timing of code."""
import time


class Benchmark:
    """Context manager that prints how many seconds its block took.

    MXNet computes in the background: call `nd.waitall()` inside the block
    for the time of the computation.

    Parameters
    ----------
    prefix : str, optional
        Printed in front.

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
