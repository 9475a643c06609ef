"""Ports that stay reserved until MXNet's scheduler listens at them.

A scheduler takes its port only once it has imported MXNet, a second or more
after it was chosen. Without a reservation, another launcher would choose the
same one, and the processes of two trainings would connect to one scheduler.
"""
import socket

from .repairs import after


def reserve_port(ports):
    """Reserve one of the ports, the first that is free on this machine.

    Parameters
    ----------
    ports : sequence of int

    Returns
    -------
    socket.socket
        Bound to the port. Until it is closed nobody else can reserve it, but
        a program that sets SO_REUSEADDR, as MXNet does, can listen there.
    """
    for port in ports:
        holder = socket.socket()
        try:
            holder.bind(('', port))
        except OSError:
            holder.close()
            continue
        # only now, so that it could not be bound beside another holder
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return holder
    raise OSError(f'no port from {min(ports)} to {max(ports)} is free on this '
                  'machine for the scheduler; end programs that use them')


@after('dmlc_tracker.tracker')
def reserve_trackers_port(module):
    """MXNet 1.9.1's launchers, started at once, choose the same port."""
    class PSTracker(module.PSTracker):
        def __init__(self, hostIP, cmd, port=9091, port_end=9999, envs=None):
            if cmd is not None:
                holder = reserve_port(range(port, port_end))
                self.port = holder.getsockname()[1]
                holder.detach()     # it stays open until the process ends
            # with an empty range it looks for no port itself
            super().__init__(hostIP, cmd, 0, 0, envs)

    module.PSTracker = PSTracker
