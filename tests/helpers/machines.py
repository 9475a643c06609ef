"""Other machines for the tests of the launcher: network namespaces."""
import contextlib
import itertools
import os
import subprocess

_count = itertools.count()


class NoNamespaces(Exception):
    """This machine allows no network namespaces."""


def program(folder, name, text):
    """Write an executable file to folder/bin."""
    (folder / 'bin').mkdir(exist_ok=True)
    path = folder / 'bin' / name
    path.write_text(text)
    path.chmod(0o755)


def hostfile(folder, *hosts):
    """Write a hostfile; return the launcher's options for it."""
    (folder / 'hosts').write_text(''.join('%s\n' % host for host in hosts))
    return ['-H', str(folder / 'hosts')]


@contextlib.contextmanager
def namespaces():
    """Make two namespaces, and a bridge between them and this one.

    Yields a dict of address to name, which is also the name of the
    namespace's link. Raises NoNamespaces where they cannot be made.
    """
    # a new name each time, because Linux takes a while to remove one
    bridge = 'd2l%d-%d' % (os.getpid() % 10000, next(_count))
    names, net = [bridge + x for x in 'ab'], '10.213.%d.' % (
        os.getpid() % 250)
    lines = ['link add %s type bridge' % bridge,
             'addr add %s1/24 dev %s' % (net, bridge),
             'link set %s up' % bridge]
    for i, name in enumerate(names):
        lines += ['netns add %s' % name,
                  'link add %s type veth peer name eth0 netns %s'
                  % (name, name),
                  'link set %s master %s up' % (name, bridge),
                  '-n %s link set lo up' % name,
                  '-n %s addr add %s%d/24 dev eth0' % (name, net, i + 2),
                  '-n %s link set eth0 up' % name]
    try:
        for line in lines:
            try:
                subprocess.run(['ip'] + line.split(), check=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            except (OSError, subprocess.CalledProcessError) as error:
                raise NoNamespaces(
                    'this machine allows no network namespaces: ip %s: %s' % (
                        line, getattr(error, 'stderr', error))) from None
        yield {net + '2': names[0], net + '3': names[1]}
    finally:
        for line in ['link del %s' % bridge] + ['netns del %s' % name
                                                for name in names]:
            with contextlib.suppress(OSError):
                subprocess.run(['ip'] + line.split(),
                               stderr=subprocess.DEVNULL)
