"""Other machines, as ssh and MXNet's KVStore reach them.

A host is a tuple: what ssh calls it, and a port, empty for that of ssh's
configuration.
"""
import os
import shlex
import socket

from . import guard

# What the processes on other machines get of this one's environment.
_PASSED_ON = ('D2L_', 'DMLC_', 'MXNET_', 'OMP_', 'PS_', 'PYTHONUNBUFFERED')
_SSH = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5',
        '-o', 'StrictHostKeyChecking=accept-new',
        '-o', 'PermitLocalCommand=yes',     # for `when_there`
        # a machine that is silent for 15 s is gone
        '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3']


def hosts(path):
    """The machines of a hostfile: as ssh calls them, and ports, if said."""
    found = []
    with open(path) as file:
        for line in file:
            words = line.partition('#')[0].split()
            if words:       # what follows, such as slots=2, is MPI's
                host, _, port = words[0].partition(':')
                found.append((host, port))
    if not found:
        raise OSError('%s names no machine: write one on each line' % path)
    return found


def way_to(host):
    """This machine's address, as the other one sees it."""
    host = host.rpartition('@')[2]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 22))   # sends nothing
        except OSError as error:
            raise OSError('there is no way to %s, which the hostfile names: '
                          '%s' % (host, error.strerror)) from None
        return probe.getsockname()[0]


def loopback(address):
    return address.startswith('127.')


def destination(host):
    """What of ssh's command line says where to."""
    name, port = host
    return (['-p', port] if port else []) + [name]


def command(host, words, env, when_there):
    """ssh's, to run `words` there with what belongs to it of `env`.

    `when_there` is run here once ssh has logged in.
    """
    with open(guard.__file__) as file:
        source = file.read()
    line = ['env'] + ['%s=%s' % item for item in sorted(env.items())
                      if item[0].startswith(_PASSED_ON)]
    line += ['python3', '-c', source] + words
    return (['ssh'] + _SSH + ['-o', 'LocalCommand=' + when_there]
            + destination(host)
            + ['cd %s && exec %s' % (shlex.quote(os.getcwd()),
                                     ' '.join(map(shlex.quote, line)))])
