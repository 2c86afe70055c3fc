"""The completion scripts, loaded into the real shells."""

import os
import shutil

from lab import watch
from lab.case import LabCase
from lab.engine import BIN, Engine
from lab.process import must_run
from lab.terminal import Terminal


class CompletionTest(LabCase):
    def setUp(self):
        super().setUp()
        self.environment = dict(os.environ, PATH=f'{BIN}:{os.environ["PATH"]}', HOME=str(self.place.folder),
                                XDG_CONFIG_HOME=str(self.place.folder), XDG_DATA_HOME=str(self.place.folder))

    def ask(self, *command):
        return must_run(command, env=self.environment).split()

    def test_bash_offers_the_command(self):
        for program, function in (('laneway', '_laneway'), ('laneway-enginectl', '_laneway_enginectl')):
            with self.subTest(program):
                ask = (f'source <({program} completion bash); COMP_WORDS=({program} vf lis) COMP_CWORD=2; {function}; '
                       'echo "${COMPREPLY[@]}"')
                self.assertEqual(self.ask('bash', '-c', ask), ['list'])

    def test_fish_offers_commands_options_and_names(self):
        def offers(line):
            ask = f'laneway-enginectl completion fish | source; complete -C "{line}"'
            return self.ask('fish', '--no-config', '-c', ask)
        self.assertIn('vf', offers('laneway-enginectl v'))
        self.assertIn('--target', offers('laneway-enginectl vf create lane --ta'))
        engine = Engine(self.place)
        engine.create('lane7', '--memory', '16M')
        self.assertIn('lane7', offers(f'laneway-enginectl --socket {engine.socket} vf show la'))

    def test_zsh_completes_the_command_as_it_is_typed(self):
        script = self.place.path('_laneway_enginectl')
        script.write_text(must_run([BIN / 'laneway-enginectl', 'completion', 'zsh']), encoding='utf-8')
        ways = {'sourced': f'autoload -U compinit; compinit -D -u; . {script}',
                'found on fpath': f'fpath=({self.place.folder} $fpath); autoload -U compinit; compinit -D -u'}
        for name, load in ways.items():
            with self.subTest(name):
                terminal = Terminal([shutil.which('zsh') or 'zsh', '-f', '-i'], dict(self.environment, TERM='dumb'))
                self.addCleanup(terminal.close)
                terminal.type(f'PS1="ready> "; {load}; echo load""ed\n')
                terminal.wait_for('loaded')
                terminal.type('laneway-enginectl v\t')
                watch.until(lambda: 'laneway-enginectl vf' in terminal.shown_now(), 'zsh completing it', 20, 0.2)
