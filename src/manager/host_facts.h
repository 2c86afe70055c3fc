#pragma once
// What this host is and which network adapters it has, read from the kernel's own files; the engine's part of the host
// comes from the last look at it. Free functions that read small files of /proc and /sys. Housekeeper's thread.

#include <string>
#include <vector>

#include "manager/engine_view.h"
#include "manager/resource.h"

namespace laneway {

// Where "/proc", "/sys" and "/dev" are: empty for the real ones; tests lay out their own.
struct HostRoots {
  std::string prefix;
};

Resource host_of(const HostRoots& roots, const EngineView& view);
// Machines can run on the processor itself.
bool has_kvm(const HostRoots& roots);
std::vector<Resource> adapters_of(const HostRoots& roots);

}  // namespace laneway
