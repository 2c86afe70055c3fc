#pragma once
// Confinement is what the engine has given up (lockdown/), decided from its options and what its functions need, and
// what it still reads of files that it opened before. Made once by the engine, before its first further thread.

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "engine/desired_state.h"
#include "engine/options.h"

namespace laneway {

struct Confinement {
  bool is_in_force = false;
  int landlock_version = 0;  // 0: not in force, or the kernel has none
  bool has_broker = false;
  UniqueFd memory_figures;  // /proc/self/statm, which is out of reach now
};

// On failure the engine is not to start: an operator asks for an unconfined one with --no-lockdown.
Result<Confinement> confine_engine(const EngineOptions& options, const DesiredState& state);

}  // namespace laneway
