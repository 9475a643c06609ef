"""Decides on a number of threads: fewer at once, more after a while."""

# Other programs may take this much of a core that a thread counts on: a
# desktop, a browser, the Python side of a training.
_TOLERANCE = 0.4
# Threads that wait for a processor, on average, where the cores are not
# enough. Python's own thread makes for up to 0.3 on an idle machine.
_TOO_LONG = 0.6
# Seconds that cores must be idle before they are used.
_PATIENCE, _MOST_PATIENCE = 1, 30
# More threads that had to go again after this many seconds were a mistake.
_TRIAL = 5


class Policy:
    """What the number of threads should be, over time.

    Parameters
    ----------
    num_cores : int
        The most threads to choose.

    Attributes
    ----------
    num_threads : int
        What is chosen now.
    """

    def __init__(self, num_cores):
        self.num_cores = self.num_threads = num_cores
        self.patience = _PATIENCE
        self.idle_since = self.raised_at = None

    def update(self, now, load):
        """Choose after a span of time.

        Parameters
        ----------
        now : float
            The end of the span, in seconds.
        load : Load
            Of the span.

        Returns
        -------
        int
            `num_threads`
        """
        fit = int(self.num_cores - load.others + _TOLERANCE)
        if load.waited > _TOO_LONG:
            fit = min(fit, self.num_threads - 1)
        fit = max(1, fit)
        if fit < self.num_threads:
            self._lower(now, fit)
        elif fit == self.num_threads:
            self.idle_since = None
        elif self.idle_since is None:
            self.idle_since = now
        elif now - self.idle_since >= self.patience:
            self.num_threads, self.raised_at = fit, now
            self.idle_since = None
        if self.raised_at is not None and now - self.raised_at > _TRIAL:
            self.patience, self.raised_at = _PATIENCE, None
        return self.num_threads

    def _lower(self, now, fit):
        self.num_threads, self.idle_since = fit, None
        if self.raised_at is not None and now - self.raised_at <= _TRIAL:
            # two programs that both see an idle core would go on like this
            self.patience = min(2 * self.patience, _MOST_PATIENCE)
        self.raised_at = None
