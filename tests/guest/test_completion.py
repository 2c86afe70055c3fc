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
        ask = 'source <(laneway completion bash); COMP_WORDS=(laneway v) COMP_CWORD=1; _laneway; echo "${COMPREPLY[@]}"'
        self.assertEqual(self.ask('bash', '-c', ask), ['vf'])

    def test_fish_offers_commands_options_and_names(self):
        def offers(line):
            ask = f'laneway completion fish | source; complete -C "{line}"'
            return self.ask('fish', '--no-config', '-c', ask)
        self.assertIn('vf', offers('laneway v'))
        self.assertIn('--target', offers('laneway vf create lane --ta'))
        engine = Engine(self.place)
        engine.create('lane7', '--memory', '16M')
        self.assertIn('lane7', offers(f'laneway --socket {engine.socket} vf show la'))

    def test_zsh_completes_the_command_as_it_is_typed(self):
        script = self.place.path('_laneway')
        script.write_text(must_run([BIN / 'laneway', 'completion', 'zsh']), encoding='utf-8')
        ways = {'sourced': f'autoload -U compinit; compinit -D -u; . {script}',
                'found on fpath': f'fpath=({self.place.folder} $fpath); autoload -U compinit; compinit -D -u'}
        for name, load in ways.items():
            with self.subTest(name):
                terminal = Terminal([shutil.which('zsh') or 'zsh', '-f', '-i'], dict(self.environment, TERM='dumb'))
                self.addCleanup(terminal.close)
                terminal.type(f'PS1="ready> "; {load}; echo load""ed\n')
                terminal.wait_for('loaded')
                terminal.type('laneway v\t')
                watch.until(lambda: 'laneway vf' in terminal.shown_now(), 'zsh completing "laneway v"', 20, 0.2)
