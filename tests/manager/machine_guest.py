"""A machine of libvirt's that boots Linux and takes commands, as tests/guest/lab's guests do."""

from lab import image
from lab.agent import Agent
from lab.guest import Guest
from lab.kernel import debian_kernel
from machine_definitions import definition

_MODULES = ('virtio_pci', 'virtio_console', 'virtio_blk', 'pciehp', 'virtio_balloon', 'isofs')
_CHANNEL = '/dev/vport0p1'
# Which number the port gets depends on what else the machine has.
_SETUP = b'''tries=0
while set -- /dev/vport?p1; [ ! -e "$1" ] && [ $tries -lt 200 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
echo "$1" >/channel
'''


class MachineGuest(Guest):
    """Defined, not started."""

    def __init__(self, workplace, libvirt, name, shared=True, devices='', memory_mib=256):
        self._path = workplace.path(f'{name}-channel.sock')
        self._libvirt = libvirt
        self.name = name
        devices += self._channel() + "<memballoon model='virtio'/>"
        libvirt.define(definition(name, shared, self._boot(), devices, memory_mib))

    @classmethod
    def of_definition(cls, workplace, libvirt, name):
        """One that is defined already is given the lab's kernel and its channel; the rest stays."""
        self = cls.__new__(cls)
        self._path = workplace.path(f'{name}-channel.sock')
        self._libvirt = libvirt
        self.name = name
        text = libvirt.virsh('dumpxml', '--inactive', name)
        text = text.replace('</os>', f'{self._boot()}</os>', 1).replace('</devices>', f'{self._channel()}</devices>', 1)
        libvirt.define(text)
        return self

    @staticmethod
    def _boot():
        kernel = debian_kernel()
        initrd = image.build('machine', kernel.modules_in_order(_MODULES), _CHANNEL,
                             files=[('setup', _SETUP)])
        return (f'<kernel>{kernel.image}</kernel><initrd>{initrd}</initrd>'
                '<cmdline>console=ttyS0 panic=-1 no_timer_check tsc=reliable</cmdline>')

    def _channel(self):
        return (f"<channel type='unix'><source mode='bind' path='{self._path}'/>"
                "<target type='virtio' name='lab'/></channel>")

    def is_running(self):
        return 'running' in self._libvirt.virsh('domstate', self.name)

    def connect(self):
        """After its start; returns when it takes commands."""
        self.agent = Agent.connect(self._path, self.is_running)
        self.agent.wait_ready()
        return self
