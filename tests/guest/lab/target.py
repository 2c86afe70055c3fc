"""Debian's tgtd on a free port, with LUNs on files: the stand-in for a storage array."""

import os
import random
import signal
import subprocess

from . import watch
from .process import must_run

# Page 8, subpage 0, 18 bytes: tgtd's own but for the write cache's bit. tgtd then syncs after every write.
_CACHING_PAGE_WITHOUT_WCE = '8:0:18:0x10:0:0xff:0xff:0:0:0xff:0xff:0xff:0xff:0x80:0x14:0:0:0:0:0:0'


class Target:
    """Runs as any user: its control socket lives in the workplace. The kernel chooses the port; a restart keeps it."""

    IQN = 'iqn.2026-11.io.laneway.lab:array'

    def __init__(self, workplace, name='tgtd', **options):
        """options: address to listen on; prefix, words of a command that starts tgtd elsewhere (another network);
        write_cache, whether LUNs have one (default yes, which is tgtd's own); preload, a library that takes the place
        of some of tgtd's functions."""
        self._workplace = workplace
        self._name = name
        self._starts = 0
        self._control_port = random.randrange(1, 30000)
        self._luns = []
        self._more_addresses = []
        self._account = None
        self._digests = None
        self._port = 0
        self._address = options.get('address', '127.0.0.1')
        self._prefix = options.get('prefix', ())
        self._write_cache = options.get('write_cache', True)
        self._environment = dict(os.environ, TGT_IPC_SOCKET=str(workplace.path(f'{name}.ipc')))
        self._preload = {'LD_PRELOAD': str(options['preload'])} if options.get('preload') else {}
        self.process = None
        self.start()

    @property
    def portal(self):
        return f'{self._address}:{self._port}'

    def add_portal(self, address):
        """One more address to reach it at, with the same port; returns it."""
        self._more_addresses.append(address)
        return self._define_portal(address)

    def add_lun(self, size_bytes, name=None):
        """A LUN on a new sparse file; returns its number."""
        path = self._workplace.path(name or f'{self._name}-lun{len(self._luns) + 1}.img')
        with open(path, 'xb') as file:
            file.truncate(size_bytes)
        self._luns.append(path)
        self._define_lun(len(self._luns))
        return len(self._luns)

    def lun_file(self, lun):
        return self._luns[lun - 1]

    def require_chap(self, user, secret):
        self._account = (user, secret)
        self._define_account()

    def require_digests(self):
        self._digests = True
        self._define_digests()

    def start(self):
        """Starts tgtd, again with everything that was defined."""
        self._starts += 1
        self.process = self._workplace.start(
            f'{self._name}-{self._starts}',
            [*self._prefix, 'tgtd', '-f', '-C', self._control_port, '--iscsi', f'portal={self.portal}'],
            env={**self._environment, **self._preload})
        self._workplace.at_end(self.stop)  # runs before the plain stop that start() noted, which tgtd ignores
        watch.until(self._answers, 'tgtd answering')
        self._port = self._listening_port()
        for address in self._more_addresses:
            self._define_portal(address)
        self._admin('--op', 'new', '--mode', 'target', '--tid', '1', '-T', self.IQN)
        for lun in range(1, len(self._luns) + 1):
            self._define_lun(lun)
        if self._account:
            self._define_account()
        if self._digests:
            self._define_digests()
        self._admin('--op', 'bind', '--mode', 'target', '--tid', '1', '-I', 'ALL')

    def kill(self):
        """As a power cut of the array's controller; LUNs stay on their files."""
        self.process.kill()

    def sessions(self):
        return self._admin('--op', 'show', '--mode', 'conn', '--tid', '1').count('Session:')

    def stop(self):
        """Targets first: tgtd ignores a request to end while it has some."""
        if not self.process.is_running():
            return
        for words in (('--op', 'delete', '--force', '--mode', 'target', '--tid', '1'),
                      ('--op', 'delete', '--mode', 'system')):
            try:
                self._admin(*words)
            except (RuntimeError, subprocess.TimeoutExpired):
                break
        self.process.stop(signal.SIGTERM, 5)

    def _define_portal(self, address):
        portal = f'{address}:{self._port}'
        self._admin('--op', 'new', '--mode', 'portal', '--param', f'portal={portal}')
        return portal

    def _define_lun(self, lun):
        words = ('--mode', 'logicalunit', '--tid', '1', '--lun', lun)
        self._admin('--op', 'new', *words, '-b', self._luns[lun - 1])
        if not self._write_cache:
            self._admin('--op', 'update', *words, '--params', f'mode_page={_CACHING_PAGE_WITHOUT_WCE}')

    def _define_account(self):
        user, secret = self._account
        self._admin('--op', 'new', '--mode', 'account', '--user', user, '--password', secret)
        self._admin('--op', 'bind', '--mode', 'account', '--tid', '1', '--user', user)

    def _define_digests(self):
        for name in ('HeaderDigest', 'DataDigest'):
            self._admin('--op', 'update', '--mode', 'target', '--tid', '1', '--name', name, '--value', 'CRC32C')

    def _answers(self):
        if not self.process.is_running():
            raise RuntimeError(f'tgtd ended: {self.process.log_tail()}')
        try:
            self._admin('--op', 'show', '--mode', 'sys')
            return True
        except RuntimeError:
            return False

    def _admin(self, *words):
        command = ['tgtadm', '-C', self._control_port, '--lld', 'iscsi', *words]
        return must_run(command, env=self._environment, seconds=20)

    def _listening_port(self):
        """The port that the kernel gave: the listening socket among tgtd's descriptors."""
        inodes = set()
        folder = f'/proc/{self.process.pid}/fd'
        for descriptor in os.listdir(folder):
            try:
                link = os.readlink(f'{folder}/{descriptor}')
            except FileNotFoundError:
                continue
            if link.startswith('socket:['):
                inodes.add(link[8:-1])
        with open(f'/proc/{self.process.pid}/net/tcp', encoding='ascii') as table:
            for line in table.readlines()[1:]:
                fields = line.split()
                if fields[3] == '0A' and fields[9] in inodes:
                    return int(fields[1].split(':')[1], 16)
        raise RuntimeError('tgtd listens on no port')
