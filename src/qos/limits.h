#pragma once
// QosLimits is what an operator sets for a function or a group of functions: a plain value. What the figures mean is in
// docs/quality-of-service.md. Any thread.

#include <array>
#include <cstddef>
#include <cstdint>

namespace laneway {

enum class QosRate : uint8_t { iops, read_iops, write_iops, bytes, read_bytes, write_bytes };
constexpr size_t kQosRates = 6;
constexpr bool counts_bytes(QosRate rate) { return rate >= QosRate::bytes; }

struct QosLimits {
  // By QosRate; a second's worth, 0: no limit.
  std::array<uint64_t, kQosRates> max{};
  // What may come at once after a quiet time, in requests or bytes; 0: only what makes up for lateness.
  std::array<uint64_t, kQosRates> burst{};
  uint64_t burst_duration_ms = 0;  // over which a burst is let out at least; 0: at once
  // What a member of a contended group gets all the same, a second; 0: nothing is guaranteed.
  uint64_t iops_min = 0;
  uint64_t bytes_min = 0;

  uint64_t max_of(QosRate rate) const { return max[static_cast<size_t>(rate)]; }
  uint64_t burst_of(QosRate rate) const { return burst[static_cast<size_t>(rate)]; }
  bool has_max() const { return max != std::array<uint64_t, kQosRates>{}; }
  bool has_min() const { return iops_min != 0 || bytes_min != 0; }
  bool operator==(const QosLimits&) const = default;
};

}  // namespace laneway
