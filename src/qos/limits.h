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

// Why a request was held, as one byte of it (BlockRequest::held_by).
struct HeldBy {
  QosRate rate = QosRate::iops;
  bool is_of_group = false;
};
constexpr uint8_t encode_held_by(HeldBy by) {
  return static_cast<uint8_t>(static_cast<uint8_t>(by.rate) | (by.is_of_group ? 0x80 : 0));
}
constexpr HeldBy decode_held_by(uint8_t word) {
  const auto rate = static_cast<uint8_t>(word & 0x7f);
  return {rate < kQosRates ? static_cast<QosRate>(rate) : QosRate::iops, (word & 0x80) != 0};
}

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
