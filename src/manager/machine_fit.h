#pragma once
// Whether a machine fits on this host: the memory of machines that are on is the host's own, the processors may be
// promised several times. Free functions over the catalog. Any thread.

#include "base/result.h"
#include "manager/catalog.h"

namespace laneway {

struct HostLimits {
  uint64_t cpu_overcommit = 8;   // virtual processors for each of the host's
  uint64_t memory_percent = 90;  // of the host's memory, that machines may have together
};

struct HostRoom {
  uint64_t cpus_max = 0;  // 0: not known yet
  uint64_t memory_max_bytes = 0;
};
HostRoom room_of_host(const HostLimits& limits, const Catalog& catalog);

// Beside those that are on. A sentence with what is missing where it does not.
Result<void> check_fit(const HostLimits& limits, const Catalog& catalog, const std::string& machine, uint64_t cpus,
                       uint64_t memory_bytes);

}  // namespace laneway
