#include "qos/pace.h"

#include <algorithm>

#include "base/check.h"

namespace laneway {

void Pace::set(uint64_t per_second, uint64_t saved) {
  LW_ASSERT(per_second > 0);
  ticks_per_use_ = ((kSecond * kTicksPerNs) << kFractionBits) / per_second;
  saved_ticks_ = std::max(kLatenessNs * kTicksPerNs, cost_ticks(saved));
}

void Pace::continue_from(const Pace& before, uint64_t now_ns) {
  const uint64_t now_ticks = now_ns * kTicksPerNs;
  const uint64_t word = before.paid_until_ticks_.load(std::memory_order_relaxed);
  // What waits reserves again, so that reservations ahead of now end here.
  paid_until_ticks_.store(before.is_set() ? std::min(word, now_ticks) : now_ticks, std::memory_order_relaxed);
}

uint64_t Pace::cost_ticks(uint64_t amount) const {
  const unsigned __int128 cost = static_cast<unsigned __int128>(amount) * ticks_per_use_;
  return static_cast<uint64_t>(cost >> kFractionBits);
}

uint64_t Pace::reserve(uint64_t now_ns, uint64_t amount, uint64_t lead_max_ns) {
  const uint64_t cost = cost_ticks(amount);
  const uint64_t floor = floor_ticks(now_ns);
  const uint64_t ceiling = lead_max_ns == kNever ? kNever : (now_ns + lead_max_ns) * kTicksPerNs;
  uint64_t word = paid_until_ticks_.load(std::memory_order_relaxed);
  uint64_t start = 0;
  uint64_t end = 0;
  do {
    start = std::max(word, floor);
    end = start + cost > ceiling ? std::max(start, ceiling) : start + cost;
  } while (!paid_until_ticks_.compare_exchange_weak(word, end, std::memory_order_relaxed, std::memory_order_relaxed));
  return (start + kTicksPerNs - 1) / kTicksPerNs;
}

void Pace::give_back(uint64_t amount) {
  const uint64_t cost = cost_ticks(amount);
  uint64_t word = paid_until_ticks_.load(std::memory_order_relaxed);
  while (!paid_until_ticks_.compare_exchange_weak(word, word > cost ? word - cost : 0, std::memory_order_relaxed,
                                                  std::memory_order_relaxed)) {
  }
}

void Pace::note(uint64_t now_ns, uint64_t amount) {
  const uint64_t cost = cost_ticks(amount);
  const uint64_t floor = floor_ticks(now_ns);
  uint64_t word = paid_until_ticks_.load(std::memory_order_relaxed);
  while (!paid_until_ticks_.compare_exchange_weak(word, std::min(std::max(word, floor), now_ns * kTicksPerNs) + cost,
                                                  std::memory_order_relaxed, std::memory_order_relaxed)) {
  }
}

uint64_t Pace::next_ns(uint64_t now_ns) const {
  const uint64_t word = paid_until_ticks_.load(std::memory_order_relaxed);
  return (std::max(word, floor_ticks(now_ns)) + kTicksPerNs - 1) / kTicksPerNs;
}

}  // namespace laneway
