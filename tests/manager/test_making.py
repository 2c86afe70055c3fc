"""Machines made and deleted through lanewayd, with what their guest is told at its first start."""

import json
import unittest

from daemon import Daemon
from lab import watch
from lab.engine import Engine
from lab.libvirt import Libvirt
from lab.workplace import Workplace
from machine_guest import MachineGuest

MIB = 1 << 20


class MakingTest(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('making'))
        self.libvirt = Libvirt(self.workplace).start()
        self.daemon = Daemon(self.workplace, Engine(self.workplace), '--libvirt', self.libvirt.uri)
        watch.until(lambda: self.daemon.get('/hosts')['items'][0]['status']['libvirt']['state'] == 'running', 'libvirt')

    def make(self, name, spec, wait=60, **more):
        return self.daemon.ask('POST', f'/machines?wait={wait}', {'name': name, 'spec': spec, **more})

    def make_function(self, name):
        self.daemon.make('volumes', name, {'kind': 'memory', 'size_bytes': 8 * MIB})
        self.daemon.make('functions', name, {'volume': name})

    def test_a_machine_is_made_started_and_deleted(self):
        for name in ('root', 'more'):
            self.make_function(name)
        key = 'ssh-ed25519 AAAA anna'
        spec = {'cpus': 2, 'memory_bytes': 256 * MIB, 'functions': ['root', 'more'], 'autostart': True,
                'network': {'kind': 'user'}}
        got = self.make('vm', spec, cloud_init={'user': 'anna', 'ssh_keys': [key], 'hostname': 'web'})
        self.assertEqual(got.status, 201, got.body)
        self.assertEqual(got.body['spec'], {'cpus': 2, 'memory_bytes': 256 * MIB, 'shared_memory': True,
                                            'autostart': True, 'functions': ['root', 'more']})
        self.assertTrue(got.body['status']['has_screen'] and got.body['status']['has_serial'])
        self.assertEqual(self.make('vm', spec).status, 409)
        guest = MachineGuest.of_definition(self.workplace, self.libvirt, 'vm')
        got = self.daemon.ask('POST', '/machines/vm/power?wait=60', {'action': 'start'})
        self.assertEqual(got.status, 200, got.body)
        guest.connect()
        for name in ('root', 'more'):
            guest.wait_disk(name)
        # As cloud-init does: a disk with that label, and its files.
        labelled = guest.must_run('for d in /dev/vd?; do dd if=$d bs=1 skip=32808 count=6 2>/dev/null | '
                                  'grep -q cidata && echo $d; done; true').strip()
        guest.must_run(f'mkdir -p /seed && mount -t iso9660 -o ro {labelled} /seed')
        text = guest.must_run('cat /seed/user-data')
        self.assertTrue(text.startswith('#cloud-config\n'))
        config = json.loads(text.split('\n', 1)[1])
        self.assertEqual(config['users'][0]['ssh_authorized_keys'], [key])
        self.assertEqual(config['hostname'], 'web')
        self.assertIn('instance-id', guest.must_run('cat /seed/meta-data'))
        self.assertEqual(self.daemon.ask('DELETE', '/machines/vm?wait=60').status, 409)
        self.assertEqual(self.daemon.ask('DELETE', '/machines/vm?wait=60&force=true').status, 204)
        self.assertEqual(self.daemon.ask('DELETE', '/machines/vm?wait=60').status, 204)
        self.assertNotIn('vm', self.libvirt.virsh('list', '--all', '--name').split())
        self.assertEqual(list(self.workplace.folder.glob('*-machines/*')), [])
        for name in ('root', 'more'):
            watch.until(lambda name=name: not self.daemon.status('functions', name)['attached'], 'QEMU gone')
            self.daemon.delete('functions', name)

    def test_options_of_memory_and_what_does_not_fit(self):
        got = self.make('large', {'memory_bytes': 8 << 40})
        self.assertEqual(got.status, 409)
        self.assertIn('does not fit: it has 8388608 MiB', got.body['detail'])
        got = self.make('nowhere', {'memory_bytes': 64 * MIB, 'numa_node': 1000})
        self.assertIn('no NUMA node 1000', got.body['detail'])
        got = self.make('tuned', {'memory_bytes': 64 * MIB, 'huge_pages': True, 'numa_node': 0})
        self.assertEqual(got.status, 201, got.body)
        self.assertTrue(got.body['spec']['shared_memory'])
        definition = self.libvirt.virsh('dumpxml', 'tuned')
        self.assertIn("nodeset='0'", definition)
        # As long as the host has no pool of huge pages, that is said when it starts.
        got = self.daemon.ask('POST', '/machines/tuned/power?wait=60', {'action': 'start'})
        self.assertEqual(got.status, 409, got.body)
        self.assertIn("'tuned' was not started", got.body['detail'])
        room = self.daemon.get('/hosts')['items'][0]['status']['machines']
        self.assertGreater(room['memory_max_bytes'], 0)
