#pragma once
// What a hypervisor says of itself and of its machines, in our words and free of its library. Plain values. Any
// thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace laneway {

enum class MachinePower : uint8_t { stopped, running, paused, stopping, crashed, suspended, unknown };
std::string_view power_name(MachinePower power);
// The machine has memory and processors now.
inline bool is_on(MachinePower power) {
  return power == MachinePower::running || power == MachinePower::paused || power == MachinePower::stopping ||
         power == MachinePower::suspended;
}

struct MachineDisk {
  std::string target;      // "vda"
  std::string bus;         // "virtio"
  std::string kind;        // "vhostuser", "file", "block", "network", "volume"
  std::string source;      // a socket, file, device or name; empty: a drive without a medium
  bool is_live = false;    // the machine that is on has it
  bool is_stored = false;  // its definition has it: it is there at the next start
};

// One form of a machine: as it runs, or as it is defined for its next start.
struct MachineForm {
  std::string name;
  std::string uuid;
  std::string accelerator;  // "kvm", "tcg", or the hypervisor's own word for another
  uint32_t cpus = 0;
  uint64_t memory_bytes = 0;
  uint64_t memory_now_bytes = 0;  // what the balloon leaves it
  bool is_memory_shared = false;  // a function of the engine can reach it
  bool has_serial = false;
  bool has_screen = false;  // VNC
  std::vector<MachineDisk> disks;
};

struct MachineFacts {
  MachinePower power = MachinePower::unknown;
  bool is_persistent = true;  // false: it is gone when it stops
  bool is_autostarted = false;
  MachineForm now;     // as it runs; of one that is off: as it is defined
  MachineForm stored;  // as it is defined; of one that is not persistent: as it runs
};

struct HypervisorFacts {
  std::string uri;
  std::string version;  // "libvirt 9.0.0, QEMU 7.2.22"
  std::vector<MachineFacts> machines;
};

// The disks of both forms, by target.
std::vector<MachineDisk> disks_of(const MachineFacts& machine);

}  // namespace laneway
