#include "manager/machine_fit.h"

#include "manager/machine_status.h"

namespace laneway {

namespace {

uint64_t mib(uint64_t bytes) { return bytes >> 20; }

}  // namespace

HostRoom room_of_host(const HostLimits& limits, const Catalog& catalog) {
  const std::vector<Resource> hosts = catalog.all(Kind::host);
  if (hosts.empty()) return {};
  const Json& host = hosts.front().status;
  return {number_at(host, "cpus") * limits.cpu_overcommit,
          number_at(host, "memory_bytes") / 100 * limits.memory_percent};
}

Result<void> check_fit(const HostLimits& limits, const Catalog& catalog, const std::string& machine, uint64_t cpus,
                       uint64_t memory_bytes) {
  const HostRoom room = room_of_host(limits, catalog);
  if (room.memory_max_bytes == 0) return {};
  std::vector<Resource> others = catalog.all(Kind::machine);
  std::erase_if(others, [&](const Resource& other) { return other.name == machine; });
  const Json taken = machines_total(others);
  const uint64_t memory_taken = number_at(taken, "memory_bytes");
  if (memory_taken + memory_bytes > room.memory_max_bytes) {
    return fail(
        ErrorCode::no_space,
        "Machine '{}' does not fit: it has {} MiB of memory, and of the {} MiB that machines may have here {} MiB "
        "are taken; stop another one, give it less, or raise --memory-percent.",
        machine, mib(memory_bytes), mib(room.memory_max_bytes), mib(memory_taken));
  }
  const uint64_t cpus_taken = number_at(taken, "cpus");
  if (cpus_taken + cpus > room.cpus_max) {
    return fail(
        ErrorCode::no_space,
        "Machine '{}' does not fit: it has {} processors, and of the {} that machines may have here {} are taken; "
        "stop another one, give it fewer, or raise --cpu-overcommit.",
        machine, cpus, room.cpus_max, cpus_taken);
  }
  return {};
}

}  // namespace laneway
