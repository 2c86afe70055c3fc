#!/usr/bin/env python3
"""A whole platform for the browser tests: tgtd, laneway-engine, and lanewayd with the console, over HTTPS.

Reads a JSON array [VERB, ARGUMENT...] a line and answers each with a line {"ok": ...} or {"error": TEXT}. Ends, with
all that it started, when its input does. The first line that it writes is about the platform: port, user, password.
With --libvirt there is a libvirtd of the tests' own, too.
"""

import json
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / 'manager'), str(TESTS / 'guest')]

# pylint: disable=wrong-import-position
from daemon import Daemon  # noqa: E402
from lab import watch  # noqa: E402
from lab.engine import BIN, Engine  # noqa: E402
from lab.libvirt import Libvirt  # noqa: E402
from lab.target import Target  # noqa: E402
from lab.workplace import ROOT, Workplace, turn_signals_into_exceptions  # noqa: E402
from machine_definitions import definition  # noqa: E402
from machine_guest import MachineGuest  # noqa: E402

MIB = 1 << 20
PASSWORD = 'a-password-for-tests'


class ConsoleDaemon(Daemon):
    """Serves the console; restarted, it listens where it did before."""

    address = '127.0.0.1:0'

    def command(self, *more):
        return super().command('--listen', self.address, '--console', ROOT / 'console' / 'dist', *more)


class Stage:
    def __init__(self, workplace, has_libvirt):
        self.workplace = workplace
        self.libvirt = Libvirt(workplace).start() if has_libvirt else None
        self.target = Target(workplace)
        self.target.add_lun(64 * MIB)
        self.target.add_lun(128 * MIB)
        self.engine = Engine(workplace)
        self.daemon = ConsoleDaemon(workplace, self.engine, '--libvirt',
                                    self.libvirt.uri if self.libvirt else 'none')
        watch.until(lambda: self.daemon.get('/events')['items'], 'a first look at the engine')
        self.loads = {}
        self.set_up_admin()

    def set_up_admin(self):
        first = (self.daemon.state_folder / 'first-password').read_text().strip()
        log_in = {'user': 'admin', 'password': first, 'new_password': PASSWORD}
        got = self.daemon.ask('POST', '/session', log_in, https=True)
        assert got.status == 200, got.body

    def about(self):
        return {'port': self.daemon.https_port(), 'user': 'admin', 'password': PASSWORD, 'portal': self.target.portal,
                'iqn': Target.IQN, 'folder': str(self.workplace.folder)}

    # What the tests ask for

    def make(self, plural, name, spec):
        return self.daemon.make(plural, name, spec)

    def begin(self, plural, name, spec):
        """Wanted, and not waited for."""
        got = self.daemon.ask('PUT', f'/{plural}/{name}', {'spec': spec})
        assert got.status in (201, 202), got.body

    def drop(self, plural, name):
        self.daemon.delete(plural, name)

    def token(self, name, role):
        got = self.daemon.ask('POST', '/tokens', {'name': name, 'spec': {'role': role}})
        assert got.status == 201, got.body

    def get(self, path):
        got = self.daemon.ask('GET', path)
        return {'status': got.status, 'body': got.body}

    def state(self, plural, name, state):
        """Waits until it is in that state."""
        self.daemon.until_state(plural, name, state)

    def user(self, name, role, password=None):
        """Made as an administrator does; with a password, the user has chosen it already."""
        self.daemon.make('users', name, {'role': role})
        first = 'the-first-password'
        self.daemon.ask('PUT', f'/users/{name}/password', {'password': first})
        if password:
            log_in = {'user': name, 'password': first, 'new_password': password}
            assert self.daemon.ask('POST', '/session', log_in, https=True).status == 200
        return first

    def portal(self):
        """A second address of the target."""
        return self.target.add_portal('127.0.0.2')

    def array(self):
        """The target, a volume on two paths to one LUN, and a function on it."""
        other = self.portal()
        self.daemon.make('targets', 'array', {'iqn': Target.IQN, 'portal': self.target.portal})
        paths = [{'target': 'array', 'lun': 1}, {'target': 'array', 'lun': 1, 'portal': other}]
        self.daemon.make('volumes', 'disk', {'kind': 'lun', 'paths': paths})
        self.daemon.make('functions', 'vm1', {'volume': 'disk'})

    def many(self, count):
        """That many functions on disks that hold nothing."""
        for index in range(count):
            got = self.daemon.ask('PUT', f'/volumes/v{index}', {'spec': {'kind': 'null', 'size_bytes': 64 * MIB}})
            assert got.status == 201, got.body
        for index in range(count):
            got = self.daemon.ask('PUT', f'/functions/vm{index}', {'spec': {'volume': f'v{index}', 'queues': 1}})
            assert got.status == 202, got.body

        def is_serving():
            page = self.daemon.get('/functions?limit=1&filter=status.state=serving')
            return page['total'] == count
        watch.until(is_serving, f'{count} functions serving', seconds=300, pause_seconds=0.5)

    def load(self, name, seconds):
        """Reads of one function, as a guest would, until `rest`."""
        command = [BIN / 'laneway', 'bench', self.engine.function_socket(name), '--depth', '4', '--rate', '2000',
                   '--client', 'sleeping', '--time', str(seconds)]
        self.loads[name] = self.workplace.start(f'load-{name}', command)

    def rest(self, name):
        self.loads.pop(name).stop()

    def engine_down(self):
        self.engine.stop()

    def engine_up(self):
        self.engine.start()

    def define(self, name, shared):
        """A machine, made as with virsh."""
        self.libvirt.define(definition(name, shared=shared))
        self.daemon.until_state('machines', name, 'stopped')

    def guest(self, name):
        """A machine that boots Linux, with a serial console and a screen; it takes commands from there on."""
        devices = "<graphics type='vnc' socket='%s'/><video><model type='vga'/></video>"
        self.running = MachineGuest(self.workplace, self.libvirt, name,
                                    devices=devices % self.workplace.path(f'{name}-vnc.sock'))
        self.libvirt.virsh('start', name)
        self.running.connect()
        self.daemon.until_state('machines', name, 'running')

    def run_there(self, words):
        self.running.must_run(words)

    def restart(self):
        """lanewayd; sessions end with it."""
        self.daemon.address = f'127.0.0.1:{self.daemon.https_port()}'
        self.daemon.stop()
        self.daemon.start()


def answer(stage, line):
    verb, *arguments = json.loads(line)
    try:
        return {'ok': getattr(stage, verb)(*arguments)}
    except Exception as error:  # told to the test, which fails of it
        return {'error': f'{verb}: {error}'}


def main():
    turn_signals_into_exceptions()
    with Workplace('console', keep_logs_in=ROOT / 'build' / 'console' / 'logs') as workplace:
        stage = Stage(workplace, '--libvirt' in sys.argv)
        print(json.dumps(stage.about()), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(stage, line)), flush=True)


if __name__ == '__main__':
    main()
