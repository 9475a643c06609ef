"""The processes of one training: they are started, watched and ended here.

A scheduler, servers and workers, as MXNet's KVStore names them.
"""
import itertools
import os
import random
import signal
import subprocess
import time

from ..compat.ports import reserve_port
from ..compat.threads import cores
from . import report
from .guard import exit_status
from .machines import Here, is_loopback

_PORTS = range(9091, 9999)  # for the scheduler, as MXNet's own launcher has it
_PATIENCE = 10      # seconds for what should take a moment
_INTERRUPT_PATIENCE = 5     # seconds for the workers to end after Ctrl-C
_HEARTBEAT = 5      # seconds; must be well below guard.SILENCE


class Process:
    """A process of a job: its role, its title in messages, its machine."""

    def __init__(self, role, title, machine, command, env):
        self.role, self.title, self.machine = role, title, machine
        self._guard = machine.start(command, dict(env, DMLC_ROLE=role))

    def returncode(self):
        """Return its exit status as Popen does; None while it runs."""
        return self._guard.poll()

    def has_failed(self):
        return bool(self.returncode())

    def explain(self):
        """Return why it failed, as a sentence."""
        return f'{self.title} {self.machine.explain(self.returncode())}'

    def interrupt(self):
        self._send(b'i')

    def heartbeat(self):
        """Say that the launcher is alive, where the guard waits for it."""
        if self.machine.needs_heartbeat:
            self._send(b'.')

    def end(self):
        """Make its guard end it; see `wait`."""
        try:
            self._guard.stdin.close()
        except OSError:     # the guard has ended
            pass

    def wait(self):
        try:
            self._guard.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()

    def _send(self, word):
        try:
            self._guard.stdin.write(word)
            self._guard.stdin.flush()
        except OSError:     # the guard has ended
            pass


class Job:
    """One training.

    Parameters
    ----------
    command : list of str
        Run by every process.
    num_workers, num_servers : int
    machines : list of Here or Ssh
        Servers and workers are dealt out to these in turn; the scheduler runs
        here.
    """

    def __init__(self, command, num_workers, num_servers, machines):
        self.command, self.machines = command, machines
        self.num_workers, self.num_servers = num_workers, num_servers
        self.processes = []

    def run(self):
        """Run the training to its end; return an exit status."""
        # at random: other programs may look for a port from the first on
        ports = random.SystemRandom().sample(_PORTS, len(_PORTS))
        with reserve_port(ports) as holder:
            try:
                self._start(holder.getsockname()[1])
                return self._watch() or self._wait_for_servers()
            finally:
                for process in self.processes:
                    process.end()
                for process in self.processes:
                    process.wait()

    def _start(self, port):
        address = launcher_address(self.machines)
        env = {'DMLC_NUM_WORKER': str(self.num_workers),
               'DMLC_NUM_SERVER': str(self.num_servers),
               'DMLC_PS_ROOT_URI': address, 'DMLC_PS_ROOT_PORT': str(port),
               'PYTHONUNBUFFERED': '1'}
        if all(isinstance(machine, Here) for machine in self.machines):
            env['OMP_NUM_THREADS'] = os.environ.get(
                'OMP_NUM_THREADS', str(max(1, cores() // self.num_workers)))

        def start(role, title, machine):
            self.processes.append(Process(
                role, title, machine, self.command,
                dict(env, DMLC_NODE_HOST=machine.address(address))))

        start('scheduler', f'the scheduler on {address}, port {port}', Here())
        for role, n in (('server', self.num_servers),
                        ('worker', self.num_workers)):
            for i, machine in zip(range(n), itertools.cycle(self.machines)):
                start(role, f'{role} process {i + 1} of {n} on '
                      f'{machine.title}', machine)

    def _watch(self):
        """Return 0 when all workers are done; else report, and a status."""
        status = 0
        interrupted = None      # when
        next_heartbeat = 0
        while True:
            try:
                time.sleep(0.1)
                now = time.monotonic()
                if now >= next_heartbeat:
                    next_heartbeat = now + _HEARTBEAT
                    for process in self.processes:
                        process.heartbeat()
                failed = [process for process in self.processes
                          if process.has_failed()]
                if interrupted:
                    if failed or now > interrupted + _INTERRUPT_PATIENCE:
                        return status
                elif failed:
                    for process in failed:
                        report(f'{process.explain()}; stopping the others')
                    return exit_status(failed[0].returncode())
                if self._have_ended('worker'):
                    return status
            except KeyboardInterrupt:
                status = 128 + signal.SIGINT
                if interrupted:
                    return status
                interrupted = time.monotonic()
                for process in self._with_role('worker'):
                    process.interrupt()

    def _wait_for_servers(self):
        """Wait for the servers to end; return an exit status.

        Servers that were used end after the workers.
        """
        deadline = time.monotonic() + _PATIENCE
        while not self._have_ended('server'):
            if any(process.has_failed() for process in self.processes):
                break
            if time.monotonic() > deadline:
                report('the workers ended without using the servers; make '
                       "the trainer with kvstore='dist_sync'")
                return 1
            time.sleep(0.1)
        failed = [process for process in self.processes
                  if process.has_failed()]
        for process in failed:
            report(process.explain())
        return exit_status(failed[0].returncode()) if failed else 0

    def _with_role(self, role):
        return [process for process in self.processes if process.role == role]

    def _have_ended(self, role):
        return all(process.returncode() is not None
                   for process in self._with_role(role))


def launcher_address(machines):
    """Return the launcher's address as all of the machines can reach it."""
    addresses = [machine.launcher_address() for machine in machines]
    return next(itertools.filterfalse(is_loopback, addresses), addresses[0])
