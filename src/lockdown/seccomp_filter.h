#pragma once
// The engine's seccomp filter: what it needs is allowed, what no honest code of it does ends the process, all else is
// refused with EPERM. Installed once, for all threads there are and will be. Main's thread.

#include "base/result.h"
#include "lockdown/filter_program.h"

namespace laneway {

enum class PathCalls : uint8_t {
  allowed,  // the process opens files and makes sockets itself
  refused,  // a broker does it for the process: no call that takes a path or makes a socket other than TCP
};

// `pid` is the process that the filter is for: it may send itself signals.
FilterProgram engine_filter(Processor processor, PathCalls paths, int32_t pid);

// Needs no_new_privs. ErrorCode::unsupported where the kernel or this processor has no filters.
Result<void> install_engine_filter(PathCalls paths);

}  // namespace laneway
