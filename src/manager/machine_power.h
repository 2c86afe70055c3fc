#pragma once
// Machines switched on and off, paused and made to go on. A machine that is as wished already is done; one that is
// started has its functions connected when the job ends. Jobs; each on its thread.

#include <memory>
#include <optional>
#include <string>

#include "manager/machine_jobs.h"

namespace laneway {

// "start", "stop", "force_off", "reboot", "pause", "resume"
std::optional<PowerAction> power_action_of(std::string_view name);

// `guest_s`: how long a guest may take to stop.
std::unique_ptr<MachineJob> make_power_job(const std::string& machine, PowerAction action, uint64_t guest_s);

}  // namespace laneway
