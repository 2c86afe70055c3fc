"""A libvirtd of the lab's own, with sockets, definitions and guests apart from the host's."""

import os
import signal
import subprocess

from . import watch
from .process import must_run
from .workplace import CACHE

_DAEMON = '/usr/sbin/libvirtd'
# As a user without privileges libvirtd keeps all that it has below these folders. Root becomes one in its own eyes.
_AS_USER = ['unshare', '-U', '--map-user=1000', '--map-group=1000']
_SETTINGS = 'stdio_handler = "file"\nsecurity_driver = "none"\nremember_owner = 0\n'


class Libvirt:
    def __init__(self, workplace, name='libvirt'):
        self._workplace = workplace
        self._name = name
        self._starts = 0
        self._home = workplace.path(name)
        self.process = None
        settings = self._home / 'config' / 'libvirt' / 'qemu.conf'
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding='utf-8')
        (self._home / 'run').mkdir()
        # What libvirt learns of QEMU takes it seconds; it is the same every time.
        cache = CACHE / 'libvirt'
        cache.mkdir(parents=True, exist_ok=True)
        self._environment = dict(os.environ, HOME=str(self._home), XDG_RUNTIME_DIR=str(self._home / 'run'),
                                 XDG_CONFIG_HOME=str(self._home / 'config'), XDG_CACHE_HOME=str(cache),
                                 XDG_DATA_HOME=str(self._home / 'data'))
        self.uri = f'qemu+unix:///session?socket={self._home}/run/libvirt/libvirt-sock'
        workplace.at_end(self._end_guests)

    def start(self):
        self._starts += 1
        prefix = _AS_USER if os.geteuid() == 0 else []
        self.process = self._workplace.start(f'{self._name}-{self._starts}', [*prefix, _DAEMON],
                                             env=self._environment)
        watch.until(self._answers, 'libvirtd answering')
        return self

    def stop(self):
        """Its guests run on."""
        self.process.stop(signal.SIGTERM, 20)

    def freeze(self):
        self.process.send(signal.SIGSTOP)

    def thaw(self):
        self.process.send(signal.SIGCONT)

    def virsh(self, *words, seconds=60):
        return must_run(['virsh', '-c', self.uri, *words], env=self._environment, seconds=seconds)

    def define(self, xml):
        path = self._home / 'definition.xml'
        path.write_text(xml, encoding='utf-8')
        self.virsh('define', path)

    def _answers(self):
        if not self.process.is_running():
            raise RuntimeError(f'libvirtd ended: {self.process.log_tail()}')
        done = subprocess.run(['virsh', '-c', self.uri, 'version'], env=self._environment, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def _end_guests(self):
        for path in self._home.glob('run/libvirt/qemu/run/*.pid'):
            try:
                os.kill(int(path.read_text(encoding='ascii')), signal.SIGKILL)
            except (ValueError, ProcessLookupError):
                continue
