"""Networks of the test's own: one for engine and guests, one for the target, and a cable that can be harmed."""

import ctypes
import os
import shutil
from pathlib import Path

from lab import watch
from lab.process import must_run

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
NEAR, FAR = '10.77.0.1', '10.77.0.2'  # the engine's end and the target's
NEAR_2, FAR_2 = '10.77.1.1', '10.77.1.2'  # a second way, which faults of packets spare
_CABLE, _FAR_END = 'lane0', 'lane1'
_TABLE = ('inet', 'crash')


class Missing(AssertionError):
    """What this machine lacks for the suite; that is a failure, since nothing was shown."""


def leave_the_host():
    """Moves this process, and so all that it starts, into a network of its own. Call before any thread starts."""
    for program in ('ip', 'nft', 'nsenter', 'unshare'):
        if not shutil.which(program):
            raise Missing(f'{program} is not installed (packages nftables, iproute2, util-linux)')
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNET if user == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        raise Missing(f'this machine gives no network of its own: {os.strerror(ctypes.get_errno())}')
    if user != 0:
        Path('/proc/self/setgroups').write_text('deny', encoding='ascii')
        Path('/proc/self/uid_map').write_text(f'0 {user} 1', encoding='ascii')
        Path('/proc/self/gid_map').write_text(f'0 {group} 1', encoding='ascii')
    must_run(['ip', 'link', 'set', 'lo', 'up'])


class Cable:
    """Both networks and the cable; faults are named, so that several can be on at once."""

    def __init__(self, workplace):
        self._holder = workplace.start('far-network', ['unshare', '-n', 'tail', '-f', '/dev/null'])
        ours = os.readlink('/proc/self/ns/net')
        watch.until(lambda: os.readlink(f'/proc/{self._holder.pid}/ns/net') != ours, 'the target\'s network')
        must_run(['ip', 'link', 'add', _CABLE, 'type', 'veth', 'peer', 'name', _FAR_END, 'netns', self._holder.pid])
        workplace.at_end(lambda: must_run(['ip', 'link', 'delete', _CABLE]))
        for near, far in ((NEAR, FAR), (NEAR_2, FAR_2)):
            must_run(['ip', 'address', 'add', f'{near}/30', 'dev', _CABLE])
            must_run([*self.far(), 'ip', 'address', 'add', f'{far}/30', 'dev', _FAR_END])
        must_run([*self.far(), 'ip', 'link', 'set', _FAR_END, 'up'])
        must_run([*self.far(), 'ip', 'link', 'set', 'lo', 'up'])
        self.plug(True)
        self._nft('add', 'table', *_TABLE)
        workplace.at_end(lambda: self._nft('delete', 'table', *_TABLE))

    def far(self):
        """Words that start a program in the target's network."""
        return ('nsenter', '-t', str(self._holder.pid), '-n')

    def plug(self, is_in):
        must_run(['ip', 'link', 'set', _CABLE, 'up' if is_in else 'down'])

    def begin(self, name, verdict):
        """Applies `verdict` (words of nft) to all packets of the target's first address, both ways, till end(name)."""
        for direction, side in (('input', 'saddr'), ('output', 'daddr')):
            chain = (*_TABLE, f'{name}_{direction}')
            self._nft('add', 'chain', *chain, '{', 'type', 'filter', 'hook', direction, 'priority', '0', ';', '}')
            self._nft('add', 'rule', *chain, 'ip', side, FAR, 'meta', 'l4proto', 'tcp', *verdict)

    def end(self, name):
        for direction in ('input', 'output'):
            self._nft('flush', 'chain', *_TABLE, f'{name}_{direction}')
            self._nft('delete', 'chain', *_TABLE, f'{name}_{direction}')

    @staticmethod
    def _nft(*words):
        must_run(['nft', *words])
