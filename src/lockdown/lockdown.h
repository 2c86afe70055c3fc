#pragma once
// confine() takes from this process, for good, all that an engine does not need: whoever takes over one of its threads
// gets little. Called once by main's thread, before the first further thread and before the first foreign byte
// (docs/threat-model.md, docs/decisions/0070).

#include <string>
#include <vector>

#include "lockdown/seccomp_filter.h"

namespace laneway {

struct LockdownPlan {
  PathCalls paths = PathCalls::allowed;
  // Of an engine that opens files itself: its own directories, and where functions' files and sockets are.
  std::vector<std::string> own_directories;
  // Given by an operator: files and sockets of functions are there and nowhere else. Empty: anywhere but in the
  // system's directories.
  std::vector<std::string> data_directories;
};

struct Lockdown {
  int landlock_version = 0;  // 0: this kernel has none
};

// What is missing in the kernel's Landlock is left out; all else that cannot be had is a failure.
Result<Lockdown> confine(const LockdownPlan& plan);

}  // namespace laneway
