"""Ports are reserved until MXNet's scheduler listens at them."""
import socket

import pytest
from dmlc_tracker import tracker

from d2l.compat.ports import reserve_port


@pytest.fixture
def free():
    """Two ports that are free."""
    with socket.socket() as a, socket.socket() as b:
        a.bind(('', 0))
        b.bind(('', 0))
        ports = a.getsockname()[1], b.getsockname()[1]
    return ports


def test_a_port_in_use_is_left_out(free):
    with socket.socket() as other:
        other.bind(('', free[0]))
        with reserve_port(free) as holder:
            assert holder.getsockname()[1] == free[1]


def test_a_port_is_reserved_once(free):
    with reserve_port(free) as first, reserve_port(free) as second:
        assert (first.getsockname()[1], second.getsockname()[1]) == free
        with pytest.raises(OSError, match='no port from .* is free on this '
                           'machine for the scheduler'):
            reserve_port(free)


def test_the_scheduler_can_listen_at_a_reserved_port(free):
    """It sets SO_REUSEADDR and binds to one address."""
    with reserve_port(free) as holder, socket.socket() as scheduler:
        scheduler.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        scheduler.bind(('127.0.0.1', holder.getsockname()[1]))
        scheduler.listen()


@pytest.mark.filterwarnings('ignore:unclosed', 'ignore:setDaemon')  # MXNet's
def test_mxnets_launchers_have_a_port_each(loopback):
    trackers = [tracker.PSTracker('127.0.0.1', 'true') for _ in range(3)]
    for each in trackers:
        each.join()
    ports = [each.slave_envs()['DMLC_PS_ROOT_PORT'] for each in trackers]
    assert len(set(ports)) == 3
    assert min(ports) >= 9091


def test_mxnets_launcher_without_servers_needs_no_port():
    assert tracker.PSTracker('127.0.0.1', None).slave_envs() == {}
