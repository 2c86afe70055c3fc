"""The servers under comparison: each serves one disk on a socket, pinned to a CPU, and is stopped at the end."""

import subprocess
import time
from pathlib import Path

START_LIMIT_S = 30
STOP_LIMIT_S = 20


class ServerError(Exception):
    """A server did not start; the text says which and shows its last words."""


class Server:
    """One process that serves one disk. Subclasses say how it is started."""

    name = ''

    def __init__(self, folder, cpu):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.cpu = cpu
        self.socket = str(self.folder / 'disk.sock')
        self.process = None
        self.commands = []
        self.prefix = ()

    def start(self, disk, size_bytes):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def run_pinned(self, command):
        self.commands.append(' '.join(command))
        log = open(self.folder / 'log', 'ab')
        pinned = [*self.prefix, 'taskset', '-c', str(self.cpu), *command]
        self.process = subprocess.Popen(pinned, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()

    def wait_for_path(self, path):
        deadline = time.monotonic() + START_LIMIT_S
        while not Path(path).exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f'{self.name} did not start: {self.last_words()}')
            time.sleep(0.05)

    def last_words(self):
        log = self.folder / 'log'
        return log.read_text(encoding='utf-8', errors='replace')[-500:].strip() if log.exists() else 'no output'

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Laneway(Server):
    """Our engine, one reactor, as shipped."""

    name = 'laneway'

    def __init__(self, folder, cpu, engine, laneway):
        super().__init__(folder, cpu)
        self.engine = engine
        self.laneway = laneway

    def version(self):
        return _first_line([self.engine, '--version'])

    def start(self, disk, size_bytes):
        run_dir = self.folder / 'run'
        rpc = run_dir / 'engine.sock'
        self.run_pinned([self.engine, '--state-dir', str(self.folder / 'state'), '--run-dir', str(run_dir),
                         '--reactors', '1', '--cpus', str(self.cpu)])
        self.wait_for_path(rpc)
        backend = {'null': '--null', 'ram': '--memory'}[disk]
        command = [self.laneway, '--socket', str(rpc), 'vf', 'create', 'bench', backend, str(size_bytes),
                   '--queue-size', '1024', '--queues', '4']
        self.commands.append(' '.join(command))
        made = subprocess.run(command, capture_output=True, text=True, timeout=START_LIMIT_S, check=False)
        if made.returncode != 0:
            raise ServerError(f'laneway vf create failed: {made.stderr.strip()} {self.last_words()}')
        self.socket = str(run_dir / 'vf' / 'bench.sock')
        self.wait_for_path(self.socket)


class StorageDaemon(Server):
    """qemu-storage-daemon, its export on an I/O thread of its own with QEMU's default polling."""

    name = 'qemu-storage-daemon'

    def __init__(self, folder, cpu, program=('qemu-storage-daemon',), name=None):
        super().__init__(folder, cpu)
        self.program = list(program)
        self.name = name or self.name

    def version(self):
        return _first_line([*self.program, '--version'])

    def start(self, disk, size_bytes):
        if disk == 'null':
            block = f'driver=null-co,node-name=disk,size={size_bytes},read-zeroes=off'
        else:
            image = self.folder / 'ram.img'
            with open(image, 'wb') as file:
                file.truncate(size_bytes)
            block = f'driver=file,node-name=disk,filename={image},aio=io_uring,cache.direct=off'
        self.run_pinned([*self.program, '--blockdev', block, '--object', 'iothread,id=io', '--export',
                         'type=vhost-user-blk,id=export,addr.type=unix,addr.path=' + self.socket +
                         ',node-name=disk,writable=on,num-queues=4,iothread=io'])
        self.wait_for_path(self.socket)


def sid_storage_daemon(root):
    """The program of an unpacked newer QEMU in the ignored cache folder, or nothing."""
    tree = Path(root) / '.cache' / 'sid'
    loader = tree / 'lib64' / 'ld-linux-x86-64.so.2'
    program = tree / 'usr' / 'bin' / 'qemu-storage-daemon'
    if not program.exists():
        return None
    if not loader.exists():
        loader = tree / 'usr' / 'lib64' / 'ld-linux-x86-64.so.2'
    return [str(loader), '--library-path', str(tree / 'usr/lib/x86_64-linux-gnu'), str(program)]


def _first_line(command):
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    lines = (answer.stdout or answer.stderr).splitlines()
    return lines[0] if lines else 'unknown'
