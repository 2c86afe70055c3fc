"""laneway: every noun through a real lanewayd, engine and array; refusals in one sentence; files and streams."""

import json
import unittest

import yaml

from command_line import Laneway
from daemon import Daemon
from lab import watch
from lab.engine import BIN, Engine
from lab.keeper import KeptEngine
from lab.libvirt import Libvirt
from lab.target import Target
from lab.terminal import Terminal
from lab.workplace import Workplace
from machine_definitions import definition

MIB = 1 << 20


class LanewayCase(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('cli'))
        self.engine = self.make_engine()
        self.daemon = Daemon(self.workplace, self.engine)
        watch.until(lambda: self.daemon.get('/events')['items'], 'a first look at the engine')
        self.cli = Laneway(self.daemon)

    def make_engine(self):
        return Engine(self.workplace)

    def state(self, noun, name):
        return self.cli.json(noun, 'show', name)['status']['state']


class NounsTest(LanewayCase):
    def test_a_function_on_a_lun_is_made_looked_at_changed_and_deleted(self):
        cli, array = self.cli, Target(self.workplace)
        lun = array.add_lun(64 * MIB)
        self.assertIn(Target.IQN, cli.do('target', 'discover', array.portal))
        made = cli.do('target', 'create', 'array', '--iqn', Target.IQN, '--portal', array.portal)
        self.assertIn('target array is ready', made)
        self.assertIn('64 MiB', made)
        self.assertIn('64 MiB', cli.do('target', 'scan', 'array'))
        cli.do('policy', 'create', 'gold', '--iops-max', '5000')
        made = cli.do('vf', 'create', 'vm1', '--target', 'array', '--lun', lun, '--policy', 'gold', '--queues', '8')
        self.assertIn('vf vm1 is serving', made)
        row = cli.do('vf', 'list').splitlines()[1].split()
        self.assertEqual(row[:2] + row[5:], ['vm1', 'serving', 'vm1', 'gold', 'no', 'no'])
        self.assertIn('/vm1.sock', cli.do('vf', 'list', '-o', 'wide'))
        self.assertIn('queues="8"', cli.do('vf', 'xml', 'vm1').replace("'", '"'))
        self.assertIn('num-queues=8', cli.do('vf', 'qemu-args', 'vm1'))
        self.assertIn('  ~ limits.iops_max: 5000 -> 700', cli.do('policy', 'set', 'gold', '--iops-max', '700'))
        self.assertEqual(self.engine.laneway('group', 'list')['groups'][0]['limits'], {'iops_max': 700})
        cli.do('vf', 'limit', 'vm1', '--bytes-max', '100M')
        self.assertIn('100 MiB/s', cli.do('vf', 'limit', 'vm1'))
        self.assertEqual([path['target'] for path in cli.json('path', 'list', 'vm1')['paths']], ['array'])
        self.assertRegex(cli.do('vf', 'show', 'vm1'), r'Policy: +gold\n')
        self.assertEqual(yaml.safe_load(cli.do('vf', 'show', 'vm1', '-o', 'yaml'))['spec']['queues'], 8)
        self.assertIn("'array'", cli.refused(1, 'target', 'delete', 'array', '--yes'))
        for noun, name in (('vf', 'vm1'), ('volume', 'vm1'), ('policy', 'gold'), ('target', 'array')):
            self.assertIn(f'{noun} {name} is gone', cli.do(noun, 'delete', name, '--yes'))
        self.assertEqual(self.engine.laneway('vf', 'list')['functions'], [])

    def test_what_is_asked_of_the_engine_comes_through(self):
        cli = self.cli
        cli.do('vf', 'create', 'vm1', '--memory', '16M')
        self.assertEqual(cli.json('vf', 'stats', 'vm1')['reads'], 0)
        self.assertEqual(cli.json('vf', 'top', '--once')['functions'][0]['name'], 'vm1')
        self.assertIn('requests', cli.json('vf', 'explain', 'vm1'))
        self.assertIn('Version', cli.do('engine', 'status'))
        self.assertEqual(len(cli.json('reactor', 'list')['reactors']), 1)
        index = cli.json('reactor', 'add')['index']
        cli.do('vf', 'move', 'vm1', '--queue', 'all', '--reactor', index)
        cli.do('reactor', 'remove', index)
        self.assertIn('no reactor 7', cli.refused(1, 'vf', 'move', 'vm1', '--queue', '0', '--reactor', '7'))
        cli.do('vf', 'resize', 'vm1', '32M')
        watch.until(lambda: '32 MiB' in cli.do('vf', 'list'), 'the new size')
        cli.do('vf', 'stop', 'vm1', '--yes')
        self.assertEqual(self.state('vf', 'vm1'), 'stopped')
        cli.do('vf', 'start', 'vm1')
        self.assertEqual(self.state('vf', 'vm1'), 'serving')
        self.assertEqual(cli.say('bench', 'vm1', '--time', '0.2', '--warm-up', '0').code, 0)
        self.assertTrue(cli.json('host', 'list')[0]['status']['engine']['version'])
        cli.do('adapter', 'list')
        asked = [each['operation'] for each in cli.json('audit', 'list')]
        self.assertIn('moveFunction', asked)
        self.assertIn('addReactor', asked)

    def test_what_the_engine_tells_is_among_the_events(self):
        cli = self.cli
        cli.do('vf', 'create', 'vm1', '--memory', '16M', '--iops-max', '50')
        load = cli.watch('bench', 'vm1', '--time', '60', '--depth', '16')
        self.addCleanup(load.stdout.close)
        self.addCleanup(load.wait)
        self.addCleanup(load.kill)
        watch.until(lambda: cli.json('event', 'list', '--filter', 'reason=limit_reached'), 'the limit among the events')
        self.assertRegex(cli.do('event', 'list'), r'warning +function +vm1 ')

    def test_people_and_programs_get_their_accounts(self):
        cli = self.cli
        cli.do('user', 'create', 'anna', '--role', 'operator')
        password = self.workplace.path('password')
        password.write_text('a-password-of-annas\n')
        password.chmod(0o600)
        cli.do('user', 'password', 'anna', '--password-file', password)
        self.assertTrue(cli.json('user', 'show', 'anna')['status']['has_password'])
        password.write_text('short\n')
        self.assertIn('12', cli.refused(1, 'user', 'password', 'anna', '--password-file', password))
        secret = cli.do('token', 'create', 'ci', '--role', 'viewer').strip()
        self.assertTrue(secret.startswith('lw.ci.'))
        self.assertNotIn(secret, cli.do('token', 'list', '-o', 'json'))
        self.assertIn('administrator', cli.do('whoami'))
        self.assertIn('anna', cli.do('audit', 'list'))

    def test_tasks_wait_fail_and_are_cancelled(self):
        cli = self.cli
        refused = cli.refused(1, 'target', 'create', 'gone', '--iqn', Target.IQN, '--portal', 'no.such.host.invalid')
        self.assertIn('check the name', refused)
        self.assertEqual(self.state('target', 'gone'), 'failed')
        self.engine.stop()
        cli.do('vf', 'create', 'vm1', '--memory', '1M', '--wait', '0')
        task = cli.json('task', 'list')[-1]
        self.assertEqual(task['subject'], {'kind': 'function', 'name': 'vm1'})
        said = cli.say('task', 'wait', task['id'], '--time', '1')
        self.assertEqual((said.code, said.err.count('\n')), (4, 1), said.err)
        terminal = Terminal([BIN / 'laneway', 'task', 'wait', task['id'], '--time', '2'], cli.environment())
        self.addCleanup(terminal.close)
        terminal.wait_for('%  create function vm1')
        self.assertEqual(terminal.exit_code(), 4, terminal.shown())
        self.assertIn('cancelled', cli.do('task', 'cancel', task['id']))
        self.engine.start()
        watch.until(lambda: not any(each['name'] == 'vm1' for each in cli.json('vf', 'list')), 'vm1 taken back')


class MachinesTest(unittest.TestCase):
    def test_a_machine_gets_a_function_and_is_switched_on_and_off(self):
        workplace = self.enterContext(Workplace('cli'))
        libvirt = Libvirt(workplace)
        libvirt.start()
        cli = Laneway(Daemon(workplace, Engine(workplace), '--libvirt', libvirt.uri))
        libvirt.define(definition('vm 1'))
        watch.until(lambda: cli.json('vm', 'list'), 'the machine seen')
        cli.do('vf', 'create', 'disk0', '--memory', '1M')
        self.assertIn('vf disk0 is a disk of vm 1', cli.do('vf', 'attach', 'disk0', 'vm 1', '--guest-time', '0'))
        watch.until(lambda: cli.json('vm', 'show', 'vm 1')['spec']['functions'] == ['disk0'], 'its disk')
        self.assertIn('disk0', cli.do('vm', 'list'))
        self.assertIn('  ~ cpus: 1 -> 2', cli.do('vm', 'set', 'vm 1', '--cpus', '2'))
        self.assertIn("'disk0'", cli.refused(1, 'vf', 'delete', 'disk0', '--yes'))
        cli.do('vm', 'start', 'vm 1')
        watch.until(lambda: cli.json('vm', 'show', 'vm 1')['status']['state'] == 'running', 'it running')
        cli.do('vm', 'pause', 'vm 1')
        cli.do('vm', 'resume', 'vm 1')
        self.assertEqual(cli.say('vm', 'force-off', 'vm 1').code, 2)
        self.assertIn('vm vm 1 is off', cli.do('vm', 'force-off', 'vm 1', '--yes'))
        self.assertEqual(cli.say('vf', 'detach', 'disk0', 'vm 1').code, 2)
        self.assertIn('no disk of vm 1', cli.do('vf', 'detach', 'disk0', 'vm 1', '--yes'))
        self.assertIn("'nobody'", cli.refused(1, 'vm', 'start', 'nobody'))
        cli.do('vm', 'create', 'made', '--memory', '64M', '--function', 'disk0', '--network', 'user', '--autostart')
        made = cli.json('vm', 'show', 'made')
        self.assertEqual((made['spec']['functions'], made['spec']['autostart']), (['disk0'], True))
        self.assertEqual(cli.say('vm', 'delete', 'made').code, 2)
        self.assertIn('vm made is gone', cli.do('vm', 'delete', 'made', '--yes'))
        self.assertIn('spec.memory_bytes', cli.refused(1, 'vm', 'create', 'made', '--memory', '1K'))
        words = ('vm', 'create', 'made', '--memory', '64M', '--ssh-key-file', '/no')
        self.assertIn('cannot be read', cli.refused(2, *words))
        self.assertIn("'nobody'", cli.refused(1, 'vf', 'attach', 'disk0', 'nobody'))


class ImagesTest(unittest.TestCase):
    def test_an_image_is_copied_into_a_volume(self):
        workplace = self.enterContext(Workplace('cli'))
        folder = workplace.path('images')
        folder.mkdir()
        (folder / 'system.raw').write_bytes(b'boot' * (MIB // 4))
        cli = Laneway(Daemon(workplace, Engine(workplace), '--images-dir', folder))
        self.assertIn('system.raw', cli.do('image', 'list'))
        disk = workplace.path('root.img')
        cli.do('volume', 'create', 'root', '--file', disk, '--size', '2M')
        self.assertEqual(cli.say('volume', 'import', 'root', 'system.raw').code, 2)
        self.assertIn('volume root holds', cli.do('volume', 'import', 'root', 'system.raw', '--yes'))
        self.assertTrue(disk.read_bytes().startswith(b'bootboot'))
        self.assertIn('none.raw', cli.refused(1, 'volume', 'import', 'root', 'none.raw', '--yes'))


class RefusalsTest(LanewayCase):
    def test_refusals_name_the_field_and_the_remedy(self):
        cli = self.cli
        self.assertIn("'spec.queues'", cli.refused(1, 'vf', 'create', 'a', '--memory', '1M', '--queues', '500'))
        self.assertEqual(cli.json('volume', 'list'), [], 'its volume is not left behind')
        self.assertIn("'name'", cli.refused(1, 'volume', 'create', 'a/b', '--memory', '1M'))
        self.assertIn("'nobody'", cli.refused(1, 'vf', 'create', 'a', '--volume', 'nobody'))
        self.assertIn("'nobody'", cli.refused(1, 'vf', 'show', 'nobody'))
        self.assertIn("'nobody'", cli.refused(1, 'vf', 'delete', 'nobody', '--yes'))
        self.assertIn('1000', cli.refused(1, 'vf', 'create', 'a', '--memory', '1000'))
        cli.do('volume', 'create', 'v', '--memory', '1M')
        self.assertIn("'spec.no_such'", cli.refused(1, 'volume', 'set', 'v', '--set', 'no_such=1'))
        self.assertIn('filter', cli.refused(1, 'vf', 'list', '--filter', 'no=1'))
        self.assertIn('no task', cli.refused(1, 'task', 'show', '0-0'))

    def test_what_cannot_be_taken_back_needs_an_answer(self):
        cli = self.cli
        cli.do('vf', 'create', 'vm1', '--memory', '1M')
        said = cli.say('vf', 'delete', 'vm1')
        self.assertEqual(said.code, 2)
        self.assertIn('--yes', said.err)
        self.assertIn('- vf vm1\n  - ', said.out)
        self.assertEqual(cli.say('vf', 'stop', 'vm1').code, 2)
        cli.do('vf', 'delete', 'vm1', '--dry-run')
        self.assertEqual(self.state('vf', 'vm1'), 'serving')
        for answer, code, left in (('n', 1, 1), ('y', 0, 0)):
            terminal = Terminal([BIN / 'laneway', 'vf', 'delete', 'vm1'], cli.environment())
            self.addCleanup(terminal.close)
            terminal.wait_for('Delete vf vm1? [y/N]')
            terminal.type(answer + '\n')
            self.assertEqual(terminal.exit_code(), code, terminal.shown())
            self.assertEqual(len(cli.json('vf', 'list')), left)

    def test_a_dry_run_changes_nothing(self):
        cli = self.cli
        self.assertIn('  + kind: "memory"', cli.do('volume', 'create', 'v', '--memory', '1M', '--dry-run'))
        self.assertEqual(cli.json('volume', 'list'), [])
        cli.do('vf', 'create', 'vm1', '--null', '1M')
        self.assertIn('  ~ queues: 4 -> 8', cli.do('vf', 'set', 'vm1', '--queues', '8', '--dry-run'))
        self.assertEqual(cli.json('vf', 'show', 'vm1')['spec']['queues'], 4)

    def test_a_lanewayd_that_is_down_is_said(self):
        self.daemon.stop()
        self.assertIn('lanewayd', self.cli.refused(3, 'vf', 'list'))


class FilesTest(LanewayCase):
    def write(self, document):
        path = self.workplace.path('host.yaml')
        path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding='utf-8')
        return path

    def test_a_host_is_declared_exported_and_pruned(self):
        cli, array = self.cli, Target(self.workplace)
        lun = array.add_lun(64 * MIB)
        host = {'targets': {'array': {'iqn': Target.IQN, 'portal': array.portal}},
                'policies': {'gold': {'limits': {'iops_max': 900}}},
                'volumes': {'disk': {'kind': 'lun', 'paths': [{'target': 'array', 'lun': lun}]},
                            'scratch': {'kind': 'memory', 'size_bytes': MIB}},
                'functions': {'vm1': {'volume': 'disk', 'policy': 'gold'}, 'vm2': {'volume': 'scratch'}},
                'users': {'anna': {'role': 'operator'}, 'admin': {'role': 'administrator'}}}
        path = self.write(host)
        self.assertIn('+ vf vm1', cli.do('apply', '-f', path, '--dry-run'))
        self.assertEqual(cli.json('vf', 'list'), [])
        cli.do('apply', '-f', path)
        self.assertEqual([self.state('vf', name) for name in ('vm1', 'vm2')], ['serving', 'serving'])
        self.assertEqual(cli.do('apply', '-f', path), 'Nothing to change.\n')
        exported = cli.do('export')
        self.assertEqual(cli.do('apply', '-f', '-', '--prune', stdin=exported), 'Nothing to change.\n')
        self.assertEqual(yaml.safe_load(exported)['functions'], host['functions'])
        host['functions'] = {'vm1': {'volume': 'disk', 'limits': {'bytes_max': MIB}}}
        del host['volumes']['scratch'], host['users']
        path = self.write(host)
        said = cli.say('apply', '-f', path, '--prune')
        self.assertEqual(said.code, 2, 'nobody can be asked')
        out = cli.do('apply', '-f', path, '--prune', '--yes')
        self.assertIn('- vf vm2\n', out)
        self.assertIn('  ~ policy: "gold" -> ""\n', out)
        self.assertEqual([each['name'] for each in cli.json('volume', 'list')], ['disk'])
        self.assertEqual(len(cli.json('user', 'list')), 2, 'kinds that are not mentioned are left alone')
        self.assertEqual(cli.do('apply', '-f', path, '--prune'), 'Nothing to change.\n')

    def test_a_file_with_a_mistake_changes_nothing(self):
        cli = self.cli
        for text, code, words in (
                ('functions: {vm1: {volume: v, queues: 500}}\nvolumes: {v: {kind: memory, size_bytes: 1048576}}\n', 1,
                 ("vf vm1", "'spec.queues'")),
                ('functions: {vm1: {volume: nobody}}\n', 1, ('vf vm1', "'nobody'")),
                ('volumes: {v: {kind: memory, size_bytes: 1048576}}\n'
                 'functions: {b: {volume: v}, c: {volume: no-one}}\n', 1, ('vf c', "'no-one'")),
                ('funktions: {}\n', 2, ("'funktions'", 'functions')),
                ('volumes: {v: [}\n', 2, ('line 1',))):
            with self.subTest(text):
                sentence = cli.refused(code, 'apply', '-f', self.write(text))
                for word in words:
                    self.assertIn(word, sentence)
                self.assertEqual(cli.json('volume', 'list'), [])
        self.assertIn('cannot be read', cli.refused(2, 'apply', '-f', '/no/such.yaml'))


class StreamsTest(LanewayCase):
    def test_watch_shows_changes_as_they_come_and_survives_a_restart_of_lanewayd(self):
        cli = self.cli
        cli.do('volume', 'create', 'a', '--null', '1M')
        watching = cli.watch('-o', 'json', 'volume', 'list', '--watch')
        self.addCleanup(watching.stdout.close)
        self.addCleanup(watching.wait)
        self.addCleanup(watching.kill)
        self.assertEqual(json.loads(watching.stdout.readline())['document']['name'], 'a')
        cli.do('volume', 'create', 'b', '--null', '1M')
        self.assertEqual(json.loads(watching.stdout.readline())['document']['name'], 'b')
        cli.do('volume', 'delete', 'a', '--yes')
        gone = json.loads(watching.stdout.readline())
        self.assertEqual((gone['change'], gone['document']['name']), ('delete', 'a'))
        self.daemon.stop()
        self.daemon.start()
        listed = json.loads(watching.stdout.readline())
        self.assertEqual((listed['change'], listed['document']['name']), ('list', 'b'))

    def test_a_program_with_a_token_comes_over_https(self):
        self.daemon.stop()
        self.daemon = Daemon(self.workplace, self.engine, '--listen', '127.0.0.1:0', name='remote')
        cli = Laneway(self.daemon)
        token = self.workplace.path('token')
        token.write_text(cli.do('token', 'create', 'ci', '--role', 'viewer'))
        token.chmod(0o600)
        remote = ('--url', f'https://localhost:{self.daemon.https_port()}')
        trusted = (*remote, '--ca-file', self.daemon.state_folder / 'certificate.pem')
        self.assertEqual(cli.json(*trusted, '--token-file', token, 'vf', 'list'), [])
        self.assertIn('ci', cli.do(*trusted, '--token-file', token, 'whoami'))
        said = cli.refused(1, *trusted, '--token-file', token, 'volume', 'create', 'v', '--null', '1M')
        self.assertIn('operator', said)
        self.assertIn('token', cli.refused(1, *trusted, 'vf', 'list'))
        self.assertIn('certificate', cli.refused(3, *remote, '--token-file', token, 'vf', 'list'))


class ShellsTest(LanewayCase):
    def test_completion_offers_live_names(self):
        cli = self.cli
        cli.do('vf', 'create', 'lane7', '--memory', '1M')

        def offered(*words):
            return [line.split('\t')[0] for line in cli.do('__complete', *words).splitlines()]
        self.assertEqual(offered('vf', 'show', 'la'), ['lane7'])
        self.assertEqual(offered('vf', 'create', 'x', '--volume', ''), ['lane7'])
        self.assertEqual(offered('user', 'set', ''), ['admin'])
        self.assertEqual(offered('vf', 'set', 'lane7', '--cache', 'writeb'), ['writeback'])
        self.assertIn('--no-read-only', cli.do('vf', 'set', '--help'))
        self.assertIn('volume', offered('v'))

    def test_doctor_says_what_is_broken_and_what_to_do(self):
        cli, array = self.cli, Target(self.workplace)
        array.add_lun(MIB)
        cli.do('target', 'create', 'array', '--iqn', Target.IQN, '--portal', array.portal)
        self.daemon.state_folder.chmod(0o700)
        folders = ('--run-dir', self.daemon.run_folder, '--state-dir', self.daemon.state_folder)
        (self.daemon.run_folder / 'engine.sock').symlink_to(self.engine.socket)

        def broken():
            said = cli.say('-o', 'json', 'doctor', *folders)
            found = [each for each in said.json()['findings'] if each['verdict'] == 'broken']
            self.assertEqual([each for each in found if not each['text'] or not each['remedy']], [])
            self.assertEqual(said.code, 1 if found else 0)
            return {each['subject'] for each in found}
        usual = broken()
        self.assertFalse({each for each in usual if 'portal' in each or 'engine' in each or 'state' in each}, usual)
        array.stop()
        (self.daemon.state_folder / 'key.pem').touch()
        (self.daemon.state_folder / 'key.pem').chmod(0o644)
        now = broken()
        self.assertIn('secrets', now)
        self.assertTrue(any(each.startswith('portal ') for each in now), now)
        self.assertIn('-> ', cli.say('doctor', *folders).out)


class UpgradeTest(LanewayCase):
    def make_engine(self):
        return KeptEngine(self.workplace)

    def test_an_upgrade_through_lanewayd_goes_on_with_the_other_engine(self):
        cli = self.cli
        cli.do('vf', 'create', 'vm1', '--memory', '1M')
        before = cli.json('engine', 'status')['pid']
        self.assertEqual(cli.say('engine', 'upgrade', BIN / 'laneway-engine').code, 2)
        self.assertIn('follows', cli.do('engine', 'upgrade', BIN / 'laneway-engine', '--yes'))
        self.assertNotEqual(cli.json('engine', 'status')['pid'], before)
        self.assertIn('/no/such', cli.refused(1, 'engine', 'upgrade', '/no/such', '--yes'))
