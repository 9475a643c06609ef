"""This machine in words, for records of what was measured on it."""
import os
import platform
import re

from d2l.compat import threads


def describe():
    """The processor, its cores and the memory.

    Nothing in it identifies this computer.

    Returns
    -------
    dict
        `processor` (str), `cores` (int), `memory_gib` (float).

    Examples
    --------
    >>> sorted(describe())
    ['cores', 'memory_gib', 'processor']
    """
    try:
        with open('/proc/cpuinfo') as file:
            model = re.search('model name.*: (.*)', file.read()).group(1)
    except (OSError, AttributeError):   # no Linux, or no such line
        model = platform.processor() or platform.machine()
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    return dict(processor=model, cores=threads.cores(),
                memory_gib=round(memory / 2 ** 30, 1))
