#pragma once
// What a hypervisor is told to attach a function: libvirt's disk element and QEMU's arguments, with every name and path
// escaped as the reader wants it. Free functions. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "rpc/json.h"

namespace laneway {

struct GuestDisk {
  std::string name;
  std::string socket_path;
  uint64_t queues = 1;
  uint64_t queue_size = 256;
};

// From the engine's description of a function.
GuestDisk guest_disk(const Json& function);

// The serial is no part of either: it is the function's own, and reaches the guest through it.
std::string libvirt_disk(const GuestDisk& disk, const std::string& device_name);
// Option and value in turn: "-chardev", "socket,...", "-device", "vhost-user-blk-pci,...".
// reconnect_ms 0 writes "reconnect=1" for QEMU before 11; others "reconnect-ms=N", known since QEMU 9.2.
std::vector<std::string> qemu_arguments(const GuestDisk& disk, const std::string& id, uint32_t reconnect_ms);

}  // namespace laneway
