"""Debian's own kernel packages, unpacked into .cache/ without installing them."""

import lzma
import os
import re
import struct
import subprocess
from pathlib import Path

from .process import must_run
from .workplace import CACHE, ROOT


class Kernel:
    def __init__(self, folder):
        self.folder = folder
        self._modules = None

    @property
    def image(self):
        unpacked = self.folder / 'vmlinux'
        return unpacked if unpacked.exists() else next(self.folder.glob('root/boot/vmlinuz-*'))

    @property
    def release(self):
        return next(self.folder.glob('root/boot/vmlinuz-*')).name.removeprefix('vmlinuz-')

    def modules_in_order(self, names):
        """(file name, bytes) of the modules and of all that they need, in load order; built-in ones left out."""
        if self._modules is None:
            self._modules = find_modules(self.folder / 'root')
        order = []
        for name in names:
            add_module(self._modules, name, order)
        return [(f'{name}.ko', module_bytes(self._modules[name])) for name in order]


def find_modules(folder):
    modules = {}
    for path in Path(folder).rglob('*.ko*'):
        modules[path.name.split('.ko')[0].replace('-', '_')] = path
    return modules


def module_bytes(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == '.xz' else data


def add_module(modules, name, order):
    if name in order or name not in modules:
        return
    depends = re.search(rb'\0depends=([^\0]*)\0', b'\0' + module_bytes(modules[name]))
    for needed in (depends.group(1).decode().split(',') if depends else []):
        if needed:
            add_module(modules, needed.replace('-', '_'), order)
    order.append(name)


def debian_kernel(meta_package='linux-image-cloud-amd64', suite=None):
    """The kernel that `meta_package` stands for today, downloaded once; of another Debian where `suite` names one."""
    apt = apt_options(suite)
    package = _newest_package(meta_package, apt)
    folder = CACHE / 'kernels' / package
    if not (folder / 'complete').exists():
        print(f'lab: downloading Debian\'s kernel {package}', flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        must_run(['apt-get', '-q', *apt, 'download', package], cwd=folder, seconds=600)
        must_run(['dpkg-deb', '-x', next(folder.glob('*.deb')), folder / 'root'])
        _unpack_image(folder)
        (folder / 'complete').touch()
    return Kernel(folder)


def apt_options(suite):
    """Options that make apt read another Debian's lists where `suite` is not this machine's own."""
    if suite is None or suite == _own_suite():
        return _sandbox_options()
    return separate_apt_options(suite)


def separate_apt_options(suite):
    """Options for lists of any Debian that know of no installed package, from the mirror that this machine uses."""
    folder = CACHE / 'apt' / suite
    (folder / 'lists' / 'partial').mkdir(parents=True, exist_ok=True)
    (folder / 'archives' / 'partial').mkdir(parents=True, exist_ok=True)
    mirror = must_run([ROOT / 'tools' / 'debian-mirror.sh']).strip()
    keys = Path('/usr/share/keyrings/debian-archive-keyring.gpg')
    signed = f'[signed-by={keys}] ' if keys.exists() else ''
    (folder / 'sources.list').write_text(f'deb {signed}{mirror} {suite} main\n', encoding='utf-8')
    (folder / 'status').touch()
    settings = {'Dir::Etc::sourcelist': 'sources.list', 'Dir::State::lists': 'lists', 'Dir::Cache': '.',
                'Dir::State::status': 'status'}
    words = ['-o', 'Dir::Etc::sourceparts=-']
    for key, name in settings.items():
        words += ['-o', f'{key}={folder / name}']
    return _sandbox_options() + words


def _sandbox_options():
    return ['-o', 'APT::Sandbox::User=root'] if os.geteuid() == 0 else []


def _own_suite():
    with open('/etc/os-release', encoding='utf-8') as release:
        return next((line.split('=')[1].strip() for line in release if line.startswith('VERSION_CODENAME=')), '')


def _newest_package(meta_package, apt):
    for attempt in range(2):
        listing = subprocess.run(['apt-cache', *apt, 'depends', meta_package], capture_output=True, text=True,
                                 check=False)
        match = re.search(r'Depends: (linux-image-\S+)', listing.stdout)
        if match:
            return match.group(1)
        if attempt == 0:
            as_root = [] if os.geteuid() == 0 or any('Dir::State::lists' in word for word in apt) else ['sudo', '-n']
            must_run([*as_root, 'apt-get', '-q', *apt, 'update'], seconds=600)
    raise RuntimeError(f'{meta_package}: not in the package lists; run "apt-get update"')


def _unpack_image(folder):
    """Writes the ELF inside a bzImage beside it, which boots faster; leaves it be where its packing is unknown."""
    data = next(folder.glob('root/boot/vmlinuz-*')).read_bytes()
    sectors = data[0x1f1]
    offset, length = struct.unpack_from('<II', data, 0x248)
    start = (sectors + 1) * 512 + offset
    payload = data[start:start + length]
    if payload.startswith(b'\xfd7zXZ'):
        (folder / 'vmlinux').write_bytes(lzma.LZMADecompressor().decompress(payload))
