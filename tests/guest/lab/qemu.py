"""A QEMU guest with Debian's cloud kernel, busybox and fio; functions are attached over vhost-user."""

import os
import shutil

from . import image, watch
from .agent import Agent
from .guest import Guest
from .kernel import debian_kernel
from .newer_debian import qemu_version
from .qmp import Qmp

_PROGRAM = 'qemu-system-x86_64'
_CHANNEL = '/dev/vport0p1'
_SLOTS = 4  # root ports for functions
_MODULES = ('virtio_pci', 'virtio_console', 'virtio_blk', 'pciehp', 'shpchp')


def kvm_is_usable():
    """(answer, reason). Where the CPU shows neither vmx nor svm, KVM crawls or fails, whatever /dev/kvm is."""
    with open('/proc/cpuinfo', encoding='ascii', errors='replace') as cpuinfo:
        flags = next((line.split() for line in cpuinfo if line.startswith('flags')), [])
    if 'vmx' not in flags and 'svm' not in flags:
        return False, 'the CPU shows neither vmx nor svm'
    if not os.path.exists('/dev/kvm'):
        return False, 'there is no /dev/kvm'
    if not os.access('/dev/kvm', os.R_OK | os.W_OK):
        return False, '/dev/kvm may not be opened by this user (group kvm?)'
    return True, 'the CPU has vmx or svm and /dev/kvm is usable'


class QemuGuest(Guest):
    def __init__(self, workplace, sockets=(), **options):
        """options: name, memory_mib, cpus, kvm, programs (more of this machine's), files, queues, modules,
        suite (the Debian whose kernel it runs; this machine's where not given), tree (newer_debian.Tree whose QEMU
        carries it; this machine's where not given), network (words of QEMU's -netdev user)."""
        self._workplace = workplace
        self.name = options.get('name', 'qemu')
        self._queues = options.get('queues', 1)
        self._attached = 0
        self._slots = {}  # root port -> id of the device in it
        kernel = debian_kernel(suite=options.get('suite'))
        programs = [shutil.which('fio'), *options.get('programs', ())]
        initrd = image.build(options.get('image', 'qemu'),
                             kernel.modules_in_order([*_MODULES, *options.get('modules', ())]), _CHANNEL, programs,
                             options.get('files', ()))
        channel, monitor = workplace.path(f'{self.name}-channel.sock'), workplace.path(f'{self.name}-qmp.sock')
        tree = options.get('tree')
        program = tree.command(_PROGRAM) if tree else [_PROGRAM]
        # The option that a function's socket is connected again with has another name and unit since QEMU 9.2.
        self._reconnect = ('reconnect-ms', 1000) if qemu_version(program) >= (9, 2) else ('reconnect', 1)
        command = [*program, *(tree.firmware() if tree else ()), '-nodefaults', '-no-user-config',
                   '-display', 'none', '-no-reboot',
                   *self._machine(options), '-kernel', kernel.image, '-initrd', initrd,
                   '-append', 'console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable',
                   '-serial', 'stdio', '-qmp', f'unix:{monitor},server=on,wait=off',
                   '-chardev', f'socket,id=channel,path={channel},server=on,wait=off',
                   '-device', 'virtio-serial-pci,id=serial0', '-device', 'virtserialport,chardev=channel,name=channel']
        for slot in range(_SLOTS):
            command += ['-device', f'pcie-root-port,id=slot{slot},chassis={slot + 1},slot={slot + 1}']
        for path in sockets:
            command += self._disk_arguments(path)
        if 'network' in options:
            command += ['-netdev', f'user,id=net,{options["network"]}', '-device', 'virtio-net-pci,netdev=net,romfile=']
        environment = dict(os.environ, **(tree.environment() if tree else {}))
        self.process = workplace.start(self.name, command, env=environment)
        watch.until(lambda: self._has(monitor) and self._has(channel), 'QEMU listening')
        self.qmp = Qmp(monitor)
        workplace.at_end(self.qmp.close)
        self.agent = Agent.connect(channel, self.process.is_running)
        self.agent.wait_ready()

    @staticmethod
    def _machine(options):
        memory = options.get('memory_mib', 768)
        words = ['-m', f'{memory}M', '-smp', str(options.get('cpus', 2)),
                 '-object', f'memory-backend-memfd,id=memory,size={memory}M,share=on',
                 '-machine', f'q35,memory-backend=memory,accel={"kvm" if options.get("kvm") else "tcg"}']
        return words + ['-cpu', 'host' if options.get('kvm') else 'max']

    def _next_device(self):
        """(number, root port) of a new device; ports of unplugged devices are used again."""
        number = self._attached
        self._attached += 1
        slot = next(slot for slot in range(_SLOTS) if slot not in self._slots)
        self._slots[slot] = f'disk{number}'
        return number, f'slot{slot}'

    def _disk_arguments(self, path):
        number, slot = self._next_device()
        key, value = self._reconnect
        return ['-chardev', f'socket,id=lane{number},path={path},{key}={value}',
                '-device', f'vhost-user-blk-pci,id=disk{number},chardev=lane{number},num-queues={self._queues},'
                           f'bus={slot}']

    def _has(self, path):
        if not self.process.is_running():
            raise RuntimeError(f'QEMU ended: {self.process.log_tail()}')
        return path.exists()

    def plug(self, path):
        """Hot-plugs a function; returns the device's id for unplug()."""
        number, slot = self._next_device()
        key, value = self._reconnect
        self.qmp.command('chardev-add', id=f'lane{number}', backend={'type': 'socket', 'data': {
            'addr': {'type': 'unix', 'data': {'path': str(path)}}, 'server': False, key: value}})
        self.qmp.command('device_add', driver='vhost-user-blk-pci', id=f'disk{number}', chardev=f'lane{number}',
                         num_queues=self._queues, bus=slot)
        return f'disk{number}'

    def unplug(self, device):
        self.qmp.command('device_del', id=device)
        self.qmp.wait_event('DEVICE_DELETED', device=device)
        self.qmp.command('chardev-remove', id=device.replace('disk', 'lane'))
        self._slots = {slot: name for slot, name in self._slots.items() if name != device}

    def power_off(self, seconds=60):
        self.agent.begin('poweroff -f')
        self.process.wait(seconds)
