"""A machine's serial console and screen through lanewayd's WebSockets, with a real guest behind them."""

import unittest

from daemon import Daemon
from lab.engine import Engine
from lab.libvirt import Libvirt
from lab.workplace import Workplace
from machine_guest import MachineGuest
from websocket import Refused, WebSocket

_SCREEN = "<graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>"


class ScreensTest(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('screens'))
        self.libvirt = Libvirt(self.workplace).start()
        self.daemon = Daemon(self.workplace, Engine(self.workplace), '--libvirt', self.libvirt.uri)

    def refusal(self, path, headers=()):
        with self.assertRaises(Refused) as refused:
            WebSocket(self.daemon, path, headers)
        return refused.exception

    def test_the_serial_console_and_the_screen_of_a_guest(self):
        guest = MachineGuest(self.workplace, self.libvirt, 'vm', devices=_SCREEN)
        self.daemon.until_state('machines', 'vm', 'stopped')
        self.assertEqual(self.refusal('/machines/vm/serial').status, 409)
        self.assertEqual(self.daemon.ask('GET', '/machines/vm/serial').status, 426)
        got = self.daemon.ask('POST', '/machines/vm/power?wait=60', {'action': 'start'})
        self.assertEqual(got.status, 200, got.body)
        serial = WebSocket(self.daemon, '/machines/vm/serial')
        serial.read_until(b'Linux version')
        guest.connect()
        # From the guest, and to it.
        guest.must_run('stty raw -echo </dev/ttyS0; (head -c 5 </dev/ttyS0 >/tmp/typed) & '
                       'echo from-the-guest >/dev/ttyS0')
        serial.read_until(b'from-the-guest')
        serial.send(b'typed')
        guest.must_run('while [ "$(cat /tmp/typed)" != typed ]; do sleep 0.1; done')
        # One has it, unless it is taken.
        busy = self.refusal('/machines/vm/serial')
        self.assertEqual(busy.status, 409)
        self.assertIn('take_over', str(busy))
        other = WebSocket(self.daemon, '/machines/vm/serial?take_over=true')
        self.assertEqual(serial.read_to_end(), 1000)
        guest.must_run('echo to-the-other >/dev/ttyS0')
        other.read_until(b'to-the-other')
        # Pages of others.
        self.assertEqual(self.refusal('/machines/vm/serial', ['Origin: https://evil.example']).status, 403)
        screen = WebSocket(self.daemon, '/machines/vm/screen', ['Sec-WebSocket-Protocol: binary'])
        screen.read_until(b'RFB 003.008\n')
        screen.send(b'RFB 003.008\n')
        screen.read_until(b'\x01\x01')  # one kind of security: none
        operations = [entry['operation'] for entry in self.daemon.get('/audit')['items']]
        self.assertIn('openScreen', operations)
        # All of it ends with the machine.
        got = self.daemon.ask('POST', '/machines/vm/power?wait=60', {'action': 'force_off'})
        self.assertEqual(got.status, 200, got.body)
        self.assertEqual(other.read_to_end(), 1000)
        self.assertEqual(screen.read_to_end(), 1000)
