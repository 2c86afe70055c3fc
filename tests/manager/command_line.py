"""laneway against a lanewayd, as an administrator or a script would call it."""

import json
import os
import subprocess

from lab import watch
from lab.engine import BIN


class Said:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self):
        return json.loads(self.out)


class Laneway:
    def __init__(self, daemon):
        self._daemon = daemon

    def environment(self):
        named = dict(os.environ, LANEWAY_URL=f'unix:{self._daemon.socket}')
        for name in ('LANEWAY_TOKEN', 'LANEWAY_TOKEN_FILE', 'LANEWAY_CA_FILE'):
            named.pop(name, None)
        return named

    def say(self, *words, stdin='', seconds=120):
        """Runs it, whatever comes of it."""
        command = [str(BIN / 'laneway'), *map(str, words)]
        return Said(subprocess.run(command, input=stdin, capture_output=True, text=True, check=False,
                                   timeout=seconds * watch.PATIENCE, env=self.environment()))

    def do(self, *words, stdin=''):
        """Runs it, which has to work; what it printed."""
        said = self.say(*words, stdin=stdin)
        assert said.code == 0, f'laneway {" ".join(map(str, words))}: {said.code}: {said.out}{said.err}'
        return said.out

    def json(self, *words):
        return json.loads(self.do('-o', 'json', *words))

    def refused(self, code, *words, stdin=''):
        """The one sentence that it says."""
        said = self.say(*words, stdin=stdin)
        assert said.code == code, f'{said.code} in place of {code}: {said.out}{said.err}'
        lines = said.err.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith('laneway: '), said.err
        return lines[0]

    def watch(self, *words):
        """Starts it; its lines are read with readline()."""
        return subprocess.Popen([str(BIN / 'laneway'), *map(str, words)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True, env=self.environment())
