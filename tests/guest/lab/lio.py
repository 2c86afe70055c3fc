"""The Linux kernel's own iSCSI target (LIO) in an emulated machine: a second real target, independent of tgtd."""

import re

from .qemu import QemuGuest

_CONFIG = '/sys/kernel/config/target'
_SETUP = f'''set -e
mount -t configfs none /sys/kernel/config
mkdir -p {_CONFIG}/iscsi
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
'''


class LioTarget:
    """Its portal is a port of this machine that QEMU forwards to the guest's 3260; the guest's kernel serves it."""

    IQN = 'iqn.2026-11.io.laneway.lab:lio'

    def __init__(self, workplace, suite=None):
        modules = ('crc32c_generic', 'crc32c_intel', 'virtio_net', 'configfs', 'target_core_mod', 'target_core_file',
                   'iscsi_target_mod')
        self.guest = QemuGuest(workplace, [], name='lio', image='lio', modules=modules, suite=suite, memory_mib=1024,
                               network='restrict=off,hostfwd=tcp:127.0.0.1:0-:3260')
        self._group = f'{_CONFIG}/iscsi/{self.IQN}/tpgt_1'
        self.guest.must_run(_SETUP)
        # Nobody is asked who they are, and writes are welcome, until a test says otherwise.
        self.guest.must_run(f'''set -e
mkdir -p {self._group}/np/0.0.0.0:3260
{self._sets('attrib', authentication=0, generate_node_acls=1, cache_dynamic_acls=1, demo_mode_write_protect=0)}
echo 1 > {self._group}/enable''')
        forwarded = re.search(r'HOST_FORWARD\D+\d+\s+127\.0\.0\.1\s+(\d+)', self.guest.qmp.human('info usernet'))
        self.portal = f'127.0.0.1:{forwarded.group(1)}'

    def add_lun(self, lun, size_mib):
        """A LUN on a file in the guest's memory, with a write cache, UNMAP and WRITE SAME."""
        disk = f'{_CONFIG}/core/fileio_{lun}/disk{lun}'
        self.guest.must_run(f'''set -e
mkdir -p {disk}
truncate -s {size_mib}M /tmp/lun{lun}.img
echo fd_dev_name=/tmp/lun{lun}.img,fd_dev_size={size_mib << 20},fd_buffered_io=1 > {disk}/control
echo 1 > {disk}/enable
echo lane-{lun} > {disk}/wwn/vpd_unit_serial
for name in emulate_tpu emulate_tpws; do echo 1 > {disk}/attrib/$name; done
mkdir {self._group}/lun/lun_{lun}
ln -s {disk} {self._group}/lun/lun_{lun}/port''')

    def require_chap(self, user, secret, mutual_user='', mutual_secret=''):
        words = {'userid': user, 'password': secret}
        if mutual_user:
            words.update(userid_mutual=mutual_user, password_mutual=mutual_secret)
        self.guest.must_run(self._sets('auth', **words) + '\n' + self._sets('attrib', authentication=1))

    def require_digests(self):
        self.guest.must_run(self._sets('param', HeaderDigest='CRC32C', DataDigest='CRC32C'))

    def drop_sessions(self):
        """Ends every session without a word to the initiator; new ones are welcome again."""
        self.guest.must_run(f'echo 0 > {self._group}/enable; echo 1 > {self._group}/enable')

    def sessions(self):
        """What the target says about the session that it has."""
        return self.guest.must_run(f'cat {self._group}/dynamic_sessions 2>/dev/null; true')

    def bytes_at(self, lun, offset, length):
        return self.guest.must_run(f'dd if=/tmp/lun{lun}.img bs=1 skip={offset} count={length} 2>/dev/null')

    def used_kib(self, lun):
        return int(self.guest.must_run(f'du -k /tmp/lun{lun}.img').split()[0])

    def _sets(self, folder, **values):
        # Without a line's end, which the kernel would take for a part of a secret.
        return '\n'.join(f'echo -n {value} > {self._group}/{folder}/{name}' for name, value in values.items())
