"""Functions as disks of a real machine: libvirt, QEMU (emulating) and Linux, through lanewayd's API."""

import unittest

from daemon import Daemon
from lab import watch
from lab.engine import Engine
from lab.libvirt import Libvirt
from lab.workplace import Workplace
from machine_definitions import definition
from machine_guest import MachineGuest

MIB = 1 << 20


class MachineDisksTest(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('disks'))
        self.engine = Engine(self.workplace)
        self.libvirt = Libvirt(self.workplace).start()
        self.daemon = Daemon(self.workplace, self.engine, '--libvirt', self.libvirt.uri)

    def make_function(self, name):
        self.daemon.make('volumes', name, {'kind': 'memory', 'size_bytes': 8 * MIB})
        self.daemon.make('functions', name, {'volume': name})

    def ask(self, method, path, body=None, wait=60):
        return self.daemon.ask(method, f'/machines/{path}?wait={wait}', body)

    def power(self, name, action, guest_s=60):
        return self.ask('POST', f'{name}/power', {'action': action, 'guest_s': guest_s})

    def log_of(self, got):
        task = self.daemon.ask('GET', got.headers['location'].removeprefix('/api/v1')).body
        return ' '.join(line['text'] for line in task['log'])

    def set_memory(self, size):
        got = self.daemon.ask('PATCH', '/machines/vm', {'spec': {'memory_now_bytes': size}}, {'If-Match': '*'})
        self.assertEqual(got.status, 200, got.body)
        watch.until(lambda: self.daemon.status('machines', 'vm')['memory_now_bytes'] == size, 'the balloon there')

    def balloon_under_load(self, guest, disk):
        """Half of the guest's memory is taken and given back while it writes and compares what it reads."""
        whole = self.daemon.status('machines', 'vm')['memory_now_bytes']
        guest.must_run(f"""head -c 2097152 /dev/urandom >/tmp/pattern; rm -f /tmp/stop /tmp/rounds
            (while [ ! -e /tmp/stop ]; do
               dd if=/tmp/pattern of={disk} bs=65536 oflag=direct conv=notrunc 2>/dev/null
               dd if={disk} bs=65536 count=32 iflag=direct 2>/dev/null | cmp - /tmp/pattern ||
                 echo differs >>/tmp/rounds
               echo round >>/tmp/rounds
             done; touch /tmp/stopped) >/dev/null 2>&1 &""")
        for size in (whole // 2, whole, whole // 2, whole):
            self.set_memory(size)
            before = int(guest.must_run('wc -l </tmp/rounds'))
            guest.must_run(f'while [ "$(wc -l </tmp/rounds)" -lt {before + 2} ]; do sleep 0.1; done')
        guest.must_run('touch /tmp/stop; while [ ! -e /tmp/stopped ]; do sleep 0.1; done')
        self.assertNotIn('differs', guest.must_run('cat /tmp/rounds'))

    def test_a_function_comes_to_a_running_guest_and_goes(self):
        guest = MachineGuest(self.workplace, self.libvirt, 'vm')
        self.make_function('cold')
        self.make_function('hot')
        self.daemon.until_state('machines', 'vm', 'stopped')
        # While it is off: there at its next start.
        got = self.ask('PUT', 'vm/functions/cold')
        self.assertEqual(got.status, 200, got.body)
        self.assertEqual(got.body['spec']['functions'], ['cold'])
        got = self.power('vm', 'start')
        self.assertEqual(got.status, 200, got.body)
        watch.until(lambda: self.daemon.status('functions', 'cold')['attached'], 'QEMU at the function')
        guest.connect()
        cold = guest.wait_disk('cold')
        guest.must_run(f'echo of-cold | dd of={cold} conv=fsync 2>/dev/null')
        # While it runs.
        got = self.ask('PUT', 'vm/functions/hot')
        self.assertEqual(got.status, 200, got.body)
        self.assertIn("The guest's first request came", self.log_of(got))
        hot = guest.wait_disk('hot')
        self.assertEqual(guest.disk_bytes(hot), 8 * MIB)
        guest.must_run(f'echo of-hot | dd of={hot} conv=fsync 2>/dev/null')
        self.assertIn('of-hot', guest.must_run(f'dd if={hot} bs=4096 count=1 iflag=direct 2>/dev/null'))
        self.assertIn('of-cold', guest.must_run(f'dd if={cold} bs=4096 count=1 iflag=direct 2>/dev/null'))
        self.assertGreater(self.daemon.get('/functions/hot/stats')['writes'], 0)
        self.balloon_under_load(guest, hot)
        self.assertEqual(self.daemon.ask('DELETE', '/functions/hot').status, 409)
        got = self.ask('DELETE', 'vm/functions/hot')
        self.assertEqual(got.status, 200, got.body)
        self.assertEqual(got.body['spec']['functions'], ['cold'])
        guest.wait_no_disk('hot')
        watch.until(lambda: not self.daemon.status('functions', 'hot')['attached'], 'QEMU gone from the function')
        self.daemon.delete('functions', 'hot')
        # This guest hears no power button.
        got = self.power('vm', 'stop', guest_s=1)
        self.assertEqual(got.status, 409)
        self.assertIn('force it off', got.body['detail'])
        self.assertEqual(self.power('vm', 'force_off').body['status']['state'], 'stopped')

    def test_what_is_missing_is_said(self):
        self.make_function('f')
        self.libvirt.define(definition('own', shared=False))
        self.libvirt.define(definition('empty'))
        self.daemon.until_state('machines', 'own', 'stopped')
        got = self.ask('PUT', 'own/functions/f')
        self.assertEqual(got.status, 409)
        self.assertIn('spec.shared_memory', got.body['detail'])
        got = self.daemon.ask('PATCH', '/machines/own', {'spec': {'shared_memory': True}}, {'If-Match': '*'})
        self.assertEqual(got.status, 200, got.body)
        self.assertTrue(got.body['spec']['shared_memory'])
        got = self.ask('PUT', 'own/functions/f')
        self.assertEqual(got.status, 200, got.body)
        self.assertEqual(self.power('own', 'start').status, 200)
        self.assertEqual(self.daemon.ask('PUT', '/machines/empty/functions/f').status, 409)
        self.assertEqual(self.power('own', 'force_off').status, 200)
        self.assertEqual(self.ask('DELETE', 'own/functions/f').status, 200)
        # A guest that has no system never begins to use the disk.
        self.daemon.until_state('machines', 'empty', 'stopped')
        self.assertEqual(self.power('empty', 'start').status, 200)
        got = self.daemon.ask('PUT', '/machines/empty/functions/f?wait=60&guest_s=1')
        self.assertEqual(got.status, 409)
        self.assertIn('has not begun to use it within 1 s', got.body['detail'])
        self.assertEqual(self.power('empty', 'force_off').status, 200)
