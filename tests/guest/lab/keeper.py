"""laneway-keeper with its engine in a workplace: the engine comes and goes, the keeper can, too."""

import os
import signal
from collections import Counter

from . import watch
from .engine import BIN, Engine, Refused
from .process import links_of


def _children(pid):
    try:
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


def _is_running(pid):
    """Also of a process that is not ours to wait for; one that has ended and was not waited for does not run."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as stat:
            return stat.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


class KeptEngine(Engine):
    """An Engine whose `process` is its keeper. kill_engine() and kill_keeper() kill that one alone."""

    def __init__(self, workplace, *options, **names):
        self._engine_pid = self._killed_pid = 0
        super().__init__(workplace, *options, **names)

    def command(self):
        engine = super().command()
        return [BIN / 'laneway-keeper', '--run-dir', self.run_folder, '--', *engine]

    @property
    def program(self):
        return self._program

    def start(self):
        """Starts the keeper, which starts an engine or takes care of the one that is there."""
        super().start()
        self._engine_pid = self.engine_pid()

    def engine_pid(self):
        """The engine that serves now or is about to; None for a moment after one died."""
        children = [pid for pid in _children(self.process.pid) if _is_running(pid)]
        if children:
            return children[0]
        return self._engine_pid if _is_running(self._engine_pid) else None

    def kill_engine(self):
        """Its process id; None where there is none, or no keeper that would start another."""
        if not self.process.is_running():
            return None
        pid = self.engine_pid()
        if pid == self._killed_pid:
            return None
        try:
            handle = os.pidfd_open(pid) if pid else None
        except ProcessLookupError:
            handle = None
        if handle is None:
            return None
        try:
            if self.engine_pid() != pid:  # it ended, and the number may be somebody else's by now
                return None
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
        self._killed_pid = pid
        return pid

    def kill_keeper(self):
        """The engine goes on alone; its process group is stopped with the workplace."""
        self._engine_pid = self.engine_pid()
        self.process.kill_alone()

    def held(self):
        """What the keeper has descriptors of, with counts: sockets, files in memory, eventfds."""
        return Counter(link for link in links_of(self.process.pid)
                       if link in ('socket', 'pipe', 'anon_inode') or link.startswith('/memfd:'))

    def answers(self):
        try:
            self.laneway('engine', 'status')
            return True
        except Refused:
            return False

    def wait_engine(self, seconds=60):
        """Until it answers and its keeper holds everything."""
        watch.until(lambda: self.answers() and self.laneway('engine', 'status')['keeper'] == 'complete',
                    'the engine answering and kept', seconds)
