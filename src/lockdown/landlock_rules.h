#pragma once
// What the kernel's Landlock takes from this thread and all that it starts: access to files outside what is named,
// listening on TCP ports, signals and abstract sockets of others. As much of it as the kernel has (landlock(7)).
// Before the first further thread: Landlock knows no other way to reach all threads.

#include <string>
#include <vector>

#include "base/result.h"

namespace laneway {

struct LandlockRules {
  // Directories whose files, and those below, may be read, written, made and removed; sockets too. One that is not
  // there is left out.
  std::vector<std::string> data;
  std::vector<std::string> devices;    // existing files there may be read and written, nothing made
  std::vector<std::string> read_only;  // for the C library: resolver settings, time zones
};

// The version of the kernel's Landlock, 0 where it has none.
int landlock_version();

// Needs no_new_privs. The version used; 0 where the kernel has none, which is not a failure.
Result<int> apply_landlock(const LandlockRules& rules);

// Rules for a process that opens files wherever an operator says: everything at the root but the system's own
// directories, and these directories of the engine.
LandlockRules rules_for_any_path(std::vector<std::string> own_directories);

}  // namespace laneway
