"""A machine of libvirt's that boots Linux and takes commands, as tests/guest/lab's guests do."""

from lab import image
from lab.agent import Agent
from lab.guest import Guest
from lab.kernel import debian_kernel
from machine_definitions import definition

_MODULES = ('virtio_pci', 'virtio_console', 'virtio_blk', 'pciehp', 'virtio_balloon')
_CHANNEL = '/dev/vport0p1'


class MachineGuest(Guest):
    """Defined, not started."""

    def __init__(self, workplace, libvirt, name, shared=True, devices='', memory_mib=256):
        kernel = debian_kernel()
        initrd = image.build('machine', kernel.modules_in_order(_MODULES), _CHANNEL)
        self._path = workplace.path(f'{name}-channel.sock')
        self._libvirt = libvirt
        self.name = name
        boot = (f'<kernel>{kernel.image}</kernel><initrd>{initrd}</initrd>'
                '<cmdline>console=ttyS0 panic=-1 no_timer_check tsc=reliable</cmdline>')
        channel = (f"<channel type='unix'><source mode='bind' path='{self._path}'/>"
                   "<target type='virtio' name='lab'/></channel><memballoon model='virtio'/>")
        libvirt.define(definition(name, shared, boot, channel + devices, memory_mib))

    def is_running(self):
        return 'running' in self._libvirt.virsh('domstate', self.name)

    def connect(self):
        """After its start; returns when it takes commands."""
        self.agent = Agent.connect(self._path, self.is_running)
        self.agent.wait_ready()
        return self
