"""A real systemd that runs our unit: a user manager of the lab, with a /run and a control group of its own."""

import os
import shutil
import signal
from pathlib import Path

from . import watch
from .engine import BIN
from .keeper import KeptEngine
from .process import must_run
from .workplace import ROOT

_MANAGER = Path('/lib/systemd/systemd')
_UNIT = 'laneway.service'
# A manager of the lab has no such users, and may not mount over /proc.
_LAB_SETTINGS = ('User=', 'Group=', 'ProtectKernelTunables=no', 'ProtectKernelLogs=no')
# systemd refuses to be a user's manager where /run does not say that the machine runs under it.
_ENTER = ('echo $$ >"$0/cgroup.procs" && mount -t tmpfs lab /run && mkdir -p /run/systemd/system && '
          'exec "$@"')


class Missing(Exception):
    """What this machine lacks to run a service manager."""


def _control_group():
    """The folder of our own control group, in the hierarchy that systemd keeps its books in."""
    lines = [line.rstrip('\n').split(':', 2) for line in open('/proc/self/cgroup', encoding='ascii')]
    for controllers, places in (('name=systemd', ['/sys/fs/cgroup/systemd']),
                                ('', ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'])):
        for _, names, path in lines:
            for place in places if names == controllers else ():
                if os.access(f'{place}{path}/cgroup.procs', os.W_OK):
                    return Path(f'{place}{path}')
    raise Missing('no control group here is ours to divide (are you root?)')


class ServiceManager:
    def __init__(self, workplace):
        if os.geteuid() != 0 or not _MANAGER.exists():
            raise Missing('a service manager of the test\'s own needs root and systemd')
        self._home = workplace.path('systemd')
        self._units = self._home / 'systemd' / 'user'
        self._units.mkdir(parents=True)
        self._environment = dict(os.environ, XDG_RUNTIME_DIR=str(self._home), HOME=str(self._home),
                                 SYSTEMD_LOG_TARGET='console')
        self._group = _control_group() / f'laneway-lab-{os.getpid()}'
        self._group.mkdir()
        workplace.at_end(self._remove_group)
        self._process = workplace.start(
            'systemd', ['unshare', '-m', '--propagation', 'private', 'sh', '-c', _ENTER, self._group, _MANAGER,
                        '--user'],
            env=self._environment)
        workplace.at_end(lambda: self.systemctl('stop', _UNIT))
        watch.until(self._answers, 'a systemd that answers')

    def add_unit(self, command, log):
        """The product's unit with another command line, run by the test's own user."""
        shutil.copy(ROOT / 'packaging' / 'systemd' / _UNIT, self._units)
        extra = self._units / f'{_UNIT}.d'
        extra.mkdir()
        words = ' '.join(f'"{word}"' for word in command)
        settings = (*_LAB_SETTINGS, 'ExecStart=', f'ExecStart={words}', f'StandardError=append:{log}')
        (extra / 'lab.conf').write_text('\n'.join(('[Service]', *settings, '')), encoding='utf-8')
        self.systemctl('daemon-reload')

    def systemctl(self, *words):
        return must_run(['systemctl', '--user', *words], env=self._environment)

    def unit_shows(self, name):
        return self.systemctl('show', '--property', name, '--value', _UNIT).strip()

    def start_unit(self):
        self.systemctl('start', _UNIT)

    def restart_unit(self):
        self.systemctl('restart', _UNIT)

    def _answers(self):
        if not self._process.is_running():
            raise Missing(f'systemd ended: {self._process.log_tail()}')
        try:
            return bool(self.systemctl('list-units'))
        except RuntimeError:
            return False

    def _remove_group(self):
        for folder, _, _ in os.walk(self._group, topdown=False):
            os.rmdir(folder)


class _Service:
    """The unit's main process, as KeptEngine asks for it."""

    def __init__(self, manager, log):
        self._manager = manager
        self._log = log

    @property
    def pid(self):
        return int(self._manager.unit_shows('MainPID'))

    def is_running(self):
        return self._manager.unit_shows('ActiveState') == 'active'

    def log_tail(self, lines=15):
        return '\n'.join(self._log.read_text(encoding='utf-8', errors='replace').splitlines()[-lines:])


class ServedEngine(KeptEngine):
    """A KeptEngine whose keeper systemd starts, and starts again."""

    def __init__(self, workplace, *options, **names):
        self.manager = ServiceManager(workplace)
        super().__init__(workplace, *options, **names)

    def start(self):
        log = self._workplace.path('service.log')
        self.manager.add_unit(self.command(), log)
        self.manager.start_unit()
        self.process = _Service(self.manager, log)
        self._engine_pid = self.engine_pid()

    def engine_pid(self):
        """Also of one that a keeper started in the instant before it died."""
        pid = super().engine_pid()
        if pid is None and self.answers():
            pid = self.laneway('engine', 'status')['pid']
        return pid

    def kill_both(self, keeper_first):
        """At one instant, as far as a second system call can be that. Their process ids."""
        keeper, engine = self.process.pid, self.engine_pid()
        for pid in (keeper, engine) if keeper_first else (engine, keeper):
            os.kill(pid, signal.SIGKILL)
        return keeper, engine
