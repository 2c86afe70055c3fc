#include "manager/machine_power.h"

#include <algorithm>

#include "manager/function_arrival.h"
#include "manager/machine_status.h"

namespace laneway {

namespace {

constexpr uint64_t kLookEveryNs = 250 * kMillisecond;
constexpr std::string_view kActions[] = {"start", "stop", "force_off", "reboot", "pause", "resume"};
constexpr std::string_view kNotes[] = {"Starts the machine.", "Asks its guest to stop.",
                                       "Switches it off.",    "Asks its guest to start anew.",
                                       "Pauses it.",          "Lets it go on."};

class PowerJob final : public MachineJob {
 public:
  PowerJob(std::string machine, PowerAction action, uint64_t guest_s)
      : machine_(std::move(machine)), action_(action), guest_s_(guest_s) {}

  Result<void> run(const MachineParts& parts, JobControl& control) override {
    Result<MachineFacts> machine = parts.hypervisor->find(machine_);
    if (!machine) return pass_on(machine);
    if (is_so_already(machine->power)) {
      control.note("It is so already.");
      return {};
    }
    if (Result<void> fits = check(parts, *machine); !fits) return fits;
    control.note(kNotes[static_cast<size_t>(action_)]);
    if (Result<void> done = parts.hypervisor->set_power(machine_, action_); !done) return done;
    control.set_progress(50);
    if (action_ == PowerAction::start) return await_functions(parts, *machine, control);
    return action_ == PowerAction::stop ? await_stop(parts, control) : Result<void>();
  }

 private:
  bool is_so_already(MachinePower power) const {
    switch (action_) {
      case PowerAction::start:
      case PowerAction::resume:
        return power == MachinePower::running;
      case PowerAction::stop:
      case PowerAction::force_off:
        return !is_on(power);
      case PowerAction::pause:
        return power == MachinePower::paused;
      case PowerAction::reboot:
        break;
    }
    return false;
  }

  Result<void> check(const MachineParts& parts, const MachineFacts& machine) const {
    const MachinePower power = machine.power;
    if (action_ == PowerAction::start) {
      const MachineForm& form = machine.stored;
      const Result<void> fits = check_fit(parts.limits, parts.catalog, machine_, form.cpus, form.memory_bytes);
      if (!fits) return fits;
      if (power != MachinePower::paused) return check_functions(parts, machine);
      return fail(ErrorCode::in_use, "Machine '{}' is paused; resume it.", machine_);
    }
    if (action_ == PowerAction::force_off || power == MachinePower::running || power == MachinePower::stopping)
      return {};
    if (action_ == PowerAction::resume && is_on(power)) return {};
    if (!is_on(power)) return fail(ErrorCode::in_use, "Machine '{}' is off; start it first.", machine_);
    return fail(ErrorCode::in_use, "Machine '{}' is {}, and its guest hears nothing; resume it, or force it off.",
                machine_, power_name(power));
  }

  // Better than what QEMU says of a socket that is not there.
  Result<void> check_functions(const MachineParts& parts, const MachineFacts& machine) const {
    const FunctionSockets sockets = function_sockets(parts.catalog);
    for (const MachineDisk& disk : machine.stored.disks) {
      const auto socket = disk.kind == "vhostuser" ? sockets.find(disk.source) : sockets.end();
      if (socket == sockets.end()) continue;
      const std::optional<Resource> function = parts.catalog.find(Kind::function, socket->second);
      const std::string state = function ? text_at(function->status, "state") : "gone";
      if (state != "serving") {
        return fail(ErrorCode::in_use,
                    "Machine '{}' was not started: its disk {} is function '{}', which is {}; see to that first.",
                    machine_, disk.target, socket->second, state);
      }
      if (machine.stored.is_memory_shared) continue;
      return fail(ErrorCode::unsupported,
                  "Machine '{}' was not started: it keeps its memory to itself, so that function '{}' can't reach it; "
                  "set its spec.shared_memory to true.",
                  machine_, socket->second);
    }
    return {};
  }

  Result<void> await_functions(const MachineParts& parts, const MachineFacts& machine, JobControl& control) const {
    const FunctionSockets sockets = function_sockets(parts.catalog);
    for (const MachineDisk& disk : machine.stored.disks) {
      const auto socket = disk.kind == "vhostuser" ? sockets.find(disk.source) : sockets.end();
      if (socket == sockets.end()) continue;
      control.note(fmt::format("Looks for QEMU at function '{}'.", socket->second));
      FunctionArrival arrival(parts.engine, socket->second);
      if (Result<void> arrived = arrival.await(control, 0); !arrived) return arrived;
    }
    return {};
  }

  Result<void> await_stop(const MachineParts& parts, JobControl& control) const {
    const uint64_t looks_max = guest_s_ * (kSecond / kLookEveryNs);
    for (uint64_t looks = 0; looks < looks_max; ++looks) {
      Result<MachineFacts> machine = parts.hypervisor->find(machine_);
      // One without a definition is gone when it stops.
      if (!machine && machine.error().code == ErrorCode::not_found) return {};
      if (!machine) return pass_on(machine);
      if (!is_on(machine->power)) return {};
      if (!control.pause(kLookEveryNs))
        return fail(ErrorCode::refused, "Its guest was asked already, and may still stop.");
      control.set_progress(50 + looks * 45 / looks_max);
    }
    return fail(ErrorCode::timed_out,
                "The guest of machine '{}' has not stopped within {} s; it may ignore the power button or still be "
                "at it. Look at its console, wait, or force it off.",
                machine_, guest_s_);
  }

  const std::string machine_;
  const PowerAction action_;
  const uint64_t guest_s_;
};

}  // namespace

std::optional<PowerAction> power_action_of(std::string_view name) {
  const auto* const found = std::find(std::begin(kActions), std::end(kActions), name);
  if (found == std::end(kActions)) return std::nullopt;
  return static_cast<PowerAction>(found - std::begin(kActions));
}

std::unique_ptr<MachineJob> make_power_job(const std::string& machine, PowerAction action, uint64_t guest_s) {
  return std::make_unique<PowerJob>(machine, action, guest_s);
}

}  // namespace laneway
