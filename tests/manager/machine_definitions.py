"""Definitions of machines for tests, as an administrator would write them with virsh."""

_SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"


def definition(name, shared=True, boot='', devices='', memory_mib=64):
    """A small machine that emulates its processor; without `boot` it finds nothing to start."""
    ports = "<controller type='pci' model='pcie-root-port'/>" * 8
    return f"""<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>{memory_mib}</memory>
  {_SHARED if shared else ''}
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>{boot}</os>
  <features><acpi/></features>
  <cpu mode='maximum'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='pci' index='0' model='pcie-root'/>{ports}
    <controller type='usb' model='none'/>
    <serial type='pty'/>
    <console type='pty'/>
    {devices}
  </devices>
</domain>"""


def disk(path, target='vda', queues=1):
    return f"""<disk type='vhostuser' device='disk'><driver name='qemu' type='raw' queues='{queues}'/>
    <source type='unix' path='{path}'><reconnect enabled='yes' timeout='1'/></source>
    <target dev='{target}' bus='virtio'/></disk>"""
