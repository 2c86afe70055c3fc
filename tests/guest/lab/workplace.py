"""A scratch folder and everything that was started in it; leaving it stops all, newest first."""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from .process import Process

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / '.cache'


def turn_signals_into_exceptions():
    """So that a kill of the lab, too, runs the orderly end."""
    def interrupt(number, _frame):
        raise KeyboardInterrupt(signal.Signals(number).name)
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)


class Workplace:
    def __init__(self, name='lab', keep_logs_in=None):
        self._name = name
        self._keep_logs_in = Path(keep_logs_in) if keep_logs_in else None
        self._ends = []
        self.folder = None

    def __enter__(self):
        # Short paths: a unix socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix='laneway-', dir=os.environ.get('TMPDIR', '/tmp')))
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and self._keep_logs_in:
            self._keep_logs()
        self.close()

    def start(self, name, command, **options):
        """Starts a program with a log NAME.log; it is stopped when the workplace closes."""
        process = Process(name, command, self.folder / f'{name}.log', **options)
        self.at_end(process.stop)
        return process

    def at_end(self, action):
        self._ends.append(action)

    def path(self, name):
        return self.folder / name

    def close(self):
        # A second Ctrl-C must not leave anything behind.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            while self._ends:
                try:
                    self._ends.pop()()
                except Exception as error:  # the rest must still be stopped
                    print(f'lab: while stopping: {error}', file=sys.stderr)
            shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            signal.signal(signal.SIGINT, before)

    def _keep_logs(self):
        self._keep_logs_in.mkdir(parents=True, exist_ok=True)
        for log in self.folder.glob('*.log'):
            shutil.copy(log, self._keep_logs_in / f'{self._name}-{log.name}')
        print(f'lab: logs kept in {self._keep_logs_in}/{self._name}-*.log', file=sys.stderr)
