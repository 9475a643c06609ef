"""How busy other programs keep the cores, by what Linux counts."""
import collections
import contextlib
import os
import time

Sample = collections.namedtuple('Sample', 'time busy own waited')
Sample.__doc__ = """What has been counted up to a time; all in seconds.

time : by the monotonic clock
busy : processor time that all programs used on this process's processors
own : processor time that this process used
waited : dict; for how long each thread of this process was ready to run, but
    had no processor
"""

Load = collections.namedtuple('Load', 'others waited')
Load.__doc__ = """A span between two samples; both in processors.

others : processors that other programs kept busy
waited : threads of this process that waited for a processor, on average
"""


def sample():
    """Returns a Sample, or None where Linux's counts are not to be had."""
    try:
        busy = _busy_seconds(os.sched_getaffinity(0))
    except (AttributeError, OSError, ValueError):
        return None
    if not busy:            # a sandbox that shows zeros
        return None
    return Sample(time.monotonic(), busy, time.process_time(),
                  _waited_seconds())


def between(first, last):
    """The Load between two samples."""
    seconds = last.time - first.time
    others = last.busy - first.busy - (last.own - first.own)
    waited = sum(waited - first.waited.get(thread, waited)
                 for thread, waited in last.waited.items())
    return Load(max(0, others) / seconds, waited / seconds)


def _busy_seconds(processors):
    ticks = 0
    with open('/proc/stat') as file:
        for line in file:
            name, *counts = line.split()
            if name[:3] == 'cpu' and name[3:].isdigit() \
                    and int(name[3:]) in processors:
                # user nice system idle iowait irq softirq steal; the guests
                # of a virtual machine, which follow, are in user and nice
                user, nice, system, _, _, *rest = map(int, counts[:8])
                ticks += user + nice + system + sum(rest)
    return ticks / os.sysconf('SC_CLK_TCK')


def _waited_seconds():
    waited = {}
    for thread in os.listdir('/proc/self/task'):
        # a thread may have ended; a kernel may not count this
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open('/proc/self/task/%s/schedstat' % thread) as file:
                waited[thread] = int(file.read().split()[1]) / 1e9
    return waited
