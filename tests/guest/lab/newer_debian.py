"""Programs of another Debian, unpacked into .cache/peers/ and run through their own loader; nothing is installed."""

import hashlib
import re
import shutil
import subprocess

from .kernel import separate_apt_options
from .process import must_run
from .workplace import CACHE

PACKAGES = ('qemu-system-x86', 'qemu-utils', 'qemu-block-extra', 'libblkio1')
_LIBRARIES = 'usr/lib/x86_64-linux-gnu'


class Tree:
    """What `packages` and all that they need brought; `suite` is the Debian they come from."""

    def __init__(self, suite, packages=PACKAGES):
        self.suite = suite
        mark = hashlib.sha256(' '.join(packages).encode()).hexdigest()[:8]
        self.folder = CACHE / 'peers' / f'{suite}-{mark}'
        if not self.folder.exists():
            _unpack(suite, packages, self.folder)

    def library(self, name):
        return self.folder / _LIBRARIES / name

    def command(self, program):
        """The words that start one of its programs on this machine."""
        loader = self.folder / 'usr/lib64/ld-linux-x86-64.so.2'
        if not loader.exists():
            loader = self.library('ld-linux-x86-64.so.2')
        return [loader, '--library-path', self.folder / _LIBRARIES, self.folder / 'usr/bin' / program]

    def environment(self):
        """What its QEMU needs to find its own modules."""
        return {'QEMU_MODULE_DIR': str(self.library('qemu'))}

    def firmware(self):
        """Options for QEMU: its data folders, which it would look for in the machine's own root."""
        folders = [self.folder / 'usr/share' / name for name in ('qemu', 'seabios')]
        folders.append(self.folder / 'usr/lib/ipxe/qemu')
        return [word for folder in folders if folder.is_dir() for word in ('-L', folder)]


def _unpack(suite, packages, folder):
    """Every step is named; a failed one leaves nothing that a later run would take for whole."""
    print(f'lab: downloading {", ".join(packages)} of Debian {suite}', flush=True)
    apt = separate_apt_options(suite)
    archives = CACHE / 'apt' / suite / 'archives'
    try:
        must_run(['apt-get', '-q', *apt, 'update'], seconds=600)
        must_run(['apt-get', '-q', *apt, '--download-only', '-y', '--no-install-recommends', 'install', *packages],
                 seconds=1200)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f'Debian {suite} could not be downloaded: this needs the network and a Debian mirror that '
                           f'has it (tools/debian-mirror.sh names the one that is used)\n{error}') from error
    print(f'lab: unpacking Debian {suite}', flush=True)
    unfinished = folder.with_name(folder.name + '.unfinished')
    shutil.rmtree(unfinished, ignore_errors=True)
    # Where a package still names /lib and /bin, its files belong below /usr.
    for name in ('bin', 'lib', 'lib64', 'sbin'):
        (unfinished / 'usr' / name).mkdir(parents=True)
        (unfinished / name).symlink_to(f'usr/{name}')
    for package in sorted(archives.glob('*.deb')):
        # Through a pipe into tar, which keeps the links above where dpkg-deb would replace them by folders.
        must_run(['sh', '-c', 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"', 'unpack',
                  package, unfinished])
    shutil.rmtree(archives)
    unfinished.rename(folder)


def qemu_version(command):
    """(major, minor) of the QEMU that these words start."""
    words = must_run([*command, '--version'])
    found = re.search(r'version (\d+)\.(\d+)', words)
    if not found:
        raise RuntimeError(f'no version in: {words[:200]}')
    return int(found.group(1)), int(found.group(2))
