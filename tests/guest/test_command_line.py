"""The command line against a running engine: bad input gets one sentence, and nothing half-created stays."""

import os
import signal

from lab.case import LabCase
from lab.engine import BIN, Engine, Refused
from lab.target import Target
from lab.terminal import Terminal

MIB = 1 << 20


class CommandLineTest(LabCase):
    def setUp(self):
        super().setUp()
        self.engine = Engine(self.place)

    def refuse(self, code, *words):
        """The one line that the command says when it is refused with this exit code."""
        with self.assertRaises(Refused) as refused:
            self.engine.laneway(*words)
        self.assertEqual(refused.exception.code, code, refused.exception.output)
        lines = refused.exception.output.strip().splitlines()
        self.assertTrue(lines and len(lines[0]) > 20, f'too few words: {lines}')
        if code == 1:
            self.assertEqual(len(lines), 1, f'more than one line: {lines}')
        return lines[0]

    def function_names(self):
        return str(self.engine.laneway('vf', 'list'))

    def test_functions_are_created_listed_shown_and_deleted(self):
        socket = self.engine.create('lane', '--memory', '64M')
        self.assertTrue(socket.exists())
        self.assertIn('lane', self.function_names())
        self.assertIn(str(64 * MIB), str(self.engine.laneway('vf', 'show', 'lane')))
        self.engine.laneway('vf', 'stats', 'lane')
        self.engine.laneway('vf', 'delete', 'lane')
        self.assertNotIn('lane', self.function_names())
        self.assertFalse(socket.exists())

    def test_functions_survive_a_restart_of_the_engine(self):
        self.engine.create('lane', '--file', self.place.path('disk.img'), '--size', '64M', '--read-only')
        before = self.engine.laneway('vf', 'show', 'lane')
        self.engine.stop()
        self.engine.start()
        after = self.engine.laneway('vf', 'show', 'lane')
        for key in ('name', 'capacity_bytes', 'read_only', 'serial', 'socket'):
            if key in before:
                self.assertEqual(before[key], after[key], key)

    def test_bad_functions_are_refused(self):
        self.engine.create('taken', '--memory', '64M')
        unreadable = self.place.path('unreadable.img')
        taken_socket = self.place.path('taken.sock')
        taken_socket.write_text('a file of somebody else', encoding='utf-8')
        refusals = {
            'name taken': ('taken', '--memory', '64M'),
            'malformed name': ('bad/name', '--memory', '64M'),
            'odd size': ('new', '--memory', '1000'),
            'no such file': ('new', '--file', unreadable),
            'unknown target': ('new', '--target', 'nobody', '--lun', '1'),
            'long socket path': ('new', '--memory', '64M', '--socket', '/tmp/' + 'x' * 120),
            'socket path exists': ('new', '--memory', '64M', '--socket', taken_socket),
        }
        for why, words in refusals.items():
            with self.subTest(why):
                with self.assertRaises(Refused) as refused:
                    self.engine.laneway('vf', 'create', *words)
                self.assertIn(refused.exception.code, (1, 2), refused.exception.output)
                self.assertNotIn("'new'", self.function_names())
        self.assertFalse(unreadable.exists())
        self.assertEqual(taken_socket.read_text(encoding='utf-8'), 'a file of somebody else')

    def test_unreachable_targets_and_absent_luns_are_refused(self):
        array = Target(self.place)
        lun = array.add_lun(64 * MIB)
        self.engine.laneway('target', 'login', array.IQN, '--portal', array.portal, '--name', 'array')
        self.refuse(1, 'vf', 'create', 'new', '--target', 'array', '--lun', lun + 7)
        self.engine.create('first', '--target', 'array', '--lun', lun)
        self.refuse(1, 'vf', 'create', 'second', '--target', 'array', '--lun', lun)
        nobody = 'iqn.2026-11.io.laneway.lab:nobody'
        self.refuse(1, 'target', 'login', nobody, '--portal', array.portal, '--name', 'other')
        self.refuse(1, 'target', 'logout', 'array')
        self.engine.laneway('vf', 'delete', 'first')
        self.engine.laneway('target', 'logout', 'array')
        array.stop()
        self.refuse(1, 'target', 'discover', array.portal)
        self.assertNotIn('new', self.function_names())

    def ask_for_secret(self, array):
        """`target login --chap-prompt` on a terminal, up to its question."""
        terminal = Terminal([BIN / 'laneway-enginectl', '--socket', self.engine.socket, 'target', 'login', array.IQN,
                             '--portal', array.portal, '--name', 'array', '--chap-user', 'somebody', '--chap-prompt'])
        self.addCleanup(terminal.close)
        terminal.wait_for('CHAP secret for somebody: ')
        self.assertFalse(terminal.echoes())
        return terminal

    def test_a_secret_typed_on_the_terminal_is_not_shown(self):
        array = Target(self.place)
        array.require_chap('somebody', 'typed-secret-of-mine')
        terminal = self.ask_for_secret(array)
        terminal.type('typed-secret-of-mine\n')
        self.assertEqual(terminal.exit_code(), 0, terminal.shown())
        self.assertNotIn('typed-secret', terminal.shown())
        self.assertTrue(terminal.echoes())
        self.assertIn('array', str(self.engine.laneway('target', 'list')))

    def test_ctrl_c_at_the_question_for_a_secret_gives_the_terminal_its_echo_back(self):
        array = Target(self.place)
        terminal = self.ask_for_secret(array)
        terminal.type('\x03')
        self.assertEqual(terminal.exit_code(), -signal.SIGINT, terminal.shown())
        self.assertTrue(terminal.echoes())
        self.assertNotIn('array', str(self.engine.laneway('target', 'list')))

    def test_exit_codes_for_bad_usage_and_an_absent_engine(self):
        self.refuse(2, 'vf', 'create')
        self.refuse(2, 'no-such-command')
        self.engine.stop()
        self.refuse(3, 'engine', 'status')

    def test_the_state_file_is_private(self):
        self.engine.create('lane', '--memory', '64M')
        mode = os.stat(self.engine.state_folder / 'engine.json').st_mode & 0o777
        self.assertEqual(mode & 0o077, 0, oct(mode))
