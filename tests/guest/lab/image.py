"""The first file system of a lab guest: busybox, modules, and programs of this machine with their libraries."""

import hashlib
import re
import shutil
from pathlib import Path

from .cpio import Archive
from .process import must_run
from .workplace import CACHE

_INIT = Path(__file__).with_name('guest_init.sh')


def libraries_of(program):
    """Paths of the shared libraries that a program needs, its loader too."""
    listing = must_run(['ldd', program])
    return sorted(set(re.findall(r'(?:=>\s*|^\s*)(/\S+)\s*\(', listing, re.MULTILINE)))


def build(name, modules, channel, programs=(), files=()):
    """Writes .cache/guest/NAME-HASH.cpio unless it is there. modules: (file name, bytes) in load order; programs: paths
    of this machine; files: (path in the guest, bytes)."""
    archive_path = CACHE / 'guest' / f'{name}-{_fingerprint(modules, channel, programs, files)}.cpio'
    if archive_path.exists():
        return archive_path
    for old in archive_path.parent.glob(f'{name}-*.cpio'):
        old.unlink()
    archive = Archive()
    archive.add_folder('dev')
    archive.add_device('dev/console', 5, 1)
    archive.add_file('bin/busybox', Path(shutil.which('busybox') or '/bin/busybox').read_bytes())
    archive.add_file('init', _INIT.read_bytes())
    archive.add_file('channel', channel.encode() + b'\n')
    archive.add_file('modules/order', ''.join(f'{module}\n' for module, _ in modules).encode())
    for module, data in modules:
        archive.add_file(f'modules/{module}', data)
    for path in sorted({path for program in programs for path in libraries_of(program)}):
        archive.add_file(path, Path(path).read_bytes())
    for program in programs:
        archive.add_file(f'usr/bin/{Path(program).name}', Path(program).read_bytes())
    for path, data in files:
        archive.add_file(path, data)
    archive.write(archive_path)
    return archive_path


def _fingerprint(modules, channel, programs, files):
    digest = hashlib.sha256(_INIT.read_bytes() + channel.encode())
    for name, data in list(modules) + list(files):
        digest.update(name.encode() + hashlib.sha256(data).digest())
    for program in programs:
        status = Path(program).stat()
        digest.update(f'{program} {status.st_size} {status.st_mtime_ns}'.encode())
    return digest.hexdigest()[:12]
