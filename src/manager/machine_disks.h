#pragma once
// Functions as disks of machines: attached and detached while the machine runs or is off, and seen to have arrived:
// QEMU is at the function's socket, the guest runs its rings, the first request came. Jobs; each on its thread.

#include <memory>
#include <string>

#include "manager/machine_jobs.h"

namespace laneway {

struct AttachOrder {
  std::string machine;
  std::string function;
  std::string target;    // "vdb"; empty: the first that is free
  uint64_t guest_s = 0;  // how long its guest may take to use the disk; 0: that is not waited for
};

std::unique_ptr<MachineJob> make_attach_job(AttachOrder order);
std::unique_ptr<MachineJob> make_detach_job(const std::string& machine, const std::string& function);

// A function that is served, as a disk without a target.
Result<FunctionDisk> disk_of_function(const MachineParts& parts, const std::string& name);
// "vda", or the first after it that no disk has.
std::string free_target(const std::vector<MachineDisk>& disks);

}  // namespace laneway
