"""A user-mode Linux guest: a real kernel as a process, with the stock virtio-blk driver over vhost-user."""

import os
import shutil
import signal
import socket
from pathlib import Path

from . import image, kernel
from .agent import Agent
from .guest import Guest

_MODULE_FOLDERS = (Path('/usr/lib/uml/modules'), Path('/lib/uml/modules'))
# The host's tree, read-only, so that the host's fio runs inside.
_SETUP = '''mkdir -p /host
mount -t hostfs -o ro none /host
mount -t proc proc /host/proc
mount -t devtmpfs dev /host/dev
mount -t tmpfs tmp /host/tmp
'''
BLOCK_DEVICE_ID = 2


def program():
    return shutil.which('linux.uml') or 'linux.uml'


def initrd(name, setup, programs=()):
    """The first file system of a user-mode guest; `setup` is a script that runs before it takes commands."""
    folder = next(path for path in _MODULE_FOLDERS if path.is_dir())
    modules = kernel.find_modules(folder)
    order = []
    kernel.add_module(modules, 'virtio_blk', order)
    return image.build(name, [(f'{module}.ko', kernel.module_bytes(modules[module])) for module in order], '/dev/ttyS0',
                       programs, [('setup', setup.encode())])


class UmlGuest(Guest):
    fio_prefix = 'chroot /host '

    def __init__(self, workplace, sockets, **options):
        """options: name, memory_mib, image and programs (of this machine, in the first file system as well)."""
        name = options.get('name', 'uml')
        archive = initrd(options.get('image', 'uml'), _SETUP, options.get('programs', ()))
        ours, theirs = socket.socketpair()
        scratch = workplace.path(f'{name}-scratch')
        scratch.mkdir()
        command = [program(), f'mem={options.get("memory_mib", 512)}M', f'initrd={archive}', f'umid={name}',
                   f'uml_dir={scratch}', *(f'virtio_uml.device={path}:{BLOCK_DEVICE_ID}' for path in sockets),
                   'con=null', 'con0=null,fd:1', 'ssl=null', f'ssl0=fd:{theirs.fileno()}', 'quiet']
        environment = dict(os.environ, TMPDIR=_memory_folder(scratch))
        self.process = workplace.start(name, command, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        self.agent = Agent(ours, self.process.is_running)
        self.agent.wait_ready()

    def power_off(self, seconds=30):
        """Stops the guest's kernel in order; disks must be idle."""
        self.agent.begin('poweroff -f')
        self.process.stop(signal.SIGCONT, seconds)


def _memory_folder(scratch):
    """Where the guest's memory file lives: in memory where the machine has such a place."""
    return '/dev/shm' if os.access('/dev/shm', os.W_OK) else str(scratch)
