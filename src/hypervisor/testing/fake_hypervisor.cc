#include "hypervisor/testing/fake_hypervisor.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>

namespace laneway {

Result<HypervisorFacts> FakeHypervisor::look() {
  std::unique_lock lock(mutex_);
  has_hung_look_ = is_hanging_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !is_hanging_; });
  has_hung_look_ = false;
  if (error_) return tl::unexpected<Error>(*error_);
  return HypervisorFacts{"fake:///", "libvirt 9.0.0", machines_};
}

void FakeHypervisor::await_change(uint64_t time_ns) {
  std::unique_lock lock(mutex_);
  (void)changed_.wait_for(lock, std::chrono::nanoseconds(time_ns), [this] { return has_changed_; });
  has_changed_ = false;
}

void FakeHypervisor::wake() {
  {
    const std::lock_guard lock(mutex_);
    has_changed_ = true;
  }
  changed_.notify_all();
}

MachineFacts* FakeHypervisor::known(const std::string& name) {
  const auto found =
      std::find_if(machines_.begin(), machines_.end(), [&](const auto& machine) { return machine.now.name == name; });
  return found == machines_.end() ? nullptr : &*found;
}

Result<MachineFacts*> FakeHypervisor::reach(const std::string& name) {
  if (error_) return tl::unexpected<Error>(*error_);
  MachineFacts* const machine = known(name);
  if (machine == nullptr) return fail(ErrorCode::not_found, "Machine '{}' was not found: no domain.", name);
  return machine;
}

Result<MachineFacts> FakeHypervisor::find(const std::string& machine) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  return found ? Result<MachineFacts>(**found) : pass_on(found);
}

Result<void> FakeHypervisor::attach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  if (!found) return pass_on(found);
  const MachineDisk added{disk.target, "virtio", "vhostuser", disk.socket_path, false, false};
  const bool is_off = !is_on((*found)->power);
  if (scope.is_live || is_off) (*found)->now.disks.push_back(added);
  if (scope.is_stored) (*found)->stored.disks.push_back(added);
  return {};
}

Result<void> FakeHypervisor::detach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  if (!found) return pass_on(found);
  const auto is_it = [&](const MachineDisk& each) { return each.target == disk.target; };
  const bool is_off = !is_on((*found)->power);
  if ((scope.is_live && !keeps_disks_) || is_off) std::erase_if((*found)->now.disks, is_it);
  if (scope.is_stored) std::erase_if((*found)->stored.disks, is_it);
  return {};
}

Result<void> FakeHypervisor::change(const std::string& machine, const DefinitionChange& change) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  if (!found) return pass_on(found);
  MachineFacts& facts = **found;
  if (change.cpus) facts.stored.cpus = static_cast<uint32_t>(*change.cpus);
  if (change.memory_bytes) facts.stored.memory_bytes = *change.memory_bytes;
  if (change.is_autostarted) facts.is_autostarted = *change.is_autostarted;
  if (change.memory_now_bytes) facts.now.memory_now_bytes = *change.memory_now_bytes;
  if (change.makes_memory_shared) facts.stored.is_memory_shared = true;
  if (!is_on(facts.power)) facts.now = facts.stored;
  return {};
}

Result<void> FakeHypervisor::define(const MachinePlan& plan) {
  const std::lock_guard lock(mutex_);
  if (error_) return tl::unexpected<Error>(*error_);
  if (known(plan.name) != nullptr) return fail(ErrorCode::already_exists, "There is one; choose another name.");
  MachineFacts machine = running_machine(plan.name);
  machine.power = MachinePower::stopped;
  machine.stored.cpus = static_cast<uint32_t>(plan.cpus);
  machine.stored.memory_bytes = plan.memory_bytes;
  for (const FunctionDisk& disk : plan.disks) {
    machine.stored.disks.push_back({disk.target, "virtio", "vhostuser", disk.socket_path, false, false});
  }
  machine.now = machine.stored;
  machines_.push_back(std::move(machine));
  return {};
}

Result<void> FakeHypervisor::undefine(const std::string& machine) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  if (!found) return pass_on(found);
  std::erase_if(machines_, [&](const auto& each) { return each.now.name == machine; });
  return {};
}

Result<void> FakeHypervisor::set_power(const std::string& machine, PowerAction action) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  if (!found) return pass_on(found);
  MachineFacts& facts = **found;
  const bool is_ignored = action == PowerAction::reboot || (action == PowerAction::stop && ignores_stop_);
  if (is_ignored) return {};
  if (action == PowerAction::start) facts.now = facts.stored;
  facts.power = action == PowerAction::pause                                      ? MachinePower::paused
                : action == PowerAction::stop || action == PowerAction::force_off ? MachinePower::stopped
                                                                                  : MachinePower::running;
  return {};
}

Result<UniqueFd> FakeHypervisor::open_serial(const std::string& machine, bool takes_over) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  if (!found) return pass_on(found);
  const bool is_busy = !busy_consoles_.insert(machine).second;
  if (is_busy && !takes_over) return fail(ErrorCode::in_use, "The console is open: active session.");
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

Result<UniqueFd> FakeHypervisor::open_screen(const std::string& machine) {
  const std::lock_guard lock(mutex_);
  Result<MachineFacts*> found = reach(machine);
  if (!found) return pass_on(found);
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void FakeHypervisor::set_stubborn(bool keeps_disks, bool ignores_stop) {
  const std::lock_guard lock(mutex_);
  keeps_disks_ = keeps_disks;
  ignores_stop_ = ignores_stop;
}

void FakeHypervisor::put(const MachineFacts& machine) {
  const std::lock_guard lock(mutex_);
  MachineFacts* const former = known(machine.now.name);
  if (former == nullptr) machines_.push_back(machine);
  if (former != nullptr) *former = machine;
}

void FakeHypervisor::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::erase_if(machines_, [&](const auto& machine) { return machine.now.name == name; });
}

void FakeHypervisor::fail_with(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

void FakeHypervisor::hang(bool is_hanging) {
  {
    const std::lock_guard lock(mutex_);
    is_hanging_ = is_hanging;
  }
  changed_.notify_all();
}

void FakeHypervisor::await_hung_look() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return has_hung_look_; });
}

MachineFacts running_machine(const std::string& name, const std::string& socket_path) {
  MachineFacts machine;
  machine.power = MachinePower::running;
  machine.now = {name,
                 "5b0f2b4e-0000-4000-8000-0000000000" + std::to_string(10 + name.size()),
                 "tcg",
                 2,
                 uint64_t{1} << 30,
                 uint64_t{1} << 30,
                 true,
                 true,
                 true,
                 {}};
  if (!socket_path.empty()) machine.now.disks.push_back({"vda", "virtio", "vhostuser", socket_path, false, false});
  machine.stored = machine.now;
  return machine;
}

}  // namespace laneway
