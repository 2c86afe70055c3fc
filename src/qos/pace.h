#pragma once
// Pace is one limit as one word of time: the moment at which all that was used so far is paid for. A use reserves its
// place by moving the word on (virtual scheduling). Any number of reactors share a pace without a lock. Any thread.

#include <atomic>
#include <cstdint>

#include "base/units.h"

namespace laneway {

class Pace {
 public:
  // What every pace forgives: a timer or a guest that is late by this much loses nothing.
  static constexpr uint64_t kLatenessNs = 10 * kMillisecond;

  Pace() = default;  // without a limit, not to be asked
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  // Before it is shared. `saved` uses may come at once after a quiet time.
  void set(uint64_t per_second, uint64_t saved);
  // Before it is shared: goes on where `before` is now. Nothing is saved where that had no limit.
  void continue_from(const Pace& before, uint64_t now_ns);
  bool is_set() const { return ticks_per_use_ != 0; }

  // Reserves `amount` uses and returns when they are justified: at or before now_ns means at once. The word is not
  // pushed further than lead_max_ns ahead of now.
  uint64_t reserve(uint64_t now_ns, uint64_t amount, uint64_t lead_max_ns);
  // A reservation that is not used.
  void give_back(uint64_t amount);
  // A use that was allowed elsewhere: counts, but the next one is justified a use's time from now at the latest.
  void note(uint64_t now_ns, uint64_t amount);
  // When a next use would be justified.
  uint64_t next_ns(uint64_t now_ns) const;

 private:
  // Times are in sixteenths of a nanosecond, so that millions of uses a second round well.
  static constexpr uint64_t kTicksPerNs = 16;
  static constexpr uint32_t kFractionBits = 16;

  uint64_t cost_ticks(uint64_t amount) const;
  uint64_t floor_ticks(uint64_t now_ns) const {
    const uint64_t now_ticks = now_ns * kTicksPerNs;
    return now_ticks > saved_ticks_ ? now_ticks - saved_ticks_ : 0;
  }

  // Fixed once it is shared
  uint64_t ticks_per_use_ = 0;  // with kFractionBits
  uint64_t saved_ticks_ = 0;

  // Any thread (atomic). Relaxed throughout: the word is all there is, no other memory depends on it.
  std::atomic<uint64_t> paid_until_ticks_{0};
};

}  // namespace laneway
