#pragma once
// Hypervisor is the port to what runs machines on this host. Every call may block for as long as the other side lets
// it; so it is made on threads that nothing else waits for. LibvirtHypervisor is the one there is; tests play another.
// Owned by the daemon. Any thread, where a member does not say otherwise.

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "hypervisor/machine_facts.h"
#include "hypervisor/machine_plan.h"

namespace laneway {

struct DiskScope {
  bool is_live = false;    // of the machine that is on
  bool is_stored = false;  // of its definition
};

// What is to be another; nothing: as it is.
struct DefinitionChange {
  std::optional<uint64_t> cpus;
  std::optional<uint64_t> memory_bytes;
  std::optional<bool> is_autostarted;
  bool makes_memory_shared = false;
  std::optional<uint64_t> memory_now_bytes;  // of one that is on, at once: what its balloon is to leave it
};

// `stop` and `reboot` ask the guest; the others are done to it.
enum class PowerAction : uint8_t { start, stop, force_off, reboot, pause, resume };

class Hypervisor {
 public:
  virtual ~Hypervisor() = default;

  // All machines, as they are now. Connects first where there is no connection. One thread only.
  virtual Result<HypervisorFacts> look() = 0;
  // Returns when something may have changed since it returned last, when wake() was called, or after that time.
  virtual void await_change(uint64_t time_ns) = 0;
  virtual void wake() = 0;

  // One machine by its name. ErrorCode::not_found where there is none; likewise for all below.
  virtual Result<MachineFacts> find(const std::string& machine) = 0;
  // Gives it a disk, or asks it to give one up: a guest that is on takes its time for that, and may never do it.
  virtual Result<void> attach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) = 0;
  virtual Result<void> detach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) = 0;
  // Of its definition; counts at its next start.
  virtual Result<void> change(const std::string& machine, const DefinitionChange& change) = 0;
  // Defines a new one, which is off. ErrorCode::already_exists where there is one of that name.
  virtual Result<void> define(const MachinePlan& plan) = 0;
  // Of one that is off; what its disks hold stays.
  virtual Result<void> undefine(const std::string& machine) = 0;
  virtual Result<void> set_power(const std::string& machine, PowerAction action) = 0;
  // A stream of bytes to and from its serial console. One at a time; with `takes_over` the one that has it is ended.
  virtual Result<UniqueFd> open_serial(const std::string& machine, bool takes_over) = 0;
  // To its screen: the RFB protocol (VNC), without a password.
  virtual Result<UniqueFd> open_screen(const std::string& machine) = 0;
};

}  // namespace laneway
