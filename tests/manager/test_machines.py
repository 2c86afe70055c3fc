"""lanewayd and a real libvirtd: machines that others made are seen as they are, whatever libvirt does."""

import signal
import unittest

from daemon import Daemon
from lab import watch
from lab.engine import Engine
from lab.libvirt import Libvirt
from lab.workplace import Workplace
from machine_definitions import definition, disk

MIB = 1 << 20


class MachinesCase(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('machines'))
        self.engine = Engine(self.workplace)
        self.libvirt = Libvirt(self.workplace)

    def start_daemon(self):
        self.daemon = Daemon(self.workplace, self.engine, '--libvirt', self.libvirt.uri)
        return self.daemon

    def libvirt_part(self):
        return self.daemon.get('/hosts')['items'][0]['status']['libvirt']

    def until_libvirt(self, state):
        watch.until(lambda: self.libvirt_part()['state'] == state, f'libvirt {state}')

    def machine(self, name):
        return self.daemon.get(f'/machines/{name}')


class SeenTest(MachinesCase):
    def test_machines_of_others_are_seen_with_their_functions_and_followed(self):
        self.libvirt.start()
        daemon = self.start_daemon()
        self.until_libvirt('running')
        self.assertEqual(daemon.get('/machines')['items'], [])
        daemon.make('volumes', 'm', {'kind': 'memory', 'size_bytes': MIB})
        daemon.make('functions', 'vm1-disk0', {'volume': 'm'})
        path = daemon.status('functions', 'vm1-disk0')['socket_path']
        self.libvirt.define(definition('vm 1', devices=disk(path)))
        self.libvirt.define(definition('plain', shared=False))
        daemon.until_state('machines', 'vm%201', 'stopped')
        seen = self.machine('vm%201')
        self.assertEqual(seen['spec'], {'cpus': 1, 'memory_bytes': 64 * MIB, 'shared_memory': True,
                                        'autostart': False, 'functions': ['vm1-disk0']})
        self.assertEqual(seen['status']['accelerator'], 'tcg')
        self.assertTrue(seen['status']['has_serial'])
        watch.until(lambda: not self.machine('plain')['spec']['shared_memory'], 'the one without shared memory')
        self.libvirt.virsh('start', 'vm 1', '--paused')
        daemon.until_state('machines', 'vm%201', 'paused')
        self.libvirt.virsh('resume', 'vm 1')
        daemon.until_state('machines', 'vm%201', 'running')
        shown = self.machine('vm%201')['status']['disks']
        self.assertEqual(shown, [{'target': 'vda', 'bus': 'virtio', 'kind': 'vhostuser', 'source': path,
                                  'function': 'vm1-disk0', 'live': True, 'stored': True}])
        watch.until(lambda: daemon.status('functions', 'vm1-disk0')['attached'], 'QEMU at the function')
        host = daemon.get('/hosts')['items'][0]['status']
        self.assertIn('QEMU', host['libvirt']['version'])
        watch.until(lambda: daemon.get('/hosts')['items'][0]['status']['machines']['running'] == 1, 'the total')
        got = daemon.ask('DELETE', '/functions/vm1-disk0')
        self.assertEqual(got.status, 409)
        self.assertIn('disk of machine vm 1; detach it first', got.body['detail'])
        self.libvirt.virsh('destroy', 'vm 1')
        daemon.until_state('machines', 'vm%201', 'stopped')
        self.assertEqual(daemon.ask('DELETE', '/functions/vm1-disk0').status, 409)
        self.libvirt.virsh('undefine', 'vm 1')
        watch.until(lambda: daemon.ask('GET', '/machines/vm%201').status == 404, 'the machine gone')
        reasons = {event['reason'] for event in daemon.get('/events')['items']}
        self.assertLessEqual({'libvirt_up', 'machine_paused', 'machine_running', 'machine_stopped', 'machine_gone'},
                             reasons)
        daemon.delete('functions', 'vm1-disk0')


class LibvirtAwayTest(MachinesCase):
    def test_a_libvirt_that_is_away_is_said_and_found_again(self):
        daemon = self.start_daemon()
        self.until_libvirt('unreachable')
        watch.until(lambda: 'systemctl start libvirtd' in self.libvirt_part()['reason'], 'what to do about it')
        self.libvirt.start()
        self.libvirt.define(definition('vm1'))
        watch.until(lambda: daemon.ask('GET', '/machines/vm1').status == 200, 'the machine')
        self.libvirt.virsh('start', 'vm1', '--paused')
        daemon.until_state('machines', 'vm1', 'paused')
        self.libvirt.stop()
        daemon.until_state('machines', 'vm1', 'unknown')
        self.assertEqual(self.machine('vm1')['spec']['memory_bytes'], 64 * MIB)
        self.libvirt.start()
        daemon.until_state('machines', 'vm1', 'paused')

    def test_a_libvirt_that_hangs_holds_up_nothing_else(self):
        self.libvirt.start()
        self.libvirt.define(definition('vm1'))
        daemon = self.start_daemon()
        daemon.until_state('machines', 'vm1', 'stopped')
        self.libvirt.freeze()
        watch.until(lambda: self.machine('vm1')['status']['state'] == 'unknown', 'the hang seen')
        self.assertIn('does not answer', self.machine('vm1')['status']['reason'])
        daemon.make('volumes', 'm', {'kind': 'memory', 'size_bytes': MIB})
        daemon.make('functions', 'f', {'volume': 'm'})
        self.assertEqual(len(daemon.get('/machines')['items']), 1)
        self.libvirt.thaw()
        daemon.until_state('machines', 'vm1', 'stopped')
        # lanewayd ends in order, though a question is never answered.
        self.libvirt.freeze()
        daemon.process.stop(signal.SIGTERM, 30)
        self.assertEqual(daemon.process.exit_code(), 0)
        self.libvirt.thaw()
