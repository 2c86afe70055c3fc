"""The Linux kernel's own initiator (iscsi_tcp) with its own target (LIO) inside one user-mode Linux, as a further peer.

Both ends and the load share the one CPU of that kernel, so its IOPS compare with nothing else here; it shows that the
peer works and what the pair costs together. iscsistart, which logs in, comes from the unpacked package open-iscsi.
"""

import os
import socket
import subprocess

from place import ROOT
from lab import image, kernel, uml  # pylint: disable=wrong-import-order
from lab.agent import Agent  # pylint: disable=wrong-import-order
from lab.guest import Guest  # pylint: disable=wrong-import-order

TREE = ROOT / '.cache/bench-peers/open-iscsi/tree'
PACKAGES = ('open-iscsi', 'libopeniscsiusr', 'libisns0', 'libkmod2')
MODULES = ('crc32c_generic', 'libcrc32c', 'configfs', 'sd_mod', 'iscsi_tcp', 'target_core_mod', 'target_core_file',
           'iscsi_target_mod')
IQN = 'iqn.2026-11.io.laneway.bench:lio'
DISK = '/dev/sda'
DISK_MIB = 256
_CONFIG = '/sys/kernel/config/target'
_GROUP = f'{_CONFIG}/iscsi/{IQN}/tpgt_1'
_BACKSTORE = f'{_CONFIG}/core/fileio_0/disk0'
_SETUP = f'''set -e
ip link set lo up
mount -t sysfs sys /host/sys
mount -t configfs none /sys/kernel/config
mkdir -p {_CONFIG}/iscsi /tmp
mount -t tmpfs tmp /tmp
mkdir -p {_GROUP}/np/127.0.0.1:3260 {_BACKSTORE}
echo 0 > {_GROUP}/attrib/authentication
for name in generate_node_acls cache_dynamic_acls; do echo 1 > {_GROUP}/attrib/$name; done
echo 0 > {_GROUP}/attrib/demo_mode_write_protect
truncate -s {DISK_MIB}M /tmp/lun.img
echo fd_dev_name=/tmp/lun.img,fd_dev_size={DISK_MIB << 20},fd_buffered_io=1 > {_BACKSTORE}/control
echo 1 > {_BACKSTORE}/enable
mkdir {_GROUP}/lun/lun_0
ln -s {_BACKSTORE} {_GROUP}/lun/lun_0/port
echo 1 > {_GROUP}/enable
'''
_LOGIN = (f'LD_LIBRARY_PATH={TREE}/usr/lib/x86_64-linux-gnu:{TREE}/lib/x86_64-linux-gnu chroot /host '
          f'{TREE}/sbin/iscsistart -i iqn.2026-11.io.laneway.bench:guest -t {IQN} -g 1 -a 127.0.0.1 -p 3260')


def is_here():
    return (TREE / 'sbin/iscsistart').exists()


def fetch():
    """Unpacks iscsistart and its libraries into the ignored cache folder; nothing is installed."""
    folder = TREE.parent
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(['apt-get', '-q', 'download', *PACKAGES], cwd=folder, check=True, timeout=300)
    for package in sorted(folder.glob('*.deb')):
        subprocess.run(['dpkg-deb', '-x', str(package), str(TREE)], check=True, timeout=60)


class KernelInitiator(Guest):
    """The guest, logged in to itself; its LUN is DISK, filled."""

    fio_prefix = uml.UmlGuest.fio_prefix

    def __init__(self, workplace):
        ours, theirs = socket.socketpair()
        scratch = workplace.path('kernel-scratch')
        scratch.mkdir()
        command = [uml.program(), 'mem=1024M', f'initrd={_initrd()}', 'umid=kernel', f'uml_dir={scratch}', 'con=null',
                   'con0=null,fd:1', 'ssl=null', f'ssl0=fd:{theirs.fileno()}', 'quiet']
        self.process = workplace.start('kernel-initiator', command, pass_fds=[theirs.fileno()],
                                       env=dict(os.environ, TMPDIR=os.environ.get('TMPDIR', '/tmp')))
        theirs.close()
        self.agent = Agent(ours, self.process.is_running)
        self.agent.wait_ready()
        self.must_run(_SETUP)
        self.must_run(_LOGIN)
        self.must_run(f'for i in 1 2 3 4 5 6 7 8 9; do [ -b {DISK} ] && break; sleep 1; done; '
                      f'dd if=/dev/zero of={DISK} bs=1M count={DISK_MIB} oflag=direct')


def _initrd():
    folder = next((path for path in uml._MODULE_FOLDERS if path.is_dir()), None)  # pylint: disable=protected-access
    if folder is None:
        raise RuntimeError('the modules of user-mode Linux are missing')
    modules = kernel.find_modules(folder)
    order = []
    for name in MODULES:
        kernel.add_module(modules, name, order)
    setup = uml._SETUP.encode()  # pylint: disable=protected-access
    return image.build('kernel-initiator', [(f'{name}.ko', kernel.module_bytes(modules[name])) for name in order],
                       '/dev/ttyS0', (), [('setup', setup)])
