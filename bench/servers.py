"""The servers under comparison: each serves disks on vhost-user sockets and lives in a workplace, which stops it."""

import json
import shutil
import subprocess
from dataclasses import dataclass

from place import ROOT, watch

START_LIMIT_S = 30


class ServerError(Exception):
    """A server did not start; the text says which and shows its last words."""


@dataclass(frozen=True)
class Lun:
    """A disk of an iSCSI target."""
    portal: str
    iqn: str
    number: int


class Server:
    """One process that serves disks. `cpu`: where it runs; None: anywhere."""

    name = ''

    def __init__(self, place, cpu, key):
        self.place = place
        self.cpu = cpu
        self.key = key
        self.process = None
        self.commands = []

    def version(self):
        raise NotImplementedError

    def serve(self, disk, size_bytes, lun=None):
        """Starts it with one disk of that kind; returns the disk's socket."""
        raise NotImplementedError

    def run(self, command):
        command = [str(word) for word in command]
        self.commands.append(' '.join(command))
        pinned = command if self.cpu is None else ['taskset', '-c', str(self.cpu), *command]
        self.process = self.place.start(self.key, pinned)

    def wait_for(self, path):
        def is_there():
            if not self.process.is_running():
                raise ServerError(f'{self.name} did not start: {self.process.log_tail()}')
            return path.exists()
        watch.until(is_there, f'{self.name}: {path}', START_LIMIT_S)


class Laneway(Server):
    """Our engine as shipped."""

    name = 'laneway'

    def __init__(self, place, cpu, binaries, key='laneway', reactors=1, cpus=None):
        super().__init__(place, cpu, key)
        self.engine = binaries / 'laneway-engine'
        # A build of before it was a tool of its own has laneway in its place (compare).
        tool = binaries / 'laneway-enginectl'
        self.cli = tool if tool.exists() else binaries / 'laneway'
        self.reactors = reactors
        self.cpus = cpus if cpus is not None else ([] if cpu is None else [cpu])
        self.run_folder = place.path(f'{key}-run')
        self.rpc = self.run_folder / 'engine.sock'

    def version(self):
        return first_line([self.engine, '--version'])

    def start(self):
        command = [self.engine, '--state-dir', self.place.path(f'{self.key}-state'), '--run-dir', self.run_folder,
                   '--reactors', self.reactors]
        if self.cpus:
            command += ['--cpus', ','.join(str(cpu) for cpu in self.cpus)]
        self.run(command)
        self.wait_for(self.rpc)

    def laneway(self, *words):
        """Runs a command of the command line; returns its decoded answer."""
        words = [str(word) for word in words]
        self.commands.append('laneway-enginectl ' + ' '.join(words))
        done = subprocess.run([str(self.cli), '--socket', str(self.rpc), '-o', 'json', *words], capture_output=True,
                              text=True, timeout=START_LIMIT_S * 2, check=False)
        if done.returncode != 0:
            raise ServerError(f'laneway-enginectl {" ".join(words)}: {done.stderr.strip()} {self.process.log_tail(3)}')
        return json.loads(done.stdout) if done.stdout.strip() else None

    def add(self, name, backend, queues=4):
        """Creates a function; returns its socket."""
        self.laneway('vf', 'create', name, *backend, '--queue-size', 1024, '--queues', queues)
        socket = self.run_folder / 'vf' / f'{name}.sock'
        self.wait_for(socket)
        return str(socket)

    def serve(self, disk, size_bytes, lun=None):
        self.start()
        if lun is None:
            return self.add('bench', ['--null' if disk == 'null' else '--memory', size_bytes])
        self.laneway('target', 'login', lun.iqn, '--portal', lun.portal, '--name', 'array')
        return self.add('bench', ['--target', 'array', '--lun', lun.number])


class StorageDaemon(Server):
    """qemu-storage-daemon, its exports on an I/O thread of its own with QEMU's default polling."""

    name = 'qemu-storage-daemon'

    def __init__(self, place, cpu, program=('qemu-storage-daemon',), name=None, key='qsd'):
        super().__init__(place, cpu, key)
        self.program = [str(word) for word in program]
        self.name = name or self.name

    def version(self):
        return first_line([*self.program, '--version'])

    def serve(self, disk, size_bytes, lun=None):
        if lun is not None:
            block = (f'driver=iscsi,transport=tcp,portal={lun.portal},target={lun.iqn},lun={lun.number},'
                     'cache.direct=on')
        elif disk == 'null':
            block = f'driver=null-co,size={size_bytes},read-zeroes=off'
        else:
            image = self.place.path(f'{self.key}.img')
            with open(image, 'wb') as file:
                file.truncate(size_bytes)
            block = f'driver=file,filename={image},aio=io_uring,cache.direct=off'
        return self.export([block])[0]

    def export(self, blocks):
        """Starts it with a disk for each --blockdev text; returns their sockets."""
        command = [*self.program, '--object', 'iothread,id=io']
        sockets = [self.place.path(f'{self.key}-{number}.sock') for number in range(len(blocks))]
        for number, block in enumerate(blocks):
            command += ['--blockdev', f'{block},node-name=disk{number}', '--export',
                        f'type=vhost-user-blk,id=export{number},addr.type=unix,addr.path={sockets[number]},'
                        f'node-name=disk{number},writable=on,num-queues=4,iothread=io']
        self.run(command)
        for socket in sockets:
            self.wait_for(socket)
        return [str(socket) for socket in sockets]


class FastTarget:
    """This project's own target, which answers from memory in batches."""

    def __init__(self, place, cpu, binaries, size_bytes, luns=3):
        program = binaries / 'laneway-test-target'
        command = [str(program), '--window', '256', *(['--ram', str(size_bytes)] * luns)]
        self.command = ' '.join(command)
        self.process = place.start('target', command if cpu is None else ['taskset', '-c', str(cpu), *command])
        watch.until(self._port, 'the fast target listening', START_LIMIT_S)
        self.portal = f'127.0.0.1:{self._port()}'

    def _port(self):
        if not self.process.is_running():
            raise ServerError(f'laneway-test-target did not start: {self.process.log_tail()}')
        words = self.process.log().split()
        return int(words[words.index('port') + 1]) if 'port' in words and words[-1] != 'port' else 0

    def lun(self, number):
        return Lun(self.portal, 'iqn.2026-11.test.laneway:fake', number)


def sid_storage_daemon():
    """How to call the storage daemon of an unpacked newer QEMU, or nothing."""
    for tree in unpacked('sid'):
        found = program_of(tree, 'qemu-storage-daemon')
        if found:
            return found
    return None


def unpacked(release):
    """Folders under the ignored cache that hold a Debian of that release."""
    names = (f'bench-peers/{release}*', f'peers/{release}*', f'{release}*')
    return [tree for name in names for tree in sorted((ROOT / '.cache').glob(name)) if tree.is_dir()]


def program_of(tree, name):
    """A program of an unpacked system, run by its own loader without chroot; nothing where it is not there."""
    program = tree / 'usr' / 'bin' / name
    loader = next((path for path in (tree / 'lib64/ld-linux-x86-64.so.2', tree / 'usr/lib64/ld-linux-x86-64.so.2',
                                     tree / 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2') if path.exists()), None)
    if loader is None or not program.exists():
        return None
    libraries = tree / 'usr/lib/x86_64-linux-gnu'
    # QEMU's block drivers are modules, which must be of its own version.
    return ['env', f'QEMU_MODULE_DIR={libraries}/qemu', str(loader), '--library-path', str(libraries), str(program)]


def has_distribution_daemon():
    return shutil.which('qemu-storage-daemon') is not None


def first_line(command):
    answer = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=30, check=False)
    lines = (answer.stdout or answer.stderr).splitlines()
    return lines[0] if lines else 'unknown'
