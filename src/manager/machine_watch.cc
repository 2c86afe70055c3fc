#include "manager/machine_watch.h"

#include <chrono>

#include "manager/machine_fit.h"
#include "manager/machine_status.h"

namespace laneway {

namespace {

struct Telling {
  Severity severity;
  const char* reason;
  const char* words;
};

Telling telling_of(MachinePower power) {
  switch (power) {
    case MachinePower::running:
      return {Severity::info, "machine_running", "runs"};
    case MachinePower::paused:
      return {Severity::info, "machine_paused", "is paused"};
    case MachinePower::stopping:
      return {Severity::info, "machine_stopping", "shuts down"};
    case MachinePower::stopped:
      return {Severity::info, "machine_stopped", "has stopped"};
    case MachinePower::crashed:
      return {Severity::error, "machine_crashed", "has crashed; its console may say why"};
    case MachinePower::suspended:
      return {Severity::info, "machine_suspended", "sleeps, as its guest asked for"};
    case MachinePower::unknown:
      break;
  }
  return {Severity::warning, "machine_unknown", "is in a state that is not known here"};
}

}  // namespace

MachineWatch::~MachineWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void MachineWatch::start() {
  if (parts_.hypervisor != nullptr) thread_ = std::thread([this] { run(); });
}

void MachineWatch::wake() {
  if (parts_.hypervisor != nullptr) parts_.hypervisor->wake();
}

void MachineWatch::run() {
  while (true) {
    turn();
    bool is_up = false;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
      is_up = is_up_;
    }
    parts_.hypervisor->await_change(is_up ? kLookEveryNs : kLookDownNs);
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
  }
}

void MachineWatch::turn() {
  if (parts_.hypervisor == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    look_began_ns_ = parts_.clock.now_ns();
    ++looks_begun_;
  }
  const Result<HypervisorFacts> facts = parts_.hypervisor->look();
  const std::lock_guard lock(mutex_);
  look_began_ns_ = 0;
  last_look_ = looks_begun_;
  looked_.notify_all();
  if (!facts) return publish_absence(facts.error().message);
  publish(*facts);
}

void MachineWatch::catch_up() {
  if (parts_.hypervisor == nullptr) return;
  if (!thread_.joinable()) return turn();
  std::unique_lock lock(mutex_);
  const uint64_t wanted = looks_begun_ + 1;
  lock.unlock();
  wake();
  lock.lock();
  (void)looked_.wait_for(lock, std::chrono::nanoseconds(kPatienceNs), [&] { return last_look_ >= wanted; });
}

void MachineWatch::check_pulse() {
  const std::lock_guard lock(mutex_);
  if (look_began_ns_ == 0 || parts_.clock.now_ns() - look_began_ns_ < kPatienceNs) return;
  publish_absence("Libvirt has taken a question and does not answer it; look at its log, and restart it if need be.");
}

// With mutex_ held, as the two after it.
void MachineWatch::publish(const HypervisorFacts& facts) {
  is_up_ = true;
  reason_.clear();
  version_ = facts.version;
  uri_ = facts.uri;
  tell_of_hypervisor(true, fmt::format("Libvirt answers ({}).", facts.version));
  tell_of_machines(facts);
  const FunctionSockets sockets = function_sockets(parts_.catalog);
  std::vector<Resource> machines;
  for (const MachineFacts& machine : facts.machines) machines.push_back(machine_of(machine, sockets));
  parts_.catalog.replace_all(Kind::machine, std::move(machines));
}

void MachineWatch::publish_absence(const std::string& reason) {
  is_up_ = false;
  reason_ = reason;
  tell_of_hypervisor(false, reason);
  for (const Resource& machine : parts_.catalog.all(Kind::machine)) {
    parts_.catalog.set_status(Kind::machine, machine.name, unknown_status(machine, reason));
  }
}

void MachineWatch::tell_of_hypervisor(bool is_up, const std::string& text) {
  const bool is_news = !is_told_ || was_up_ != is_up;
  is_told_ = true;
  was_up_ = is_up;
  if (!is_news) return;
  parts_.events.add(
      {is_up ? Severity::info : Severity::warning, Kind::host, "libvirt", is_up ? "libvirt_up" : "libvirt_down", text});
}

void MachineWatch::tell_of_machines(const HypervisorFacts& facts) {
  std::map<std::string, MachinePower, std::less<>> powers;
  for (const MachineFacts& machine : facts.machines) {
    const std::string& name = machine.now.name;
    powers[name] = machine.power;
    const auto known = powers_.find(name);
    const bool is_same = known != powers_.end() && known->second == machine.power;
    if (is_same || !has_looked_) continue;
    const Telling telling = telling_of(machine.power);
    parts_.events.add(
        {telling.severity, Kind::machine, name, telling.reason, fmt::format("Machine '{}' {}.", name, telling.words)});
  }
  for (const auto& [name, power] : powers_) {
    if (powers.contains(name)) continue;
    parts_.events.add({Severity::info, Kind::machine, name, "machine_gone",
                       fmt::format("Machine '{}' is not there any more.", name)});
  }
  powers_ = std::move(powers);
  has_looked_ = true;
}

Json MachineWatch::libvirt_part() const {
  const std::lock_guard lock(mutex_);
  if (parts_.hypervisor == nullptr) return {{"state", "off"}, {"reason", "lanewayd was started with --libvirt none."}};
  Json part = {{"state", is_up_ ? "running" : "unreachable"}, {"reason", reason_}};
  if (!version_.empty()) part["version"] = version_;
  if (!uri_.empty()) part["uri"] = uri_;
  return part;
}

Json MachineWatch::machines_part() const {
  Json part = machines_total(parts_.catalog.all(Kind::machine));
  const HostRoom room = room_of_host(parts_.limits, parts_.catalog);
  if (room.memory_max_bytes == 0) return part;
  part["cpus_max"] = room.cpus_max;
  part["memory_max_bytes"] = room.memory_max_bytes;
  return part;
}

}  // namespace laneway
