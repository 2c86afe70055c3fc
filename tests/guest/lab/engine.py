"""laneway-engine in a workplace, driven by laneway-enginectl, without a lanewayd."""

import json
import os
import signal
import subprocess

from . import watch
from .workplace import ROOT

BIN = ROOT / 'build' / os.environ.get('LANEWAY_PRESET', 'release') / 'bin'


class Refused(AssertionError):
    """The command line said no; `code` is its exit code."""

    def __init__(self, words, code, output):
        super().__init__(f'laneway-enginectl {" ".join(words)}: exit code {code}: {output.strip()}')
        self.code = code
        self.output = output


class Engine:
    def __init__(self, workplace, *options, name='engine', program='laneway-engine', environment=None):
        self._workplace = workplace
        self._program = BIN / program
        self._environment = environment
        self._name = name
        self._options = options
        self._starts = 0
        self.run_folder = workplace.path(f'{name}-run')
        self.state_folder = workplace.path(f'{name}-state')
        self.run_folder.mkdir()
        self.state_folder.mkdir()
        self.socket = self.run_folder / 'engine.sock'
        self.process = None
        self.start()

    def command(self):
        return [self._program, '--state-dir', self.state_folder, '--run-dir', self.run_folder, *self._options]

    def start(self):
        self._starts += 1
        self.process = self._workplace.start(f'{self._name}-{self._starts}', self.command(), env=self._environment)
        watch.until(self.answers, 'laneway-engine answering')

    def stop(self):
        self.process.stop(signal.SIGTERM, 20)

    def laneway(self, *words, seconds=60):
        """Runs a command of laneway-enginectl; returns the decoded JSON answer, or raises Refused."""
        words = [str(word) for word in words]
        done = subprocess.run([str(BIN / 'laneway-enginectl'), '--socket', str(self.socket), '-o', 'json', *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=seconds * watch.PATIENCE)
        if done.returncode != 0:
            raise Refused(words, done.returncode, done.stdout + done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def create(self, name, *words):
        """Creates a function and returns the path of its socket."""
        self.laneway('vf', 'create', name, '--serial', name, *words)
        return self.function_socket(name)

    def function_socket(self, name):
        return self.run_folder / 'vf' / f'{name}.sock'

    def answers(self):
        if not self.process.is_running():
            raise RuntimeError(f'laneway-engine ended: {self.process.log_tail()}')
        try:
            self.laneway('engine', 'status')
            return True
        except Refused:
            return False
