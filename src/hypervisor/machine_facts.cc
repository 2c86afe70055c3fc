#include "hypervisor/machine_facts.h"

#include <algorithm>

namespace laneway {

namespace {

constexpr std::string_view kPowers[] = {"stopped", "running", "paused", "stopping", "crashed", "suspended", "unknown"};

bool is_same(const MachineDisk& a, const MachineDisk& b) {
  return a.target == b.target && a.kind == b.kind && a.source == b.source;
}

}  // namespace

std::string_view power_name(MachinePower power) { return kPowers[static_cast<size_t>(power)]; }

std::vector<MachineDisk> disks_of(const MachineFacts& machine) {
  std::vector<MachineDisk> disks = machine.now.disks;
  const bool is_live = is_on(machine.power);
  for (MachineDisk& disk : disks) {
    disk.is_live = is_live;
    disk.is_stored = !is_live;
  }
  if (!is_live || !machine.is_persistent) return disks;
  for (const MachineDisk& stored : machine.stored.disks) {
    const auto known =
        std::find_if(disks.begin(), disks.end(), [&](const auto& disk) { return is_same(disk, stored); });
    if (known != disks.end()) {
      known->is_stored = true;
      continue;
    }
    disks.push_back(stored);
    disks.back().is_stored = true;
  }
  return disks;
}

}  // namespace laneway
